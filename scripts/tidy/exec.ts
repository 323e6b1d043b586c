import { spawn } from 'node:child_process';

export interface Outcome {
  /** Exit code; `undefined` when it was killed because it did not end. */
  readonly code: number | undefined;
  /** What it wrote, both streams in the order of arrival; the last 64 Ki characters. */
  readonly output: string;
}

const OUTPUT_CHARS_MAX = 64 * 1024;

/** Runs a program to its end, or kills it after `timeoutMs`. */
export function exec(command: string, args: readonly string[], cwd: string, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let killed = false;
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-OUTPUT_CHARS_MAX);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const timer = setTimeout(() => {
      killed = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: killed ? undefined : (code ?? 1), output });
    });
  });
}
