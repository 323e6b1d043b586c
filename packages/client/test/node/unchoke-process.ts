import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../src/node/command/cli.ts', import.meta.url));
const NODE_OPTIONS = ['--conditions=@unchoke/source', '--import', 'tsx', CLI];

/** What a run came to. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line of JSON as the command writes it. */
export type JsonLine = Readonly<Record<string, unknown>> & { readonly type: string; readonly version: number };

/** The real command, in a process of its own, with an environment in which nobody has set anything. */
export class UnchokeProcess {
  static readonly #running = new Set<UnchokeProcess>();
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';
  #look: () => void = () => undefined;

  /** `words` before the command, like those of a shell that limits it. */
  constructor(words: readonly string[], args: readonly string[], env: Readonly<Record<string, string>>) {
    const [program, ...rest] = [...words, process.execPath, ...NODE_OPTIONS, ...args];
    this.#child = spawn(program!, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    UnchokeProcess.#running.add(this);
    this.#child.stdout!.setEncoding('utf8').on('data', (text) => {
      this.#stdout += text;
      this.#look();
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text) => {
      this.#stderr += text;
      this.#look();
    });
    this.ended = once(this.#child, 'close').then(([exitCode]) => {
      UnchokeProcess.#running.delete(this);
      this.#look();
      return { exitCode, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  /** Nothing outlives the tests. */
  static killAll(): void {
    for (const running of UnchokeProcess.#running) running.#child.kill('SIGKILL');
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What `startOnSmallDisk` forbade is allowed. On Linux. */
  enlargeDisk(): void {
    execFileSync('prlimit', ['--pid', String(this.#child.pid), '--fsize=unlimited']);
  }

  /** As `head` does that has seen enough. */
  stopReading(): void {
    this.#child.stdout!.destroy();
  }

  /** Settles with the first match in what it has said so far, or will say. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
      if (match !== null) return match;
      const isOver = this.#child.exitCode !== null || this.#child.signalCode !== null;
      if (isOver && !UnchokeProcess.#running.has(this)) {
        throw new Error(`it never said ${pattern}:\n${this.#stdout}\n${this.#stderr}`);
      }
      await new Promise<void>((resolve) => {
        const before = this.#look;
        this.#look = () => {
          before();
          resolve();
        };
      });
    }
  }

  /** The port that a run with `--json` listens on. */
  async port(): Promise<number> {
    return Number((await this.says(/"type":"torrent".*"port":(\d+)/))[1]);
  }
}

/** A place for the tests of one file, and the command in it. */
export class Workbench {
  readonly folder = mkdtempSync(join(tmpdir(), 'unchoke-command-'));
  #states = 0;

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): UnchokeProcess {
    const { PATH = '', HOME = '' } = process.env;
    const own = { PATH, HOME, XDG_STATE_HOME: this.path(`state-${++this.#states}`) };
    return new UnchokeProcess([], args, { ...own, ...env });
  }

  /** On a disk that takes no file of more than so many blocks of 512 bytes. Not on Windows. */
  startOnSmallDisk(fileBlocksMax: number, args: readonly string[]): UnchokeProcess {
    const limit = ['sh', '-c', `ulimit -S -f ${fileBlocksMax}; exec "$@"`, 'sh'];
    const { PATH = '', HOME = '' } = process.env;
    return new UnchokeProcess(limit, args, { PATH, HOME, XDG_STATE_HOME: this.path(`state-${++this.#states}`) });
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.start(args, env).ended;
  }

  close(): void {
    UnchokeProcess.killAll();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function jsonLines(stdout: string): readonly JsonLine[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonLine);
}
