import type { Answer } from './answer.js';

/** A codec or a parser, as the kit sees it. */
export interface CodecSubject {
  readonly name: string;
  /** What it makes of bytes: an operation of `vectors/README.md`, hexadecimal digits, and further words. */
  ask(operation: string, digits: string, words: readonly string[]): Promise<Answer>;
}
