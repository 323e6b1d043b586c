import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case, CaseInfo, Kit, Result, Verdict } from './case.js';
import { Ending } from './errors.js';
import { CASE_MS } from './limits.js';
import { seededRandom } from './random.js';
import { Transcript } from './transcript.js';

/** How cases are run. */
export interface RunPlan {
  readonly jobs: number;
  readonly seed: number;
  /** Instead of what each case allows. */
  readonly timeoutMs?: number;
  /** Transcripts of what fails are kept here; without it they are thrown away. */
  readonly transcripts?: string;
  /** How much slower than told the kit waits; below 1, rules about minutes can be tested in seconds. */
  readonly timeScale?: number;
  readonly isAllowed?: (id: string) => boolean;
  readonly onResult?: (result: Result) => void;
}

/**
 * Runs cases, several at a time. One that fails, hangs or crashes does not touch the others.
 *
 * Those that mostly wait are no reason for others to wait, too: half of the jobs are theirs, the longest first. What
 * loads the machine comes last, one by one.
 *
 * @example
 * const polite: Case<string> = {
 *   ...{ id: 'bep3/handshake/example', level: 'MUST', rule: 'It answers.', section: 'BEP 3, handshake' },
 *   ...{ subject: 'client', profile: 'quick', run: async () => undefined },
 * };
 * const results = await runCases([polite], 'whom it is about', { jobs: 4, seed: 1 });
 * console.assert(results.every(({ verdict }) => verdict.type === 'pass'));
 */
export async function runCases<S>(cases: readonly Case<S>[], subject: S, plan: RunPlan): Promise<readonly Result[]> {
  const results: Result[] = [];
  const work = async (queue: Case<S>[]): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = await runCase(next, subject, plan);
      results.push(result);
      plan.onResult?.(result);
    }
  };
  const shared = cases.filter(({ alone }) => alone !== true);
  const busy = shared.filter(({ profile }) => profile === 'quick');
  const waiting = shared.filter(({ profile }) => profile === 'full').sort((a, b) => limitOf(b) - limitOf(a));
  const jobs = Math.max(1, plan.jobs);
  const halfUp = Math.ceil(jobs / 2);
  await Promise.all([
    ...Array.from({ length: halfUp }, () => work(busy).then(() => work(waiting))),
    ...Array.from({ length: jobs - halfUp }, () => work(waiting)),
  ]);
  await work(cases.filter(({ alone }) => alone === true));
  const order = new Map(cases.map(({ id }, i) => [id, i]));
  return results.sort((a, b) => order.get(a.case.id)! - order.get(b.case.id)!);
}

/**
 * One case in a folder of its own.
 *
 * @example
 * const polite: Case<string> = {
 *   ...{ id: 'bep3/handshake/example', level: 'MUST', rule: 'It answers.', section: 'BEP 3, handshake' },
 *   ...{ subject: 'client', profile: 'quick', run: async () => undefined },
 * };
 * const { verdict } = await runCase(polite, 'whom it is about', { jobs: 1, seed: 1 });
 * console.assert(verdict.type === 'pass');
 */
export async function runCase<S>(one: Case<S>, subject: S, plan: RunPlan): Promise<Result> {
  const { run, ...info } = one;
  const startedMs = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'unchoke-conformance-'));
  const kept = plan.transcripts === undefined ? join(folder, 'transcript') : join(plan.transcripts, fileName(one.id));
  const transcript = new Transcript(kept);
  const closers: (() => Promise<void> | void)[] = [];
  const abort = new AbortController();
  const scale = plan.timeScale ?? 1;
  const kit: Kit = {
    folder,
    transcriptFolder: kept,
    seed: plan.seed,
    randomBelow: seededRandom(plan.seed, one.id),
    ms: (milliseconds) => milliseconds * scale,
    signal: abort.signal,
    onClose: (close) => closers.push(close),
    log: (entry) => transcript.write(entry),
  };
  mkdirSync(kept, { recursive: true });
  const limitMs = plan.timeoutMs ?? limitOf(one);
  let verdict = await verdictOf(() => run(subject, kit), limitMs);
  abort.abort();
  for (const close of closers.reverse()) {
    try {
      await close();
    } catch (error) {
      const why = `could not clean up: ${error instanceof Error ? error.stack : String(error)}`;
      if (verdict.type === 'pass') verdict = { type: 'error', why };
    }
  }
  transcript.write({ verdict: verdict.type, ...('why' in verdict ? { why: verdict.why } : {}) });
  await transcript.close();
  const isKept = plan.transcripts !== undefined && verdict.type !== 'pass' && verdict.type !== 'not-applicable';
  if (!isKept) rmSync(kept, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const durationMs = performance.now() - startedMs;
  const isAllowed = verdict.type !== 'pass' && plan.isAllowed?.(one.id) === true;
  return { case: info, verdict, durationMs, isAllowed, ...(isKept ? { transcript: kept } : {}) };
}

async function verdictOf(run: () => Promise<void>, limitMs: number): Promise<Verdict> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Verdict>((resolve) => {
    timer = setTimeout(() => {
      resolve({ type: 'timeout', why: `it was not over after ${Math.round(limitMs / 1000)} s` });
    }, limitMs);
  });
  const judged = run().then(
    (): Verdict => ({ type: 'pass' }),
    (error: unknown): Verdict => {
      if (error instanceof Ending) return error.verdict;
      return { type: 'error', why: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    },
  );
  const verdict = await Promise.race([judged, late]);
  clearTimeout(timer);
  return verdict;
}

function limitOf({ timeoutMs }: CaseInfo): number {
  return timeoutMs ?? CASE_MS;
}

function fileName(id: string): string {
  return id.replaceAll('/', '_');
}
