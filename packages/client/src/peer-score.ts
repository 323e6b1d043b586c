import { LIMITS } from './limits.js';

/** What is remembered of a peer, for better or worse, and how much each weighs. */
const WEIGHTS = {
  /** Reliability. */
  connected: 1,
  unreachable: -2,
  /** Quality of the data, and speed: once every ten seconds in which blocks came or were taken. */
  'gave-blocks': 0.5,
  'took-blocks': 0.1,
  'gave-nothing': -0.2,
  'sent-false-piece': -5,
  /** Conduct. */
  stalled: -2,
  'asked-without-leave': -0.1,
} as const;

const SCORE_MAX = 10;
const SCORE_MIN = -20;

/**
 * What a peer has been worth so far: reliability, quality of its data, speed, conduct. What was long ago counts less and less.
 * 0 is somebody unknown.
 */
export class PeerScore {
  #value = 0;
  #latestMs = 0;

  at(nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - this.#latestMs);
    return this.#value * 0.5 ** (elapsedMs / LIMITS.scoreHalfLifeMs);
  }

  note(what: keyof typeof WEIGHTS, nowMs: number): void {
    this.#value = Math.min(SCORE_MAX, Math.max(SCORE_MIN, this.at(nowMs) + WEIGHTS[what]));
    this.#latestMs = nowMs;
  }

  /** Ten seconds have passed: faster is better, in steps that double. */
  noteRates(received: number, sent: number, nowMs: number): void {
    if (received === 0 && sent === 0) this.note('gave-nothing', nowMs);
    if (sent > 0) this.note('took-blocks', nowMs);
    for (let rate = received; rate > 1; rate /= SPEED_STEP) this.note('gave-blocks', nowMs);
  }
}

/** A peer a hundred times as fast gains twice as much. */
const SPEED_STEP = 100;
