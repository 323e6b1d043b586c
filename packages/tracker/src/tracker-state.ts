import type { AddressFamily } from './address.js';
import type { AnnounceEvent, AnnouncePeers } from './announce.js';
import type { TrackerStatus } from './announcer-events.js';
import { type AnnounceProblem, backOffMs } from './back-off.js';
import { INTERVAL_MS_DEFAULT, INTERVAL_MS_MAX, INTERVAL_MS_MIN } from './limits.js';

/** A family in which a tracker has no address is tried again after this long. */
const ABSENT_FAMILY_MS = 3_600_000;

/** What is wanted of a tracker, which decides how soon it may be asked. */
export interface Wish {
  readonly owesCompleted: boolean;
  readonly needsPeers: boolean;
}

/** What we know of one tracker, and when it may be asked. */
export class TrackerState {
  readonly url: string;
  readonly tier: number;
  /** Whether the tracker counts us as part of the swarm: then it is owed a `stopped`. */
  knowsUs = false;
  isAnnouncing = false;
  trackerId: Uint8Array | undefined = undefined;
  announceCount = 0;
  peersGiven = 0;
  #isEnded = false;
  #problem: string | undefined = undefined;
  #failureCount = 0;
  #answerCount = 0;
  #lastAnswer: AnnouncePeers | undefined = undefined;
  #lastAnswerMs = 0;
  /** Back-off: nothing at all before this, not even an event. */
  #retryMs = 0;
  /** Interval: no regular announce before this. */
  #regularMs = 0;
  /** Min interval: no announce for want of peers before this. */
  #earlyMs = 0;
  readonly #absentUntilMs = new Map<AddressFamily | undefined, number>();

  constructor(url: string, tier: number, problem: string | undefined) {
    this.url = url;
    this.tier = tier;
    this.#isEnded = problem !== undefined;
    this.#problem = problem;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** The event that the next announce has to carry. */
  eventFor(owesCompleted: boolean): AnnounceEvent | undefined {
    if (!this.knowsUs) return 'started';
    return owesCompleted ? 'completed' : undefined;
  }

  /** When it may be asked for what is wanted; infinity when never. */
  readyMs({ owesCompleted, needsPeers }: Wish): number {
    if (this.#isEnded) return Number.POSITIVE_INFINITY;
    // BEP 15: an interval ends when it has passed, or when an event has occurred. Back-off spares nobody.
    if (this.eventFor(owesCompleted) !== undefined) return this.#retryMs;
    return Math.max(this.#retryMs, needsPeers ? this.#earlyMs : this.#regularMs);
  }

  /** An answer came in. When it is not the first to one announce (in another family), the longer of the intervals holds. */
  answered(answer: AnnouncePeers, isFirst: boolean, nowMs: number, randomBelow: (bound: number) => number): void {
    const minMs = clamped(answer.minIntervalS);
    const intervalMs = Math.max(clamped(answer.intervalS) ?? INTERVAL_MS_DEFAULT, minMs ?? 0);
    // Later by chance, never earlier: the crowd that came at once does not come back at once.
    const waitMs = Math.min(intervalMs + randomBelow(Math.floor(intervalMs / 10) + 1), INTERVAL_MS_MAX);
    this.#regularMs = Math.max(isFirst ? 0 : this.#regularMs, nowMs + waitMs);
    this.#earlyMs = Math.max(isFirst ? 0 : this.#earlyMs, nowMs + (minMs ?? waitMs));
    this.#retryMs = 0;
    this.#failureCount = 0;
    this.#problem = undefined;
    this.#lastAnswer = answer;
    this.#lastAnswerMs = nowMs;
    this.#answerCount += 1;
    if (answer.trackerId !== undefined) this.trackerId = answer.trackerId.slice();
  }

  failed(problem: AnnounceProblem, nowMs: number, randomBelow: (bound: number) => number): void {
    this.#failureCount += 1;
    this.#problem = problem.message;
    const waitMs = backOffMs(problem, this.#failureCount, randomBelow);
    if (waitMs === 'never') this.#isEnded = true;
    else this.#retryMs = nowMs + waitMs;
    // Who refuses us does not count us.
    if (problem.code === 'refused' || this.#isEnded) this.knowsUs = false;
  }

  /** Leaves out families in which it had no address lately; all of them when that would leave none. */
  familiesAt<Family extends AddressFamily | undefined>(families: readonly Family[], nowMs: number): readonly Family[] {
    const present = families.filter((family) => nowMs >= (this.#absentUntilMs.get(family) ?? 0));
    return present.length === 0 ? families : present;
  }

  familyAbsent(family: AddressFamily | undefined, nowMs: number): void {
    this.#absentUntilMs.set(family, nowMs + ABSENT_FAMILY_MS);
  }

  status(nextAnnounceMs: number): TrackerStatus {
    const { complete, incomplete, downloaded, warning } = this.#lastAnswer ?? {};
    return {
      url: this.url,
      tier: this.tier,
      state: this.#state(),
      announceCount: this.announceCount,
      answerCount: this.#answerCount,
      failureCount: this.#failureCount,
      peersGiven: this.peersGiven,
      ...defined({ problem: this.#problem, warning, complete, incomplete, downloaded }),
      ...(this.#answerCount === 0 ? {} : { lastAnswerMs: this.#lastAnswerMs }),
      ...(this.isAnnouncing || nextAnnounceMs === Number.POSITIVE_INFINITY ? {} : { nextAnnounceMs }),
    };
  }

  #state(): TrackerStatus['state'] {
    if (this.#isEnded) return 'ended';
    if (this.isAnnouncing) return 'announcing';
    if (this.#failureCount > 0) return 'backing-off';
    return this.#answerCount === 0 ? 'idle' : 'working';
  }
}

function clamped(intervalS: number | undefined): number | undefined {
  return intervalS === undefined ? undefined : Math.min(Math.max(intervalS * 1000, INTERVAL_MS_MIN), INTERVAL_MS_MAX);
}

type Defined<Fields> = { [Name in keyof Fields]?: NonNullable<Fields[Name]> };

function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>;
}
