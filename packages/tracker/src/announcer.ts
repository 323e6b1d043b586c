import type { AddressFamily, PeerAddress } from './address.js';
import type { AnnounceEvent } from './announce.js';
import type { AnnounceAnswer, AnnouncerAction, AnnouncerEvent, TrackerStatus } from './announcer-events.js';
import type { AnnouncerOptions } from './announcer-options.js';
import type { AnnounceProblem } from './back-off.js';
import { dialablePeers } from './dialable-peers.js';
import { NUM_WANT_MAX } from './limits.js';
import { readTiers, TierLadder } from './tier-ladder.js';
import type { TrackerState, Wish } from './tracker-state.js';

/** One announce under way; it has a leg for each family. */
interface Round {
  readonly ladder: TierLadder;
  readonly tracker: TrackerState;
  readonly event: AnnounceEvent | undefined;
  readonly legs: Map<number, AddressFamily | undefined>;
  readonly endMs: number;
  isAnswered: boolean;
  problem: AnnounceProblem | undefined;
}

const TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 4_000;
const NUM_WANT_DEFAULT = 50;
/** An edge that keeps its time limit has reported by then. */
const GRACE_MS = 5_000;

/**
 * When to announce a torrent to which of its trackers, and with which event. It keeps the tiers of BEP 12, every interval,
 * `started` first, `completed` once and `stopped` last, and leaves trackers that fail alone for longer and longer: to one in
 * back-off nothing is sent, and what follows is a single try.
 *
 * Owns no socket and no timer: call `handle` with what happened, do what it returns, call again at `deadlineMs`.
 * `performAnnounce` of `@unchoke/tracker/node` does the announcing.
 *
 * @example
 * ```ts
 * import { Announcer } from '@unchoke/tracker';
 *
 * const randomBelow = (bound: number) => Math.floor(Math.random() * bound);
 * const announcer = new Announcer({ announce: 'udp://tracker.example:6969', randomBelow });
 * const [action] = announcer.handle({ type: 'torrent-started' }, 0);
 * console.assert(action?.type === 'announce' && action.event === 'started');
 * ```
 */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #ladders: readonly TierLadder[];
  readonly #rounds = new Set<Round>();
  readonly #key: number;
  readonly #externalHosts = new Set<string>();
  #phase: 'idle' | 'running' | 'stopping' = 'idle';
  #actions: AnnouncerAction[] = [];
  #exchangeCount = 0;
  #numWant = NUM_WANT_DEFAULT;
  #needsPeers = false;
  #wasCompleted = false;
  #startsAgain = false;
  #stopEndMs = 0;
  #unreachedCount = 0;
  #peersFrom: TrackerState | undefined = undefined;

  constructor(options: AnnouncerOptions) {
    const tiers = readTiers(options.tiers ?? [], options.announce, options.randomBelow);
    const isEach = options.announceTo === 'every-tier' && options.isPrivate !== true;
    this.#options = options;
    this.#ladders = isEach ? tiers.map((tier) => new TierLadder([tier])) : [new TierLadder(tiers)];
    // BEP 7: the same in every announce, so that a tracker knows us again when our address changes.
    this.#key = options.randomBelow(2 ** 32);
  }

  /** Whether it is idle, running, or still saying `stopped`. */
  get phase(): 'idle' | 'running' | 'stopping' {
    return this.#phase;
  }

  /** Every tracker, in the order in which they are tried. */
  get trackers(): readonly TrackerStatus[] {
    return this.#ladders.flatMap((ladder) => {
      const wish = this.#wishOf(ladder);
      const activeMs = ladder.active?.readyMs(wish) ?? 0;
      // While one answers, those after it wait for its turn to come.
      const at = (tracker: TrackerState): number => Math.max(tracker.readyMs(wish), activeMs);
      return ladder.trackers.map((tracker) =>
        tracker.status(this.#phase === 'running' ? at(tracker) : Number.POSITIVE_INFINITY),
      );
    });
  }

  /** When `time-passed` is due, if ever. */
  get deadlineMs(): number | undefined {
    let deadlineMs = this.#phase === 'stopping' ? this.#stopEndMs : Number.POSITIVE_INFINITY;
    for (const { endMs } of this.#rounds) deadlineMs = Math.min(deadlineMs, endMs);
    if (this.#phase === 'running') {
      for (const ladder of this.#ladders) {
        if (!this.#isClimbing(ladder)) deadlineMs = Math.min(deadlineMs, ladder.dueMs(this.#wishOf(ladder)));
      }
    }
    return deadlineMs === Number.POSITIVE_INFINITY ? undefined : deadlineMs;
  }

  /** Takes in what happened and says what to do, in order. An answer to an exchange that is over is ignored. */
  handle(event: AnnouncerEvent, nowMs: number): readonly AnnouncerAction[] {
    this.#actions = [];
    this.#take(event, nowMs);
    this.#endLateRounds(nowMs);
    if (this.#phase === 'stopping') this.#finishStopping(nowMs);
    if (this.#phase === 'running') for (const ladder of this.#ladders) this.#climb(ladder, nowMs);
    return this.#actions;
  }

  #take(event: AnnouncerEvent, nowMs: number): void {
    switch (event.type) {
      case 'torrent-started':
        if (this.#phase === 'idle') this.#phase = 'running';
        else this.#startsAgain = this.#phase === 'stopping';
        break;
      case 'torrent-completed':
        this.#complete();
        break;
      case 'torrent-stopped':
        this.#stop(nowMs);
        break;
      case 'peers-needed':
        this.#numWant = Math.min(Math.max(Math.floor(event.count), 0), NUM_WANT_MAX);
        this.#needsPeers = this.#numWant > 0;
        break;
      case 'announce-answered':
        this.#takeAnswer(event.exchange, event.answer, nowMs);
        break;
      case 'announce-failed':
        this.#takeFailure(event.exchange, event.problem, nowMs);
        break;
      case 'time-passed':
        break;
      default:
        unreachable(event);
    }
  }

  /** BEP 3: once, and only for a download that finished while we ran. */
  #complete(): void {
    if (this.#phase === 'idle' || this.#wasCompleted) return;
    this.#wasCompleted = true;
    for (const ladder of this.#ladders) ladder.owesCompleted = true;
  }

  #climb(ladder: TierLadder, nowMs: number): void {
    const wish = this.#wishOf(ladder);
    if (this.#isClimbing(ladder) || ladder.dueMs(wish) > nowMs) return;
    const tracker = ladder.next(wish, nowMs);
    if (tracker !== undefined) this.#announce(ladder, tracker, tracker.eventFor(wish.owesCompleted), nowMs);
  }

  #announce(ladder: TierLadder, tracker: TrackerState, event: AnnounceEvent | undefined, nowMs: number): void {
    const limitMs =
      this.#phase === 'stopping' ? Math.max(this.#stopEndMs - nowMs, 0) : (this.#options.timeoutMs ?? TIMEOUT_MS);
    const endMs = nowMs + limitMs + GRACE_MS;
    const round: Round = { ladder, tracker, event, legs: new Map(), endMs, isAnswered: false, problem: undefined };
    this.#rounds.add(round);
    tracker.isAnnouncing = true;
    for (const family of tracker.familiesAt(this.#options.families ?? [undefined], nowMs)) {
      const exchange = ++this.#exchangeCount;
      round.legs.set(exchange, family);
      tracker.announceCount += 1;
      this.#actions.push({
        type: 'announce',
        exchange,
        url: tracker.url,
        timeoutMs: limitMs,
        numWant: event === 'stopped' ? 0 : this.#numWant,
        key: this.#key,
        ...(family === undefined ? {} : { family }),
        ...(event === undefined ? {} : { event }),
        ...(tracker.trackerId === undefined ? {} : { trackerId: tracker.trackerId }),
      });
    }
  }

  #takeAnswer(exchange: number, answer: AnnounceAnswer, nowMs: number): void {
    const round = this.#roundOf(exchange);
    if (round === undefined) return;
    const { ladder, tracker, event } = round;
    const hadProblem = tracker.problem !== undefined;
    tracker.answered(answer, !round.isAnswered, nowMs, this.#options.randomBelow);
    round.isAnswered = true;
    round.legs.delete(exchange);
    tracker.knowsUs = event !== 'stopped';
    if (event === 'completed') ladder.owesCompleted = false;
    if (hadProblem || answer.warning !== undefined) {
      this.#actions.push({ type: 'report-tracker', url: tracker.url, problem: answer.warning });
    }
    if (event !== 'stopped') this.#addPeers(tracker, answer);
    if (round.legs.size === 0) this.#endRound(round, nowMs);
  }

  #addPeers(tracker: TrackerState, answer: AnnounceAnswer): void {
    this.#needsPeers = false;
    if (this.#options.isPrivate === true && this.#peersFrom !== undefined && this.#peersFrom !== tracker) {
      this.#actions.push({ type: 'drop-peers', url: tracker.url });
    }
    this.#peersFrom = tracker;
    // One place in the world for each family is what we have; a tracker that says otherwise does not fill the memory.
    if (answer.externalIp !== undefined && this.#externalHosts.size < 16) this.#externalHosts.add(answer.externalIp);
    const peers = dialablePeers(answer.peers, {
      trackerHost: answer.trackerHost,
      own: this.#ownAddresses(),
      portMin: this.#options.peerPortMin,
    });
    tracker.peersGiven += peers.count;
    if (peers.count > 0) this.#actions.push({ type: 'add-peers', url: tracker.url, peers });
  }

  #takeFailure(exchange: number, problem: AnnounceProblem, nowMs: number): void {
    const round = this.#roundOf(exchange);
    if (round === undefined) return;
    const family = round.legs.get(exchange);
    round.legs.delete(exchange);
    if (problem.code === 'no-address') round.tracker.familyAbsent(family, nowMs);
    // Of two reasons, the one that says more: a missing address in one family is nothing unusual.
    if (round.problem === undefined || round.problem.code === 'no-address') round.problem = problem;
    if (round.legs.size === 0) this.#endRound(round, nowMs);
  }

  #endRound(round: Round, nowMs: number): void {
    const { ladder, tracker, event } = round;
    this.#rounds.delete(round);
    tracker.isAnnouncing = false;
    if (round.isAnswered) ladder.promote(tracker);
    else this.#fail(round, nowMs);
    if (this.#phase !== 'stopping') return;
    if (event === 'stopped' && !round.isAnswered) this.#unreachedCount += 1;
    // The last word to a tracker that has just been told of the completion.
    if (event === 'completed' && !tracker.isEnded) this.#announce(ladder, tracker, 'stopped', nowMs);
  }

  #fail({ ladder, tracker, problem }: Round, nowMs: number): void {
    tracker.failed(problem ?? TIMED_OUT, nowMs, this.#options.randomBelow);
    ladder.failed(tracker);
    this.#actions.push({ type: 'report-tracker', url: tracker.url, problem: tracker.problem });
  }

  #endLateRounds(nowMs: number): void {
    for (const round of [...this.#rounds]) {
      if (nowMs < round.endMs) continue;
      this.#cancelLegs(round);
      this.#endRound(round, nowMs);
    }
  }

  #cancelLegs(round: Round): void {
    for (const exchange of round.legs.keys()) this.#actions.push({ type: 'cancel-announce', exchange });
    round.legs.clear();
  }

  #stop(nowMs: number): void {
    this.#startsAgain = false;
    if (this.#phase === 'stopping') return;
    if (this.#phase === 'idle') {
      this.#actions.push({ type: 'finish-stopping', unreachedCount: 0 });
      return;
    }
    this.#phase = 'stopping';
    this.#stopEndMs = nowMs + (this.#options.stopTimeoutMs ?? STOP_TIMEOUT_MS);
    this.#unreachedCount = 0;
    for (const round of [...this.#rounds]) {
      // What is being completed goes on; anything else gives way. It may have arrived: then we are known there.
      if (round.event === 'completed') continue;
      this.#cancelLegs(round);
      this.#rounds.delete(round);
      round.tracker.isAnnouncing = false;
      round.tracker.knowsUs = true;
      round.ladder.active ??= round.tracker;
    }
    for (const ladder of this.#ladders) this.#sayStopped(ladder, nowMs);
  }

  #sayStopped(ladder: TierLadder, nowMs: number): void {
    const isTold = this.#isClimbing(ladder);
    const heir = ladder.active ?? ladder.trackers.find((tracker) => tracker.knowsUs);
    for (const tracker of ladder.trackers) {
      if (!tracker.knowsUs || tracker.isAnnouncing) continue;
      const owesFirst = ladder.owesCompleted && !isTold && tracker === heir;
      this.#announce(ladder, tracker, owesFirst ? 'completed' : 'stopped', nowMs);
    }
  }

  #finishStopping(nowMs: number): void {
    if (this.#rounds.size > 0 && nowMs < this.#stopEndMs) return;
    for (const round of this.#rounds) {
      this.#cancelLegs(round);
      round.tracker.isAnnouncing = false;
      if (!round.isAnswered) this.#unreachedCount += 1;
    }
    this.#rounds.clear();
    for (const ladder of this.#ladders) ladder.reset();
    this.#actions.push({ type: 'finish-stopping', unreachedCount: this.#unreachedCount });
    this.#phase = this.#startsAgain ? 'running' : 'idle';
    this.#startsAgain = false;
  }

  #wishOf(ladder: TierLadder): Wish {
    return { owesCompleted: ladder.owesCompleted, needsPeers: this.#needsPeers };
  }

  #isClimbing(ladder: TierLadder): boolean {
    for (const round of this.#rounds) if (round.ladder === ladder) return true;
    return false;
  }

  #roundOf(exchange: number): Round | undefined {
    for (const round of this.#rounds) if (round.legs.has(exchange)) return round;
    return undefined;
  }

  #ownAddresses(): readonly PeerAddress[] {
    const { own = [], port } = this.#options;
    return port === undefined ? own : [...own, ...Array.from(this.#externalHosts, (host) => ({ host, port }))];
  }
}

const TIMED_OUT: AnnounceProblem = { code: 'timed-out', message: 'the tracker did not answer in time' };

function unreachable(event: never): never {
  throw new TypeError(`unknown event ${JSON.stringify(event)}`);
}
