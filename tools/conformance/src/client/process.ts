import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { notStarted } from '../errors.js';
import { OUTPUT_BYTES_KEPT } from '../limits.js';
import { groupMemory } from './group-memory.js';
import type { Exit, RunningClient } from './subject.js';

/** What to start, and with what around it. */
export interface ProcessPlan {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a process in a group of its own, so that whatever it starts can be ended with it. */
export async function startProcess({ argv, cwd, env }: ProcessPlan): Promise<RunningClient> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    ...{ cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    env: { ...process.env, ...env },
  });
  const output = tailOf(child);
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      forget(child);
      resolve({ code, signal });
    });
  });
  // Rejects with what it says instead of spawning.
  const spawned = once(child, 'spawn');
  // Errors after this are about signals that came too late.
  child.on('error', () => undefined);
  await spawned.catch((error: Error) => notStarted(`${program}: ${error.message}`));
  watchOwnEnd();
  groups.add(child);
  return {
    ...{ exited, output, signal: (name) => signalGroup(child, name) },
    memory: () => (child.pid === undefined ? undefined : groupMemory(child.pid)),
  };
}

const groups = new Set<ChildProcess>();
let isWatching = false;

function forget(child: ChildProcess): void {
  // Who started others and ended leaves them behind.
  signalGroup(child, 'SIGKILL');
  groups.delete(child);
}

function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whatever ends us, nothing that we started stays. */
function watchOwnEnd(): void {
  if (isWatching) return;
  isWatching = true;
  process.once('exit', () => {
    for (const child of groups) signalGroup(child, 'SIGKILL');
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => process.exit(name === 'SIGINT' ? 130 : 143));
  }
}

function tailOf(child: ChildProcess): () => string {
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      tail = (tail + text).slice(-OUTPUT_BYTES_KEPT);
    });
  }
  return () => tail;
}
