import type { CaseInfo, Result } from '../case.js';

/** What a run is about. */
export interface RunHead {
  /** `aria2c 1.36.0`. */
  readonly subject: string;
  readonly cases: readonly CaseInfo[];
  readonly seed: number;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** A run that is over. */
export interface Run extends RunHead {
  readonly results: readonly Result[];
  readonly durationMs: number;
  /** Ids that were allowed to fail and pass: take them off the list. */
  readonly fixed: readonly string[];
  readonly exitCode: number;
}

/** Tells somebody of a run, while it goes on or at its end. `write` goes to a file or to standard output. */
export interface Reporter {
  begin?(head: RunHead): void;
  result?(result: Result): void;
  end(run: Run): void;
}

/** Makes a reporter for one run. */
export type ReporterMaker = (write: (text: string) => void, look: Look) => Reporter;

/** How it may look. */
export interface Look {
  readonly colour: boolean;
  /** SHOULD and MAY count as much as MUST. */
  readonly strict: boolean;
}

/** Whether a verdict makes the run fail. */
export function counts({ case: { level }, verdict, isAllowed }: Result, strict: boolean): boolean {
  if (verdict.type === 'pass' || verdict.type === 'not-applicable' || isAllowed) return false;
  return strict || level === 'MUST' || level === 'SAFE' || verdict.type === 'error';
}
