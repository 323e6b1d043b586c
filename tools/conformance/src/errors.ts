import type { Verdict } from './case.js';

/** Ends a case with a verdict. */
export class Ending extends Error {
  readonly verdict: Verdict;

  constructor(verdict: Exclude<Verdict, { type: 'pass' }>) {
    super(verdict.why);
    this.name = 'Ending';
    this.verdict = verdict;
  }
}

/** The rule was not kept: what happened instead, as one sentence. */
export function fail(why: string): never {
  throw new Ending({ type: 'fail', why });
}

/** The subject does not offer what the rule is about. */
export function notApplicable(why: string): never {
  throw new Ending({ type: 'not-applicable', why });
}

/** The subject could not be started, so nothing can be said about it. */
export function notStarted(why: string): never {
  throw new Ending({ type: 'not-started', why });
}

/** An argument or a file that a person gave is wrong: says which, and what is expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
