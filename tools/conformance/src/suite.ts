import { availableParallelism } from 'node:os';
import type { Case, CaseInfo, Result } from './case.js';
import { UsageError } from './errors.js';
import { counts } from './report/report.js';
import { openReporters } from './report/reporters.js';
import { runCases } from './runner.js';
import { parseLevels, readAllowed, select } from './selection.js';

/** What every subcommand that judges understands; see `withRunOptions`. */
export interface SuiteOptions {
  readonly only?: readonly string[];
  readonly level?: string;
  readonly profile: 'quick' | 'full';
  readonly strict?: true;
  readonly allowFail?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly jobs?: number;
  readonly seed?: number;
  readonly reporter?: readonly string[];
  readonly transcripts?: string;
  readonly list?: true;
}

/** 0 all required passed, 1 failures, 2 usage, 3 subject could not be started, 4 the kit's own error, 5 time-out. */
export const EXIT = { passed: 0, failed: 1, usage: 2, notStarted: 3, kitError: 4, timeout: 5 } as const;

/** Selects, runs and reports; the number is the exit code. */
export async function runSuite<S extends { readonly name: string }>(
  cases: readonly Case<S>[],
  makeSubject: () => Promise<S>,
  options: SuiteOptions,
): Promise<number> {
  const chosen = chooseCases(cases, options);
  if (options.list === true) {
    for (const one of chosen) process.stdout.write(listLine(one));
    return EXIT.passed;
  }
  const strict = options.strict === true;
  const isAllowed = options.allowFail === undefined ? () => false : readAllowed(options.allowFail);
  const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
  const reporters = openReporters(options.reporter ?? ['human'], { colour, strict });
  try {
    const subject = await makeSubject();
    const seed = options.seed ?? Math.floor(Math.random() * 0x1_0000_0000);
    const head = { subject: subject.name, cases: chosen, seed, startedAt: new Date().toISOString() };
    reporters.begin?.(head);
    const startedMs = performance.now();
    const results = await runCases(chosen, subject, {
      ...{ jobs: options.jobs ?? availableParallelism() * JOBS_PER_CORE, seed, isAllowed },
      ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1000 }),
      ...(options.transcripts === undefined ? {} : { transcripts: options.transcripts }),
      onResult: (result) => reporters.result?.(result),
    });
    const exitCode = exitCodeOf(results, strict);
    const fixed = results.filter(({ case: { id }, verdict }) => verdict.type === 'pass' && isAllowed(id));
    const durationMs = performance.now() - startedMs;
    reporters.end({ ...head, results, durationMs, exitCode, fixed: fixed.map((result) => result.case.id) });
    return exitCode;
  } finally {
    reporters.close();
  }
}

/** The cases that the options want. */
export function chooseCases<C extends CaseInfo>(cases: readonly C[], options: SuiteOptions): readonly C[] {
  if (options.profile !== 'quick' && options.profile !== 'full') {
    throw new UsageError(`--profile ${String(options.profile)}: expected quick or full`);
  }
  return select(cases, {
    profile: options.profile,
    ...(options.only === undefined ? {} : { only: options.only }),
    ...(options.level === undefined ? {} : { level: parseLevels(options.level) }),
  });
}

/** One case of `--list`. */
export function listLine({ id, level, profile, rule, section }: CaseInfo): string {
  return `${id}\t${level}\t${profile}\t${section}\t${rule}\n`;
}

/** The worst thing that happened decides. */
function exitCodeOf(results: readonly Result[], strict: boolean): number {
  const types = new Set(results.filter((result) => counts(result, strict)).map(({ verdict }) => verdict.type));
  if (types.has('error')) return EXIT.kitError;
  if (types.has('not-started')) return EXIT.notStarted;
  if (types.has('fail')) return EXIT.failed;
  return types.has('timeout') ? EXIT.timeout : EXIT.passed;
}

/** Cases wait more than they work, those for time-outs nearly always; these have half of the jobs. */
const JOBS_PER_CORE = 8;
