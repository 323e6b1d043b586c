import { buildInteger, buildValue, viewOf } from './build.js';
import { byteText, matchesText } from './byte-text.js';
import { BencodeError, type BencodeErrorCode } from './errors.js';
import { formatPath, type Step } from './path.js';
import {
  DICT,
  END,
  endOf,
  INTEGER,
  LIST,
  offsetAt,
  STRING,
  startOf,
  type Tape,
  tokenAfter,
  typeAt,
  WORDS_PER_TOKEN,
} from './tape.js';
import { utf8Text } from './utf8-text.js';
import type { BencodeValue } from './values.js';

/**
 * What can stand at a place in bencoded bytes.
 *
 * @example
 * ```ts
 * import { read, type BencodeType } from '@unchoke/bencode';
 *
 * const type: BencodeType = read(new Uint8Array([0x6c, 0x65])).type; // le
 * console.assert(type === 'list');
 * ```
 */
export type BencodeType = 'integer' | 'string' | 'list' | 'dict';

/** By the type numbers of the tape. */
const TYPES: readonly BencodeType[] = ['integer', 'string', 'list', 'dict'];
const NAMES: Readonly<Record<BencodeType, string>> = {
  integer: 'an integer',
  string: 'a string',
  list: 'a list',
  dict: 'a dictionary',
};

/** What all nodes of one input share. */
export interface Recording {
  readonly bytes: Uint8Array;
  readonly tape: Tape;
}

/**
 * One value in bencoded bytes, not yet built: say what you expect, and get it or a {@link BencodeError} that names the place.
 * Made by {@link read}. Strings are views into the input, as with `decode`.
 *
 * @example
 * ```ts
 * import { read } from '@unchoke/bencode';
 *
 * const bytes = Uint8Array.from('d5:filesld6:lengthi9eeee', (character) => character.charCodeAt(0));
 * for (const file of read(bytes).get('files').items()) {
 *   console.assert(file.get('length').integer({ min: 0 }) === 9);
 *   console.assert(file.path === 'files[0]');
 * }
 * ```
 */
export class BencodeNode {
  readonly #recording: Recording;
  readonly #token: number;
  readonly #parent: BencodeNode | undefined;
  readonly #step: Step;

  /** For `read` and for nodes themselves. */
  constructor(recording: Recording, token: number, parent: BencodeNode | undefined, step: Step) {
    this.#recording = recording;
    this.#token = token;
    this.#parent = parent;
    this.#step = step;
  }

  /** What stands here. */
  get type(): BencodeType {
    return TYPES[typeAt(this.#recording.tape, this.#token)]!;
  }

  /** Where it begins in the bytes. */
  get offset(): number {
    return startOf(this.#recording.tape, this.#token);
  }

  /** The way to it from the top, like `info.files[3].length`; empty at the top. */
  get path(): string {
    const steps: Step[] = [];
    for (let node: BencodeNode = this; node.#parent !== undefined; node = node.#parent) steps.push(node.#step);
    return formatPath(steps.reverse());
  }

  /** The exact bytes it was read from, as a view: what an info-hash is taken over. */
  get raw(): Uint8Array {
    const { bytes, tape } = this.#recording;
    const start = startOf(tape, this.#token);
    return viewOf(bytes, start, endOf(tape, this.#token) - start);
  }

  /** A safe integer, within `range` when one is given (both ends included). */
  integer(range?: { readonly min?: number; readonly max?: number }): number {
    const value = this.bigintOrNumber();
    const min = range?.min ?? Number.MIN_SAFE_INTEGER;
    const max = range?.max ?? Number.MAX_SAFE_INTEGER;
    if (typeof value === 'bigint' || !(value >= min && value <= max)) {
      throw this.error('out-of-range', `expected an integer from ${min} to ${max}, found ${shorten(`${value}`)}`);
    }
    return value;
  }

  /** An integer of any size. */
  bigint(): bigint {
    return BigInt(this.bigintOrNumber());
  }

  /** An integer, `number` when safe and `bigint` beyond. */
  bigintOrNumber(): number | bigint {
    const { bytes, tape } = this.#expect(INTEGER);
    return buildInteger(bytes, offsetAt(tape, this.#token), tape[this.#token + 1]!);
  }

  /** A byte string, as a view; of exactly `length` bytes when that is given. */
  bytes(length?: number): Uint8Array {
    const { bytes, tape } = this.#expect(STRING);
    const actual = tape[this.#token + 1]!;
    if (length !== undefined && actual !== length) {
      throw this.error('out-of-range', `expected a string of ${length} bytes, found one of ${actual}`);
    }
    return viewOf(bytes, offsetAt(tape, this.#token), actual);
  }

  /** A byte string that is text in UTF-8; `bad-text` when it is not. Nothing is replaced or removed. */
  text(): string {
    const { bytes, tape } = this.#expect(STRING);
    const text = utf8Text(bytes, offsetAt(tape, this.#token), tape[this.#token + 1]!);
    if (text === undefined) throw this.error('bad-text', 'expected text in UTF-8');
    return text;
  }

  /** A byte string with one character per byte (Latin-1): never fails on content, and loses nothing. */
  byteText(): string {
    const { bytes, tape } = this.#expect(STRING);
    return byteText(bytes, offsetAt(tape, this.#token), tape[this.#token + 1]!);
  }

  /** How many items a list, or how many entries a dictionary has. Counted anew each time. */
  get count(): number {
    const isDict = typeAt(this.#recording.tape, this.#token) === DICT;
    const { tape } = this.#expect(isDict ? DICT : LIST);
    let count = 0;
    for (let token = this.#token + WORDS_PER_TOKEN; typeAt(tape, token) !== END; token = tokenAfter(tape, token))
      count++;
    return isDict ? count / 2 : count;
  }

  /** The items of a list, one at a time. */
  items(): IterableIterator<BencodeNode> {
    this.#expect(LIST);
    return this.#eachItem();
  }

  /** What `readItem` makes of each item of a list: `tiers.map((tier) => tier.map((url) => url.text()))`. */
  map<T>(readItem: (item: BencodeNode, index: number) => T): T[] {
    const { tape } = this.#expect(LIST);
    const results: T[] = [];
    for (let token = this.#token + WORDS_PER_TOKEN; typeAt(tape, token) !== END; token = tokenAfter(tape, token)) {
      results.push(readItem(new BencodeNode(this.#recording, token, this, results.length), results.length));
    }
    return results;
  }

  /** The items of a list of texts: a path, a tier of trackers. `wrong-type` or `bad-text` for the first item that is none. */
  texts(): string[] {
    const { bytes, tape } = this.#expect(LIST);
    const texts: string[] = new Array((tape[this.#token + 1]! - this.#token) / WORDS_PER_TOKEN - 1);
    for (let index = 0; index < texts.length; index++) {
      const token = this.#token + (index + 1) * WORDS_PER_TOKEN;
      const isString = typeAt(tape, token) === STRING;
      const text = isString ? utf8Text(bytes, offsetAt(tape, token), tape[token + 1]!) : undefined;
      texts[index] = text ?? new BencodeNode(this.#recording, token, this, index).text();
    }
    return texts;
  }

  /** The keys (one character per byte) and values of a dictionary, as they stand. */
  entries(): IterableIterator<readonly [key: string, value: BencodeNode]> {
    this.#expect(DICT);
    return this.#eachEntry();
  }

  /** The value of a key that must be there (one character per byte); `missing-key` when it is not. */
  get(key: string): BencodeNode {
    const value = this.find(key);
    if (value !== undefined) return value;
    const path = new BencodeNode(this.#recording, this.#token, this, key).path;
    throw new BencodeError('missing-key', 'this key is missing', path, this.offset);
  }

  /** The value of a key that may be there. */
  find(key: string): BencodeNode | undefined {
    const { bytes, tape } = this.#expect(DICT);
    for (let token = this.#token + WORDS_PER_TOKEN; typeAt(tape, token) !== END; ) {
      const value = token + WORDS_PER_TOKEN;
      if (matchesText(bytes, offsetAt(tape, token), tape[token + 1]!, key)) {
        return new BencodeNode(this.#recording, value, this, key);
      }
      token = tokenAfter(tape, value);
    }
    return undefined;
  }

  /** Builds it and all below, as `decode` would have. */
  value(): BencodeValue {
    return buildValue(this.#recording.bytes, this.#recording.tape, this.#token);
  }

  /** An error at this place, for a rule of your own: `throw node.error('bad-value', 'must be a power of two')`. */
  error(code: BencodeErrorCode, problem: string): BencodeError {
    return new BencodeError(code, problem, this.path, this.offset);
  }

  *#eachItem(): Generator<BencodeNode, void> {
    const { tape } = this.#recording;
    let index = 0;
    for (let token = this.#token + WORDS_PER_TOKEN; typeAt(tape, token) !== END; token = tokenAfter(tape, token)) {
      yield new BencodeNode(this.#recording, token, this, index++);
    }
  }

  *#eachEntry(): Generator<readonly [key: string, value: BencodeNode], void> {
    const { bytes, tape } = this.#recording;
    for (let key = this.#token + WORDS_PER_TOKEN; typeAt(tape, key) !== END; ) {
      const text = byteText(bytes, offsetAt(tape, key), tape[key + 1]!);
      const value = key + WORDS_PER_TOKEN;
      yield [text, new BencodeNode(this.#recording, value, this, text)];
      key = tokenAfter(tape, value);
    }
  }

  #expect(type: number): Recording {
    if (typeAt(this.#recording.tape, this.#token) !== type) {
      throw this.error('wrong-type', `expected ${NAMES[TYPES[type]!]}, found ${NAMES[this.type]}`);
    }
    return this.#recording;
  }
}

function shorten(digits: string): string {
  return digits.length > 40 ? `${digits.slice(0, 40)}…` : digits;
}
