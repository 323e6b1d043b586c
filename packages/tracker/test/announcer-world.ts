import { expect } from 'vitest';
import {
  type AnnounceAction,
  type AnnounceProblem,
  Announcer,
  type AnnouncerAction,
  type AnnouncerEvent,
  PeerList,
} from '../src/index.js';

/** What a tracker of the world does with the next announce. */
export type Mood =
  | { readonly type: 'answers'; readonly intervalS: number; readonly minIntervalS?: number; readonly delayMs: number }
  | { readonly type: 'fails'; readonly problem: AnnounceProblem; readonly delayMs: number }
  | { readonly type: 'hangs' };

export const EXCHANGE_MS_MAX = 35_000;
export const STOP_MS_MAX = 4_000;

/** What the model remembers of a tracker: the last thing it said, and nothing of tiers, ladders or rounds. */
class Remembered {
  readonly tier: number;
  mood: Mood = { type: 'hangs' };
  countsUs = false;
  isEnded = false;
  failures = 0;
  /** The times before which it must not be announced to: after a failure, at the interval, at the min interval. */
  retryMs = 0;
  /** And the latest time at which it has to be ready again after that failure. */
  retryByMs = 0;
  regularMs = 0;
  regularByMs = 0;
  earlyMs = 0;
  wasToldStopped = false;
  isHeldByCompleted = false;

  constructor(tier: number) {
    this.tier = tier;
  }
}

/**
 * The model: one page of rules about single announces, without any idea how to choose one.
 */
export class Rules {
  readonly trackers: ReadonlyMap<string, Remembered>;
  phase: 'idle' | 'running' | 'stopping' = 'idle';
  startsAgain = false;
  stopMs = 0;
  needsPeers = false;
  isCompleted = false;
  wasCompletedHeard = false;

  constructor(tiers: readonly (readonly string[])[]) {
    this.trackers = new Map(tiers.flatMap((urls, tier) => urls.map((url) => [url, new Remembered(tier)] as const)));
  }

  at(url: string): Remembered {
    return this.trackers.get(url)!;
  }

  checkAnnounce({ url, event, numWant }: AnnounceAction, nowMs: number): void {
    const tracker = this.at(url);
    expect(this.phase).not.toBe('idle');
    expect(tracker.isEnded).toBe(false);
    if (event === 'stopped') {
      expect(this.phase).toBe('stopping');
      expect(numWant).toBe(0);
      expect(tracker.wasToldStopped).toBe(false);
      tracker.wasToldStopped = true;
      tracker.isHeldByCompleted = false;
      return;
    }
    if (event === 'completed') {
      expect(this.isCompleted).toBe(true);
      expect(this.wasCompletedHeard).toBe(false);
      tracker.isHeldByCompleted = true;
    }
    if (this.phase === 'stopping') return;
    expect(nowMs).toBeGreaterThanOrEqual(tracker.retryMs);
    expect(event === 'started').toBe(!tracker.countsUs);
    if (event === undefined)
      expect(nowMs).toBeGreaterThanOrEqual(this.needsPeers ? tracker.earlyMs : tracker.regularMs);
    // BEP 12: nobody in an earlier tier is passed over who may be asked and has not answered.
    for (const other of this.trackers.values()) {
      if (other.tier < tracker.tier && !other.countsUs && !other.isEnded)
        expect(nowMs).toBeLessThan(other.retryByMs + 8 * EXCHANGE_MS_MAX);
    }
  }

  answered({ url, event }: AnnounceAction, mood: Extract<Mood, { type: 'answers' }>, nowMs: number): void {
    const tracker = this.at(url);
    const minMs = mood.minIntervalS === undefined ? undefined : within(mood.minIntervalS);
    const intervalMs = Math.max(within(mood.intervalS), minMs ?? 0);
    tracker.countsUs = event !== 'stopped';
    tracker.isHeldByCompleted = false;
    tracker.failures = 0;
    tracker.retryMs = 0;
    tracker.retryByMs = nowMs;
    tracker.regularMs = nowMs + intervalMs;
    tracker.regularByMs = nowMs + intervalMs * 1.1 + 1;
    tracker.earlyMs = nowMs + (minMs ?? intervalMs);
    if (event !== 'stopped') this.needsPeers = false;
    if (event === 'completed') this.wasCompletedHeard = true;
  }

  failed({ url }: AnnounceAction, problem: AnnounceProblem, nowMs: number): void {
    const tracker = this.at(url);
    tracker.isHeldByCompleted = false;
    tracker.failures += 1;
    if (problem.retryInS === 'never') tracker.isEnded = true;
    const first = problem.code === 'refused' ? 120_000 : 30_000;
    const retryMs =
      typeof problem.retryInS === 'number'
        ? within(problem.retryInS)
        : Math.min(first * 2 ** (tracker.failures - 1), first * 60);
    tracker.retryMs = nowMs + retryMs;
    tracker.retryByMs = nowMs + retryMs * 1.2 + 1;
    if (problem.code === 'refused') tracker.countsUs = false;
  }

  finishedStopping(nowMs: number): void {
    expect(this.phase).toBe('stopping');
    expect(nowMs - this.stopMs).toBeLessThanOrEqual(STOP_MS_MAX);
    for (const tracker of this.trackers.values()) {
      // Whoever counts us heard, or was at least told, unless it was silent about the completion to the end.
      if (tracker.countsUs && !tracker.isEnded) {
        expect(tracker.wasToldStopped || (tracker.isHeldByCompleted && nowMs - this.stopMs === STOP_MS_MAX)).toBe(true);
      }
      tracker.countsUs = false;
      tracker.wasToldStopped = false;
      tracker.isHeldByCompleted = false;
    }
    this.phase = this.startsAgain ? 'running' : 'idle';
    this.startsAgain = false;
  }
}

function within(seconds: number): number {
  return Math.min(Math.max(seconds * 1000, 60_000), 86_400_000);
}

interface Due {
  readonly atMs: number;
  readonly action: AnnounceAction;
  readonly mood: Mood;
}

/** The real announcer in a world of trackers with moods, on a clock of its own. */
export class World {
  nowMs = 1_000_000;
  readonly announcer: Announcer;
  readonly #rules: Rules;
  #due: Due[] = [];
  readonly heard: string[] = [];

  constructor(rules: Rules, tiers: readonly (readonly string[])[], randomBelow: (bound: number) => number) {
    this.#rules = rules;
    this.announcer = new Announcer({ tiers, randomBelow });
  }

  tell(event: AnnouncerEvent): void {
    for (const action of this.announcer.handle(event, this.nowMs)) this.#perform(action);
    const { deadlineMs = Number.POSITIVE_INFINITY } = this.announcer;
    // A deadline that has passed would be a loop without end.
    expect(deadlineMs).toBeGreaterThan(this.nowMs);
    const isSomebodyLeft = [...this.#rules.trackers.values()].some((tracker) => !tracker.isEnded);
    if (this.#rules.phase === 'running' && isSomebodyLeft) expect(deadlineMs).toBeLessThan(Number.POSITIVE_INFINITY);
  }

  isAsking(url: string): boolean {
    return this.#due.some((due) => due.action.url === url);
  }

  /** Lets the world run until a time, or until something is so. */
  runUntil(endMs: number, isSo: () => boolean = () => false): void {
    while (!isSo()) {
      const first = this.#due.reduce<Due | undefined>(
        (a, b) => (a !== undefined && a.atMs <= b.atMs ? a : b),
        undefined,
      );
      const atMs = Math.min(
        first?.atMs ?? Number.POSITIVE_INFINITY,
        this.announcer.deadlineMs ?? Number.POSITIVE_INFINITY,
      );
      if (atMs > endMs) break;
      this.nowMs = atMs;
      if (first?.atMs === atMs) this.#deliver(first);
      else this.tell({ type: 'time-passed' });
    }
    if (!isSo()) this.nowMs = endMs;
  }

  #perform(action: AnnouncerAction): void {
    if (action.type === 'announce') {
      this.#rules.checkAnnounce(action, this.nowMs);
      const inFlight = this.#due.filter((due) => due.action.url === action.url).length;
      expect(inFlight).toBe(0);
      const { mood } = this.#rules.at(action.url);
      const atMs = mood.type === 'hangs' ? Number.POSITIVE_INFINITY : this.nowMs + mood.delayMs;
      this.#due.push({ atMs, action, mood });
      if (this.#rules.phase === 'running') expect(this.#due).toHaveLength(1);
    } else if (action.type === 'cancel-announce') {
      const due = this.#due.find((candidate) => candidate.action.exchange === action.exchange)!;
      this.#due = this.#due.filter((candidate) => candidate !== due);
      // What gives way to a stop may have arrived; what took too long has failed.
      if (this.#rules.phase === 'running')
        this.#rules.failed(due.action, { code: 'timed-out', message: '' }, this.nowMs);
    } else if (action.type === 'finish-stopping') {
      if (this.#rules.phase === 'stopping') this.#rules.finishedStopping(this.nowMs);
    }
  }

  #deliver(due: Due): void {
    const { action, mood } = due;
    const { exchange, url } = action;
    this.#due = this.#due.filter((candidate) => candidate !== due);
    if (mood.type === 'answers') {
      this.#rules.answered(action, mood, this.nowMs);
      this.heard.push(`${url} ${action.event ?? 'regular'}`);
      const { intervalS, minIntervalS } = mood;
      const answer = {
        type: 'peers',
        intervalS,
        peers: PeerList.empty,
        ...(minIntervalS === undefined ? {} : { minIntervalS }),
      } as const;
      this.tell({ type: 'announce-answered', exchange, answer });
    } else if (mood.type === 'fails') {
      this.#rules.failed(action, mood.problem, this.nowMs);
      this.tell({ type: 'announce-failed', exchange, problem: mood.problem });
    }
  }
}
