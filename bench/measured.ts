import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import type { Command } from './programs/program.js';

/** What a process took, as the operating system accounts it. */
export interface Usage {
  readonly elapsedS: number;
  readonly cpuS: number;
  /** Resident at the worst moment, with what it shares with others. */
  readonly peakBytes: number;
  /** … and of that its own: anonymous memory. */
  readonly ownBytes: number;
}

/** What the programs print is only of use to whoever wonders why one does not work. */
const OUTPUT = process.argv.includes('--verbose') ? 'inherit' : 'ignore';
const LOOK_MS = 5;
const TICKS_PER_S = 100;
/** No proxies, certificates or options of whoever runs this. */
const ENVIRONMENT = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8' };

/** Whatever ends this process ends them. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Takes care that a process does not outlive this one. */
export function note(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

/** A program that runs until it is told to end; what it does before `begin` does not count. */
export class Served {
  readonly #process: ChildProcess;
  #cpuS = 0;
  #ownBytes = 0;
  #sampler: NodeJS.Timeout | undefined;

  constructor({ file, args }: Command, home: string) {
    this.#process = spawn(file, args, { stdio: OUTPUT, env: { ...ENVIRONMENT, HOME: home } });
    note(this.#process);
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  begin(): void {
    this.#cpuS = this.#cpuSoFar();
    // The peak is counted from here on.
    if (!this.hasEnded) writeFileSync(`/proc/${this.#process.pid}/clear_refs`, '5');
    this.#sampler = setInterval(() => {
      this.#ownBytes = Math.max(this.#ownBytes, this.#kilobytes('RssAnon') * 1024);
    }, LOOK_MS);
  }

  async end(): Promise<Omit<Usage, 'elapsedS'>> {
    clearInterval(this.#sampler);
    const usage = {
      cpuS: this.#cpuSoFar() - this.#cpuS,
      peakBytes: this.#kilobytes('VmHWM') * 1024,
      ownBytes: Math.max(this.#ownBytes, this.#kilobytes('RssAnon') * 1024),
    };
    // It may take its time to say goodbye, and everything is known.
    if (!this.hasEnded) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    return usage;
  }

  #cpuSoFar(): number {
    const stat = this.#read('stat');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_S;
  }

  #kilobytes(name: string): number {
    return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(this.#read('status'))?.[1] ?? 0);
  }

  #read(name: string): string {
    try {
      return readFileSync(`/proc/${this.#process.pid}/${name}`, 'utf8');
    } catch {
      return '';
    }
  }
}

/** What a run needs beside its command. */
export interface Watch {
  /** The compiled `native/run.c`. */
  readonly runner: string;
  readonly report: string;
  readonly home: string;
  /** A file that says that the work is done, for a program that does not end by itself. */
  readonly mark: string | undefined;
  readonly timeoutS: number;
}

/** A program that does its work; undefined when it did not in time, or failed. */
export async function run({ file, args }: Command, watch: Watch): Promise<Usage | undefined> {
  const startMs = performance.now();
  const child = spawn(watch.runner, [watch.report, file, ...args], {
    stdio: OUTPUT,
    env: { ...ENVIRONMENT, HOME: watch.home },
  });
  note(child);
  const ended = once(child, 'exit');
  const isDone = () => watch.mark !== undefined && existsSync(watch.mark);
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  while (!hasEnded && !isDone() && performance.now() - startMs < watch.timeoutS * 1000) {
    await Promise.race([ended, after(LOOK_MS)]);
  }
  const doneS = (performance.now() - startMs) / 1000;
  const isMarked = isDone();
  if (!hasEnded) await endProcess(child);
  if (!existsSync(watch.report)) return undefined;
  const report = JSON.parse(readFileSync(watch.report, 'utf8')) as Usage & { readonly exitCode: number };
  if (watch.mark === undefined ? report.exitCode !== 0 : !isMarked) return undefined;
  return { ...report, elapsedS: watch.mark === undefined ? report.elapsedS : doneS };
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(kill);
}
