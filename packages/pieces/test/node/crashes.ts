import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crashSample, type KillPlan } from './crash-plan.js';
import { bytesOf, isSame, onDisk } from './sample.js';

/** What a number of kills came to. */
export interface CrashReport {
  readonly kills: number;
  /** Downloads that were finished in spite of them. */
  readonly completed: number;
  /** Kills at a chosen call of `sync` or `rename`. */
  readonly chosen: number;
  /** Pieces that were verified, not yet made durable, and found again. */
  readonly found: number;
}

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles the writer once: a process of plain JavaScript starts in a fraction of the time. */
export function compileWriter(): { readonly script: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'unchoke-writer-'));
  const house = join(packageFolder, '..', '..');
  const out = join(folder, 'out');
  const compilerOptions = {
    noEmit: false,
    composite: false,
    incremental: false,
    noCheck: true,
    rootDir: packageFolder,
    outDir: out,
  };
  const files = ['test/node/writer-process.ts', 'src/node/thread.ts'].map((file) => join(packageFolder, file));
  const config = { extends: join(house, 'tsconfig.test.json'), compilerOptions, files };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  mkdirSync(out);
  writeFileSync(join(out, 'package.json'), '{"type":"module"}');
  symlinkSync(join(house, 'node_modules'), join(folder, 'node_modules'));
  const tsc = join(house, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', join(folder, 'tsconfig.json')], { stdio: 'pipe' });
  const remove = () => rmSync(folder, { recursive: true });
  return { script: join(out, 'test', 'node', 'writer-process.js'), remove };
}

/**
 * Downloads again and again, killed at every turn, until so many kills have happened. After each, the next process must
 * find every piece that was durable, must not claim one that is wrong, and must never meet a torn state file.
 */
export async function crashUntil(
  script: string,
  killCount: number,
  next: (bound: number) => number,
): Promise<CrashReport> {
  let kills = 0;
  let chosen = 0;
  let completed = 0;
  let found = 0;
  while (kills < killCount) {
    const folder = mkdtempSync(join(tmpdir(), 'unchoke-crash-'));
    try {
      let durable: readonly number[] = [];
      let verified = new Set<number>();
      for (;;) {
        const plan = planOf(folder, next);
        const run = await runWriter(script, plan, plan.threads > 0 ? next(24) : Number.POSITIVE_INFINITY);
        for (const piece of durable) {
          assert(run.opened?.includes(piece) !== false, `durable piece ${piece} was lost: ${JSON.stringify(plan)}`);
        }
        found += run.opened?.filter((piece) => verified.has(piece) && !durable.includes(piece)).length ?? 0;
        durable = run.durable ?? run.opened?.filter((piece) => durable.includes(piece)) ?? durable;
        if (run.verified.length > 0) verified = new Set([...verified, ...run.verified]);
        if (run.isComplete) break;
        kills++;
        if (plan.only.length > 0) chosen++;
      }
      for (const file of crashSample.files.keys()) {
        assert(isSame(onDisk(join(folder, 'root'), crashSample, file), bytesOf(crashSample, file)));
      }
      completed++;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return { kills, chosen, completed, found };
}

interface Run {
  readonly isComplete: boolean;
  /** What the process said it has, when it got so far. */
  readonly opened: readonly number[] | undefined;
  readonly verified: readonly number[];
  /** The last flush. */
  readonly durable: readonly number[] | undefined;
}

function planOf(folder: string, next: (bound: number) => number): KillPlan {
  const kind = next(3);
  const moment = (['before', 'within', 'after'] as const)[next(3)]!;
  const shuffle = 1 + next(100);
  if (kind === 0) return { folder, threads: 1 + next(2), afterCalls: 0, only: [], moment, shuffle };
  if (kind === 1) return { folder, threads: 0, afterCalls: next(250), only: [], moment, shuffle };
  return {
    folder,
    threads: 0,
    afterCalls: next(16),
    only: ['sync', 'rename'],
    moment: next(2) === 0 ? 'before' : 'after',
    shuffle,
  };
}

/** Runs a writer to its end, which is from outside after so many lines when it has threads. */
function runWriter(script: string, plan: KillPlan, killAfterLines: number): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, JSON.stringify(plan)], {
      cwd: dirname(script),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    let problems = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.split('\n').length > killAfterLines) child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      problems += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const lines = said.split('\n').slice(0, -1);
      const wrong = lines.find((line) => /^(wrong|rejected)|^opened (?!trusted|none)/.test(line));
      if (wrong !== undefined) reject(new Error(`${wrong}: ${JSON.stringify(plan)}`));
      else if (signal !== 'SIGKILL' && code !== 0)
        reject(new Error(`exit ${code}: ${problems} ${JSON.stringify(plan)}`));
      else resolve(runOf(lines));
    });
  });
}

function runOf(lines: readonly string[]): Run {
  const opened = lines.find((line) => line.startsWith('opened'));
  const flushed = lines.findLast((line) => line.startsWith('flushed'));
  const verified = lines.filter((line) => line.startsWith('verified')).map((line) => Number(line.split(' ')[1]));
  const isComplete = lines.at(-1) === 'complete';
  return { isComplete, opened: opened && listOf(opened), verified, durable: flushed && listOf(flushed) } as Run;
}

function listOf(line: string): readonly number[] {
  const list = line.split(' ').at(-1)!;
  return list === '' ? [] : list.split(',').map(Number);
}
