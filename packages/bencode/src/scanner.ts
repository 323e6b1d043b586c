import { byteText } from './byte-text.js';
import { BencodeError, type BencodeErrorCode } from './errors.js';
import type { LIMITS } from './limits.js';
import { formatPath, type Step } from './path.js';
import {
  DICT,
  END,
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

/**
 * A departure from the one canonical form that lenient decoding let pass.
 *
 * @example
 * ```ts
 * import { decode, type Forgiven } from '@unchoke/bencode';
 *
 * const forgiven: Forgiven[] = [];
 * const bytes = new Uint8Array([...'d1:bi1e1:ai2ee'].map((character) => character.charCodeAt(0)));
 * decode(bytes, { strict: false, onForgiven: (oddity) => forgiven.push(oddity) });
 * console.assert(forgiven[0]?.key === 'a' && forgiven[0].offset === 7);
 * ```
 */
export interface Forgiven {
  readonly code: 'unsorted-keys';
  /** The key that is smaller than the one before it, one character per byte. */
  readonly key: string;
  /** Where that key begins. */
  readonly offset: number;
}

export type ScanLimits = typeof LIMITS;

const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const MINUS = 0x2d;
const LETTER_D = 0x64;
const LETTER_E = 0x65;
const LETTER_I = 0x69;
const LETTER_L = 0x6c;

/** No key yet, in the dictionary that is open. */
const NONE = -1;

const FIRST_TAPE_WORDS = 128;
/** A tape that once grew beyond this is given back, so that one large torrent does not cost memory for ever. */
const KEPT_TAPE_WORDS = 1 << 20;

/**
 * The grammar, once: every other decoder of this package is this one. It reads bytes into a {@link Tape} and can stop
 * anywhere: when the bytes run out inside a token it remembers where that token began, and goes on there with more bytes.
 * Each byte of a string's content is looked at by nobody, every other byte once (a length, at most nine digits, anew when it was cut).
 */
export class Scanner {
  tape: Tape = new Int32Array(FIRST_TAPE_WORDS);
  /** Words of the tape in use. */
  used = 0;
  /** The first byte that is not yet on the tape. */
  position = 0;
  /** How often a byte was looked at: what the tests of linear work count. */
  steps = 0;
  /** Added to every offset that is told: how many bytes of a stream came before `bytes`. */
  origin = 0;
  readonly forgiven: Forgiven[] = [];

  #limits: ScanLimits;
  #isStrict: boolean;
  #valueCount = 0;
  #depth = 0;
  /** Whether the innermost open container is a dictionary, and if so, whether a key or its end must come next. */
  #isInDict = false;
  #isKeyDue = false;
  /** Inside an integer that was cut: the first byte not yet looked at. */
  #integerResume = 0;
  /** For each open container its token; for each open dictionary the token of its last key, and whether its keys stand unsorted. */
  readonly #open: number[] = [];
  readonly #lastKey: number[] = [];
  readonly #isUnsorted: boolean[] = [];

  constructor(limits: ScanLimits, isStrict: boolean) {
    this.#limits = limits;
    this.#isStrict = isStrict;
  }

  /** Forgets everything, for the next top-level value. */
  restart(position: number, limits: ScanLimits = this.#limits, isStrict: boolean = this.#isStrict): void {
    if (this.tape.length > KEPT_TAPE_WORDS) this.tape = new Int32Array(FIRST_TAPE_WORDS);
    this.used = 0;
    this.position = position;
    this.forgiven.length = 0;
    this.#limits = limits;
    this.#isStrict = isStrict;
    this.#valueCount = 0;
    this.#depth = 0;
    this.#isInDict = false;
    this.#isKeyDue = false;
    this.#integerResume = 0;
  }

  /**
   * Reads on until one top-level value is whole (true) or the bytes before `end` are used up (false).
   * `bytes` must begin with the bytes of the earlier calls since {@link restart}.
   */
  scan(bytes: Uint8Array, end: number): boolean {
    while (this.position < end) {
      if (!this.#scanToken(bytes, end)) return false;
      if (this.#depth === 0) return true;
    }
    return false;
  }

  /** The error for bytes that ended too early. */
  endError(bytes: Uint8Array, end: number): BencodeError {
    return this.#error('unexpected-end', 'the bytes end inside a value', bytes, end);
  }

  /** The error for a value that is longer than `bytesMax`. */
  lengthError(bytes: Uint8Array, end: number): BencodeError {
    return this.#error(
      'input-too-long',
      `a value takes more than ${this.#limits.bytesMax} bytes (bytesMax)`,
      bytes,
      end,
    );
  }

  #scanToken(bytes: Uint8Array, end: number): boolean {
    const byte = bytes[this.position]!;
    this.steps++;
    if (byte >= ZERO && byte <= NINE) return this.#scanString(bytes, end, byte - ZERO);
    if (byte === LETTER_E) return this.#close(bytes);
    if (this.#isKeyDue) throw this.#unexpected(bytes, this.position, 'a key or the end of the dictionary');
    if (byte === LETTER_I) return this.#scanInteger(bytes, end);
    if (byte === LETTER_D) return this.#openContainer(bytes, DICT);
    if (byte === LETTER_L) return this.#openContainer(bytes, LIST);
    throw this.#unexpected(bytes, this.position, 'a value');
  }

  #scanString(bytes: Uint8Array, end: number, firstDigit: number): boolean {
    const start = this.position;
    const { stringBytesMax } = this.#limits;
    let length = firstDigit;
    let next = start + 1;
    for (; next < end; next++) {
      const digit = bytes[next]! - ZERO;
      if (digit < 0 || digit > 9) break;
      if (length === 0) throw this.#error('bad-length', 'the length of a string has a leading zero', bytes, next);
      length = length * 10 + digit;
      if (length > stringBytesMax) break;
    }
    this.steps += next - start;
    if (length > stringBytesMax) {
      const problem = `a string declares more than ${stringBytesMax} bytes (stringBytesMax)`;
      throw this.#error('string-too-long', problem, bytes, start);
    }
    if (next >= end) return false;
    if (bytes[next] !== COLON) {
      const problem = `expected a digit or ":" in the length of a string, found ${formatByte(bytes[next]!)}`;
      throw this.#error('bad-length', problem, bytes, next);
    }
    next++;
    if (length > end - next) return false;
    if (this.#isKeyDue) this.#acceptKey(bytes, start, next, length);
    else {
      this.#countValue(bytes);
      this.#isKeyDue = this.#isInDict;
    }
    this.#write(next, STRING, length);
    this.position = next + length;
    return true;
  }

  #scanInteger(bytes: Uint8Array, end: number): boolean {
    const start = this.position;
    const first = bytes[start + 1] === MINUS && start + 1 < end ? start + 2 : start + 1;
    let next = Math.max(first, this.#integerResume);
    const digitsEnd = first + this.#limits.integerDigitsMax;
    for (; next < end; next++) {
      this.steps++;
      const byte = bytes[next]!;
      if (byte < ZERO || byte > NINE) break;
      if (bytes[first] === ZERO && (next > first || first === start + 2)) {
        throw this.#error(
          'bad-integer',
          next > first ? 'an integer has a leading zero' : 'an integer is minus zero',
          bytes,
          next,
        );
      }
      if (next >= digitsEnd) {
        const problem = `an integer has more than ${this.#limits.integerDigitsMax} digits (integerDigitsMax)`;
        throw this.#error('integer-too-long', problem, bytes, next);
      }
    }
    if (next >= end) {
      this.#integerResume = next;
      return false;
    }
    if (bytes[next] !== LETTER_E || next === first) {
      throw this.#error(
        'bad-integer',
        `expected a digit in an integer, found ${formatByte(bytes[next]!)}`,
        bytes,
        next,
      );
    }
    this.#integerResume = 0;
    this.#countValue(bytes);
    this.#write(start, INTEGER, next + 1 - start);
    this.#isKeyDue = this.#isInDict;
    this.position = next + 1;
    return true;
  }

  #openContainer(bytes: Uint8Array, type: typeof LIST | typeof DICT): boolean {
    const depth = this.#depth;
    if (depth === this.#limits.depthMax) {
      const problem = `more than ${depth} lists and dictionaries inside each other (depthMax)`;
      throw this.#error('depth-exceeded', problem, bytes, this.position);
    }
    this.#countValue(bytes);
    this.#open[depth] = this.used;
    this.#lastKey[depth] = NONE;
    this.#isUnsorted[depth] = false;
    this.#depth = depth + 1;
    this.#isInDict = type === DICT;
    this.#isKeyDue = this.#isInDict;
    this.#write(this.position, type, 0);
    this.position++;
    return true;
  }

  #close(bytes: Uint8Array): boolean {
    if (this.#depth === 0) throw this.#unexpected(bytes, this.position, 'a value');
    if (this.#isInDict && !this.#isKeyDue) throw this.#unexpected(bytes, this.position, 'the value of a key');
    const depth = this.#depth - 1;
    const token = this.#open[depth]!;
    if (this.#isUnsorted[depth]) this.#refuseDuplicates(bytes, token);
    this.tape[token + 1] = this.used;
    this.#depth = depth;
    this.#isInDict = depth > 0 && typeAt(this.tape, this.#open[depth - 1]!) === DICT;
    this.#isKeyDue = this.#isInDict;
    this.#write(this.position, END, token);
    this.position++;
    return true;
  }

  /** BEP 3: keys appear in sorted order, as raw strings. */
  #acceptKey(bytes: Uint8Array, start: number, content: number, length: number): void {
    const depth = this.#depth - 1;
    const last = this.#lastKey[depth]!;
    if (last !== NONE) {
      const order = compareBytes(bytes, offsetAt(this.tape, last), this.tape[last + 1]!, content, length);
      if (order === 0)
        throw this.#keyError('duplicate-key', 'this key stands twice in one dictionary', bytes, start, content, length);
      if (order > 0) this.#acceptUnsorted(bytes, start, content, length);
    }
    this.#lastKey[depth] = this.used;
    this.#isKeyDue = false;
  }

  #acceptUnsorted(bytes: Uint8Array, start: number, content: number, length: number): void {
    if (this.#isStrict) {
      throw this.#keyError(
        'unsorted-keys',
        'this key is smaller than the one before it',
        bytes,
        start,
        content,
        length,
      );
    }
    this.#isUnsorted[this.#depth - 1] = true;
    this.forgiven.push({ code: 'unsorted-keys', key: byteText(bytes, content, length), offset: this.origin + start });
  }

  /** Sorted keys cannot repeat unseen, forgiven ones can: they are compared all together when the dictionary ends. */
  #refuseDuplicates(bytes: Uint8Array, dict: number): void {
    const seen = new Set<string>();
    for (let key = dict + WORDS_PER_TOKEN; key < this.used; key = tokenAfter(this.tape, key + WORDS_PER_TOKEN)) {
      const content = offsetAt(this.tape, key);
      const length = this.tape[key + 1]!;
      const text = byteText(bytes, content, length);
      if (seen.has(text)) {
        throw this.#keyError(
          'duplicate-key',
          'this key stands twice in one dictionary',
          bytes,
          startOf(this.tape, key),
          content,
          length,
        );
      }
      seen.add(text);
    }
  }

  #countValue(bytes: Uint8Array): void {
    if (this.#valueCount === this.#limits.valueCountMax) {
      const problem = `more than ${this.#valueCount} values (valueCountMax)`;
      throw this.#error('count-exceeded', problem, bytes, this.position);
    }
    this.#valueCount++;
  }

  #write(offset: number, type: number, detail: number): void {
    const used = this.used;
    if (used === this.tape.length) {
      const tape = new Int32Array(used * 2);
      tape.set(this.tape);
      this.tape = tape;
    }
    this.tape[used] = (offset << 3) | type;
    this.tape[used + 1] = detail;
    this.used = used + WORDS_PER_TOKEN;
  }

  #unexpected(bytes: Uint8Array, offset: number, expected: string): BencodeError {
    return this.#error('unexpected-byte', `expected ${expected}, found ${formatByte(bytes[offset]!)}`, bytes, offset);
  }

  #keyError(
    code: BencodeErrorCode,
    problem: string,
    bytes: Uint8Array,
    start: number,
    content: number,
    length: number,
  ): BencodeError {
    const steps = this.#stepsTo(bytes, this.#depth - 1);
    return new BencodeError(
      code,
      problem,
      formatPath([...steps, byteText(bytes, content, length)]),
      this.origin + start,
    );
  }

  #error(code: BencodeErrorCode, problem: string, bytes: Uint8Array, offset: number): BencodeError {
    return new BencodeError(code, problem, formatPath(this.#stepsTo(bytes, this.#depth)), this.origin + offset);
  }

  /** The way into the first `depth` open containers, as far as the tape knows it. */
  #stepsTo(bytes: Uint8Array, depth: number): readonly Step[] {
    const steps: Step[] = [];
    for (let level = 0; level < depth; level++) {
      const isInnermost = level === this.#depth - 1;
      const token = this.#open[level]!;
      if (typeAt(this.tape, token) === LIST) {
        steps.push(this.#childCount(token, isInnermost ? this.used : this.#open[level + 1]!));
      } else if (!isInnermost || !this.#isKeyDue) {
        const key = this.#lastKey[level]!;
        steps.push(byteText(bytes, offsetAt(this.tape, key), this.tape[key + 1]!));
      }
    }
    return steps;
  }

  #childCount(list: number, before: number): number {
    let count = 0;
    for (let token = list + WORDS_PER_TOKEN; token < before; token = tokenAfter(this.tape, token)) count++;
    return count;
  }
}

function compareBytes(bytes: Uint8Array, one: number, oneLength: number, other: number, otherLength: number): number {
  const shared = Math.min(oneLength, otherLength);
  for (let index = 0; index < shared; index++) {
    const difference = bytes[one + index]! - bytes[other + index]!;
    if (difference !== 0) return difference;
  }
  return oneLength - otherLength;
}

function formatByte(byte: number): string {
  const hex = `0x${byte.toString(16).padStart(2, '0')}`;
  return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}" (${hex})` : hex;
}
