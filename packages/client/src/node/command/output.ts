import { printable, printableLines } from './format.js';
import { columnsOf, isWatched, type Paint, type ProgressStyle, paintWith, wantsColour } from './terminal.js';

/** The flags about output; every command has them. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** How often `-v` was said. */
  readonly verbose?: number;
  readonly progress?: ProgressStyle | 'auto';
  readonly progressInterval?: number;
  readonly color?: boolean;
}

/** The version of the JSON lines. It changes when a key changes its meaning or goes; new keys may come. */
export const JSON_VERSION = 1;

/** 0 is for everybody, 1 wants `-v`, 2 wants `-vv`. */
export type Level = 0 | 1 | 2;

/** That of the command which runs: there is one in a process. */
let current: Output | undefined;

/** With `--json` the last line is a summary, also of a command that has nothing to sum up, or has failed. */
export function endJson(exitCode: number, error: string | undefined): void {
  current?.end(exitCode, error);
}

/**
 * Where a command says things: results on stdout, all else on stderr; with `--json` everything as JSON lines on stdout. Texts
 * may hold what strangers wrote: they are made harmless here.
 */
export class Output {
  readonly isJson: boolean;
  /** Whether the JSON is one object, which warnings must not stand beside. */
  readonly #isObject: boolean;
  readonly isQuiet: boolean;
  readonly level: number;
  readonly style: ProgressStyle;
  readonly paint: Paint;
  readonly paintResult: Paint;
  readonly progressIntervalMs: number | undefined;
  #isSummed = false;
  /** Puts a line above a live view, while there is one. */
  aside: ((line: string) => void) | undefined;

  constructor(options: OutputOptions, jsonShape: 'lines' | 'object' = 'lines') {
    const { json = false, quiet = false, verbose = 0, color = true } = options;
    this.isJson = json;
    this.#isObject = jsonShape === 'object';
    this.isQuiet = quiet;
    this.level = verbose;
    this.style = styleOf(options);
    this.progressIntervalMs = options.progressInterval;
    this.paint = paintWith(wantsColour(color, process.stderr, process.env));
    this.paintResult = paintWith(wantsColour(color, process.stdout, process.env));
    current = this;
    this.tell(2, 'options', { options }, `options: ${JSON.stringify(options, asJson)}`);
  }

  get columns(): number {
    return columnsOf(process.stderr, process.env);
  }

  /** What the command was asked for. With `-q` the exit code says it, and JSON. */
  result(type: string, facts: object, text: string): void {
    if (this.isJson) this.json(type, facts);
    else if (!this.isQuiet) process.stdout.write(`${text}\n`);
  }

  json(type: string, facts: object): void {
    this.#isSummed ||= type === 'summary';
    process.stdout.write(jsonLine(type, facts));
  }

  end(exitCode: number, error: string | undefined): void {
    if (this.isJson && !this.#isObject && !this.#isSummed) this.json('summary', { exitCode, error: error ?? null });
  }

  /** Progress as JSON goes where results do not: to stderr, unless everything is JSON anyway. */
  jsonProgress(facts: object, type = 'progress'): void {
    (this.isJson ? process.stdout : process.stderr).write(jsonLine(type, facts));
  }

  /** Something happened. */
  tell(level: Level, type: string, facts: object, text: string | undefined): void {
    if (this.isQuiet || level > this.level) return;
    if (this.isJson) this.json(type, facts);
    else if (text !== undefined) this.line(`${level === 0 ? '' : this.paint('dim', `${clock()} `)}${printable(text)}`);
  }

  warn(text: string): void {
    if (this.isQuiet) return;
    if (this.isJson && !this.#isObject) this.json('warning', { message: text });
    else this.line(`${this.paint('yellow', 'warning:')} ${printableLines(text)}`);
  }

  /** A line of text on stderr, that was made harmless before. */
  line(text: string): void {
    if (this.aside === undefined) process.stderr.write(`${text}\n`);
    else this.aside(text);
  }
}

/** Bytes in it become hexadecimal digits. */
function jsonLine(type: string, facts: object): string {
  return `${JSON.stringify({ type, version: JSON_VERSION, ...facts }, asJson)}\n`;
}

/** Bytes as hexadecimal digits, patterns and errors as their text. */
export function asJson(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof RegExp) return value.source;
  return value instanceof Error ? value.message : value;
}

function styleOf({ json, quiet, progress = 'auto' }: OutputOptions): ProgressStyle {
  if (progress !== 'auto') return progress;
  if (quiet === true) return 'none';
  if (json === true) return 'json';
  return isWatched(process.stderr, process.env) ? 'bar' : 'plain';
}

function clock(): string {
  const now = new Date();
  const part = (value: number, digits = 2) => String(value).padStart(digits, '0');
  return `${part(now.getHours())}:${part(now.getMinutes())}:${part(now.getSeconds())}.${part(now.getMilliseconds(), 3)}`;
}
