import { expect } from 'vitest';
import {
  type AnnounceAction,
  type AnnounceAnswer,
  type AnnounceProblem,
  Announcer,
  type AnnouncerAction,
  type AnnouncerEvent,
  type AnnouncerOptions,
  PeerList,
} from '../src/index.js';

export const MINUTE = 60_000;
export const DOWN: AnnounceProblem = { code: 'unreachable', message: 'down' };
export const REFUSED: AnnounceProblem = { code: 'refused', message: 'no' };

/** An announcer, its clock, and a pen that writes down what it does: `3 a started` is minute 3, tracker a. */
export class Desk {
  nowMs = 0;
  readonly announcer: Announcer;
  readonly open = new Map<number, AnnounceAction>();
  log: string[] = [];
  peers: string[] = [];

  constructor(options: Partial<AnnouncerOptions> = {}) {
    // The last of each tier stays last and no jitter is added: orders and times are then what the test says.
    // So much time for each announce that a test may take its own.
    const randomBelow = (bound: number): number => (bound <= 256 ? bound - 1 : 0);
    this.announcer = new Announcer({ randomBelow, timeoutMs: 100 * MINUTE, ...options });
  }

  do(event: AnnouncerEvent): void {
    for (const action of this.announcer.handle(event, this.nowMs)) this.#note(action);
  }

  start(): this {
    this.do({ type: 'torrent-started' });
    return this;
  }

  /** Answers the oldest open announce, or the one to a tracker. */
  answer(answer: Partial<AnnounceAnswer> = {}, url?: string): void {
    const { exchange } = this.#pop(url);
    this.do({
      type: 'announce-answered',
      exchange,
      answer: { type: 'peers', intervalS: 1800, peers: PeerList.empty, ...answer },
    });
  }

  fail(problem: AnnounceProblem = DOWN, url?: string): void {
    this.do({ type: 'announce-failed', exchange: this.#pop(url).exchange, problem });
  }

  /** Lets minutes pass, waking the announcer exactly when it wants. */
  pass(minutes: number): void {
    const endMs = this.nowMs + minutes * MINUTE;
    while ((this.announcer.deadlineMs ?? Number.POSITIVE_INFINITY) <= endMs) {
      expect(this.announcer.deadlineMs!).toBeGreaterThanOrEqual(this.nowMs);
      this.nowMs = this.announcer.deadlineMs!;
      this.do({ type: 'time-passed' });
    }
    this.nowMs = endMs;
  }

  /** What was written since the last look. */
  look(): readonly string[] {
    return this.log.splice(0);
  }

  #pop(url: string | undefined): AnnounceAction {
    const action = [...this.open.values()].find((candidate) => url === undefined || candidate.url === url);
    if (action === undefined) throw new Error('no announce is open');
    this.open.delete(action.exchange);
    return action;
  }

  #note(action: AnnouncerAction): void {
    const name = 'url' in action ? action.url.replace('udp://', '') : '';
    const minute = Number((this.nowMs / MINUTE).toFixed(3));
    if (action.type === 'announce') {
      this.open.set(action.exchange, action);
      const family = action.family === undefined ? '' : ` v${action.family}`;
      this.log.push(`${minute} ${name} ${action.event ?? 'regular'}${family}`);
    } else if (action.type === 'cancel-announce') {
      this.log.push(`${minute} cancel ${this.open.get(action.exchange)?.url.replace('udp://', '')}`);
      this.open.delete(action.exchange);
    } else if (action.type === 'add-peers')
      this.peers.push(...Array.from(action.peers, ({ host, port }) => `${host}:${port}`));
    else if (action.type === 'drop-peers') this.log.push(`${minute} drop peers for ${name}`);
    else if (action.type === 'finish-stopping') this.log.push(`${minute} stopped, ${action.unreachedCount} unreached`);
  }
}

export const TIERS = [['udp://a', 'udp://b'], ['udp://c']];
