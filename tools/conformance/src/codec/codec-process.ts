import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { notStarted } from '../errors.js';
import { type Answer, excerpt, parseAnswer } from './answer.js';
import { ANSWER_CHARACTERS_MAX, ANSWER_MS, COMPLAINT_CHARACTERS_KEPT, HELLO_MS } from './limits.js';
import type { CodecSubject } from './subject.js';

/** How a codec is run. */
export interface CodecOptions {
  /** Where the command runs; its own folder otherwise. */
  readonly cwd?: string;
  readonly answerMs?: number;
  readonly helloMs?: number;
}

/**
 * A codec that speaks the line protocol: a request is a line on its standard input, the answer a line on its standard output.
 * Requests go one by one; a process that ends, hangs or babbles is started anew for the next one.
 */
export class CodecProcess implements CodecSubject {
  readonly #command: string;
  readonly #options: CodecOptions;
  #name = '';
  #offered: ReadonlySet<string> | undefined;
  #process: LineProcess | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(command: string, options: CodecOptions) {
    this.#command = command;
    this.#options = options;
  }

  /** Starts the command and asks what it can do. */
  static async start(command: string, options: CodecOptions = {}): Promise<CodecProcess> {
    const codec = new CodecProcess(command, options);
    await codec.#hello();
    return codec;
  }

  /** What it calls itself, with its version. */
  get name(): string {
    return this.#name;
  }

  ask(operation: string, digits: string, words: readonly string[]): Promise<Answer> {
    if (this.#offered?.has(operation) === false) return Promise.resolve({ type: 'not-offered' });
    const request = [operation, digits === '' ? '-' : digits, ...words].join(' ');
    const answer = this.#queue.then(() => this.#exchange(request, this.#options.answerMs ?? ANSWER_MS));
    this.#queue = answer;
    return answer.then((line) => (typeof line === 'string' ? parseAnswer(line) : line));
  }

  async close(): Promise<void> {
    await this.#queue;
    this.#process?.kill();
    this.#process = undefined;
  }

  async #hello(): Promise<void> {
    const line = await this.#exchange('hello', this.#options.helloMs ?? HELLO_MS);
    if (typeof line !== 'string') notStarted(`${this.#command}: ${line.detail}`);
    const hello = helloOf(line);
    if (hello === undefined) {
      await this.close();
      notStarted(`${this.#command}: expected {"name", "version", "operations"} after hello, got ${excerpt(line)}`);
    }
    this.#name = `${hello.name} ${hello.version}`.trim();
    this.#offered = new Set(hello.operations);
  }

  async #exchange(request: string, limitMs: number): Promise<string | Broken> {
    this.#process ??= new LineProcess(this.#command, this.#options.cwd);
    const line = await this.#process.exchange(request, limitMs);
    if (typeof line !== 'string') {
      this.#process.kill();
      this.#process = undefined;
    }
    return line;
  }
}

type Broken = Extract<Answer, { type: 'broken' }>;

/** A child process that answers lines with lines. */
class LineProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  #received = '';
  #complaint = '';
  #settle: ((outcome: string | Broken) => void) | undefined;
  #ended: Broken | undefined;

  constructor(command: string, cwd: string | undefined) {
    // A group of its own, so that what the shell started ends with it.
    this.#child = spawn(command, { shell: true, detached: true, ...(cwd === undefined ? {} : { cwd }) });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_CHARACTERS_KEPT);
    });
    // A process that ended cannot be written to; `close` tells why.
    this.#child.stdin.on('error', () => undefined);
    this.#child.on('error', (error) => this.#end(error.message));
    this.#child.on('close', (code, signal) => {
      const how = signal === null ? `ended with status ${code}` : `was ended by ${signal}`;
      const complaint = this.#complaint.trim();
      this.#end(complaint === '' ? `the process ${how}` : `the process ${how}: ${excerpt(complaint)}`);
    });
  }

  exchange(request: string, limitMs: number): Promise<string | Broken> {
    if (this.#ended !== undefined) return Promise.resolve(this.#ended);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#settle?.({ type: 'broken', how: 'late', detail: `no answer within ${limitMs / 1000} s` });
      }, limitMs);
      this.#settle = (outcome) => {
        clearTimeout(timer);
        this.#settle = undefined;
        resolve(outcome);
      };
      this.#child.stdin.write(`${request}\n`);
    });
  }

  kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }

  #take(text: string): void {
    const end = text.indexOf('\n');
    if (end === -1) {
      this.#received += text;
      if (this.#received.length <= ANSWER_CHARACTERS_MAX) return;
      const detail = `an answer of more than ${ANSWER_CHARACTERS_MAX} characters`;
      this.#settle?.({ type: 'broken', how: 'no-answer', detail });
      return;
    }
    const line = this.#received + text.slice(0, end);
    const rest = text.slice(end + 1);
    this.#received = '';
    if (rest === '') this.#settle?.(line);
    else this.#settle?.({ type: 'broken', how: 'no-answer', detail: `more than one line: ${excerpt(rest)}` });
  }

  #end(detail: string): void {
    this.#ended ??= { type: 'broken', how: 'exited', detail };
    this.#settle?.(this.#ended);
  }
}

interface Hello {
  readonly name: string;
  readonly version: string;
  readonly operations: readonly string[];
}

function helloOf(line: string): Hello | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { name, version, operations } = (json ?? {}) as Partial<Hello>;
  const isList = Array.isArray(operations) && operations.every((operation) => typeof operation === 'string');
  if (typeof name !== 'string' || !isList) return undefined;
  return { name, version: String(version ?? ''), operations };
}
