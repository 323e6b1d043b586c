import type { TrackerErrorCode } from './errors.js';
import { INTERVAL_MS_MAX, INTERVAL_MS_MIN } from './limits.js';

/** Why an announce failed; a `TrackerError` fits. */
export interface AnnounceProblem {
  readonly code: TrackerErrorCode;
  readonly message: string;
  readonly httpStatus?: number | undefined;
  readonly retryInS?: number | 'never' | undefined;
}

/** Somebody who is down comes back any minute. */
const DOWN_MS = { first: 30_000, max: 30 * 60_000 } as const;

/** Somebody who understood and said no will say no again: asked a quarter as often. */
const REFUSED_MS = { first: 120_000, max: 120 * 60_000 } as const;

const HTTP_GONE = 410;

/**
 * How long to leave a tracker alone after its `failureCount`-th failure in a row, or `never` to ask it again. Up to a fifth
 * is added by chance, so that clients which lost a tracker together do not come back together.
 */
export function backOffMs(
  problem: AnnounceProblem,
  failureCount: number,
  randomBelow: (bound: number) => number,
): number | 'never' {
  // In 2015 a name pointed at somebody's web server, and 410 was what made clients leave it alone.
  if (problem.retryInS === 'never' || problem.httpStatus === HTTP_GONE) return 'never';
  if (problem.retryInS !== undefined) {
    return withJitter(Math.min(Math.max(problem.retryInS * 1000, INTERVAL_MS_MIN), INTERVAL_MS_MAX), randomBelow);
  }
  const { first, max } = isDown(problem) ? DOWN_MS : REFUSED_MS;
  return withJitter(Math.min(first * 2 ** (failureCount - 1), max), randomBelow);
}

function isDown({ code, httpStatus = 0 }: AnnounceProblem): boolean {
  if (code === 'http-status') return httpStatus >= 500;
  return code === 'unreachable' || code === 'timed-out' || code === 'no-address' || code === 'aborted';
}

function withJitter(delayMs: number, randomBelow: (bound: number) => number): number {
  return delayMs + randomBelow(Math.floor(delayMs / 5) + 1);
}
