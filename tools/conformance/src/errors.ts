import type { Verdict } from './case.js';

/**
 * Ends a case with a verdict.
 *
 * @example
 * const ending = new Ending({ type: 'fail', why: 'it closed the connection' });
 * console.assert(ending.verdict.type === 'fail');
 */
export class Ending extends Error {
  readonly verdict: Verdict;

  constructor(verdict: Exclude<Verdict, { type: 'pass' }>) {
    super(verdict.why);
    this.name = 'Ending';
    this.verdict = verdict;
  }
}

/**
 * The rule was not kept: what happened instead, as one sentence.
 *
 * @example
 * const judge = (served: number) => {
 *   if (served > 4) fail(`it served ${served} peers at the same time`);
 * };
 * judge(4);
 */
export function fail(why: string): never {
  throw new Ending({ type: 'fail', why });
}

/**
 * The subject does not offer what the rule is about.
 *
 * @example
 * const needsUdp = (url: string) => {
 *   if (!url.startsWith('udp:')) notApplicable('it has no UDP');
 * };
 * needsUdp('udp://127.0.0.1:6969');
 */
export function notApplicable(why: string): never {
  throw new Ending({ type: 'not-applicable', why });
}

/**
 * The subject could not be started, so nothing can be said about it.
 *
 * @example
 * const started = (code: number | undefined) => {
 *   if (code !== undefined) notStarted(`it ended with code ${code}`);
 * };
 * started(undefined);
 */
export function notStarted(why: string): never {
  throw new Ending({ type: 'not-started', why });
}

/** An argument or a file that a person gave is wrong: says which, and what is expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
