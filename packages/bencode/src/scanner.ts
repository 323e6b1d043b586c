import { byteText } from './byte-text.js';
import { BencodeError, type BencodeErrorCode } from './errors.js';
import { describe } from './faults.js';
import { DEPTH_CEILING, type LIMITS } from './limits.js';
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

/** In place of an offset: the token is not whole. No token ends at the first byte. */
const NOT_YET = 0;

const FIRST_TAPE_WORDS = 128;
/** A tape that once grew beyond this is given back, so that one large torrent does not cost memory for ever. */
const KEPT_TAPE_WORDS = 1 << 20;

/**
 * The grammar, once: every decoder of this package is this one. It reads bytes onto a {@link Tape} and can stop anywhere: when
 * the bytes run out inside a token it remembers where that token began, and goes on there when there are more. The content of
 * a string is looked at by nobody, every other byte once (a length, nine digits at most, anew when it was cut).
 */
export class Scanner {
  tape: Tape = new Int32Array(FIRST_TAPE_WORDS);
  /** Words of the tape in use. */
  used = 0;
  /** The first byte that is not yet on the tape. */
  position = 0;
  /** Added to every offset that is told: how many bytes of a stream came before `bytes`. */
  origin = 0;
  /** How many tokens were begun and digits looked at: what the tests of linear work count. */
  steps = 0;
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
  /** What was found wrong, and where. */
  #fault: BencodeErrorCode | undefined;
  #faultAt = 0;
  /** For each open container its token; for each open dictionary the token of its last key, and whether keys stood unsorted. */
  readonly #open = new Int32Array(DEPTH_CEILING);
  readonly #lastKey = new Int32Array(DEPTH_CEILING);
  readonly #isUnsorted = new Uint8Array(DEPTH_CEILING);

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
    this.#fault = undefined;
  }

  /**
   * Reads on until one top-level value is whole (true) or the bytes before `end` are used up (false).
   * `bytes` must begin with the bytes of the earlier calls since {@link restart}.
   *
   * One loop with its state in local variables: a method for each kind of token took nearly three times as long.
   */
  scan(bytes: Uint8Array, end: number): boolean {
    const { depthMax, valueCountMax, stringBytesMax } = this.#limits;
    const open = this.#open;
    const lastKey = this.#lastKey;
    let { tape, used, position } = this;
    let depth = this.#depth;
    let valueCount = this.#valueCount;
    let isInDict = this.#isInDict;
    let isKeyDue = this.#isKeyDue;
    let steps = 0;

    while (position < end && (depth > 0 || used === 0)) {
      if (used === tape.length) tape = this.#growTape();
      const byte = bytes[position]!;
      steps++;
      if (byte >= ZERO && byte <= NINE) {
        let length = byte - ZERO;
        let next = position + 1;
        for (; next < end && length > 0 && length <= stringBytesMax && isDigit(bytes[next]!); next++) {
          length = length * 10 + bytes[next]! - ZERO;
        }
        steps += next - position;
        if (length > stringBytesMax) {
          this.#refuse('string-too-long', position);
          break;
        }
        if (next < end && bytes[next] !== COLON) {
          this.#refuse('bad-length', next);
          break;
        }
        if (length >= end - next) break;
        if (!isKeyDue && valueCount++ === valueCountMax) {
          this.#refuse('count-exceeded', position);
          break;
        }
        tape[used] = ((next + 1) << 3) | STRING;
        tape[used + 1] = length;
        used += WORDS_PER_TOKEN;
        if (!isKeyDue) isKeyDue = isInDict;
        else {
          isKeyDue = false;
          const last = lastKey[depth - 1]!;
          lastKey[depth - 1] = used - WORDS_PER_TOKEN;
          if (last !== NONE && compareKeys(bytes, tape, last, used - WORDS_PER_TOKEN) >= 0) {
            if (!this.#forgive(bytes, tape, last, used - WORDS_PER_TOKEN, depth - 1)) break;
          }
        }
        position = next + 1 + length;
      } else if (byte === LETTER_E && depth > 0 && isKeyDue === isInDict) {
        const token = open[depth - 1]!;
        if (this.#isUnsorted[depth - 1] === 1 && this.#isRefusedUnsorted(bytes, token, used, depth - 1)) break;
        depth--;
        tape[token + 1] = used;
        tape[used] = (position << 3) | END;
        tape[used + 1] = token;
        used += WORDS_PER_TOKEN;
        isInDict = depth > 0 && typeAt(tape, open[depth - 1]!) === DICT;
        isKeyDue = isInDict;
        position++;
      } else if (isKeyDue || (byte !== LETTER_I && byte !== LETTER_D && byte !== LETTER_L)) {
        this.#refuse('unexpected-byte', position);
        break;
      } else {
        const next = byte === LETTER_I ? this.#endOfInteger(bytes, position, end) : position + 1;
        if (next === NOT_YET) break;
        if (byte !== LETTER_I && depth === depthMax) {
          this.#refuse('depth-exceeded', position);
          break;
        }
        if (valueCount++ === valueCountMax) {
          this.#refuse('count-exceeded', position);
          break;
        }
        if (byte !== LETTER_I) {
          open[depth] = used;
          lastKey[depth] = NONE;
          this.#isUnsorted[depth] = 0;
          depth++;
          isInDict = byte === LETTER_D;
        }
        tape[used] = (position << 3) | (byte === LETTER_I ? INTEGER : isInDict ? DICT : LIST);
        tape[used + 1] = next - position;
        used += WORDS_PER_TOKEN;
        isKeyDue = isInDict;
        position = next;
      }
    }

    this.used = used;
    this.position = position;
    this.steps += steps;
    this.#depth = depth;
    this.#valueCount = valueCount;
    this.#isInDict = isInDict;
    this.#isKeyDue = isKeyDue;
    if (this.#fault !== undefined) throw this.#error(this.#fault, bytes, this.#faultAt);
    return depth === 0 && used > 0;
  }

  /** The error for bytes that ended too early. */
  endError(bytes: Uint8Array, end: number): BencodeError {
    return this.#error('unexpected-end', bytes, end);
  }

  /** The error for a value that is longer than `bytesMax`. */
  lengthError(bytes: Uint8Array, end: number): BencodeError {
    return this.#error('input-too-long', bytes, end);
  }

  /** The first byte after an integer; {@link NOT_YET} when it was cut, or refused. */
  #endOfInteger(bytes: Uint8Array, start: number, end: number): number {
    const first = start + 1 < end && bytes[start + 1] === MINUS ? start + 2 : start + 1;
    const digitsEnd = Math.min(end, first + this.#limits.integerDigitsMax);
    const from = Math.max(first, this.#integerResume);
    let next = from;
    while (next < digitsEnd && isDigit(bytes[next]!)) next++;
    this.steps += next - from;
    this.#integerResume = 0;
    if (next > first && bytes[first] === ZERO) {
      if (bytes[start + 1] === MINUS) return this.#refuse('bad-integer', first);
      if (next > first + 1) return this.#refuse('bad-integer', first + 1);
    }
    if (next >= end) {
      this.#integerResume = next;
      return NOT_YET;
    }
    if (isDigit(bytes[next]!)) return this.#refuse('integer-too-long', next);
    if (bytes[next] !== LETTER_E || next === first) return this.#refuse('bad-integer', next);
    return next + 1;
  }

  /** BEP 3: keys appear in sorted order, as raw strings; and a dictionary has each once. */
  #forgive(bytes: Uint8Array, tape: Tape, last: number, key: number, level: number): boolean {
    const start = startOf(tape, key);
    const isSame = compareKeys(bytes, tape, last, key) === 0;
    if (isSame || this.#isStrict) {
      this.#refuse(isSame ? 'duplicate-key' : 'unsorted-keys', start);
      return false;
    }
    this.#isUnsorted[level] = 1;
    if (this.forgiven.length < this.#limits.forgivenCountMax) {
      const text = byteText(bytes, offsetAt(tape, key), tape[key + 1]!);
      this.forgiven.push({ code: 'unsorted-keys', key: text, offset: this.origin + start });
    }
    return true;
  }

  /** Sorted keys cannot repeat unseen, forgiven ones can: they are compared all together when the dictionary ends. */
  #isRefusedUnsorted(bytes: Uint8Array, dict: number, used: number, level: number): boolean {
    const { tape } = this;
    const seen = new Set<string>();
    for (let key = dict + WORDS_PER_TOKEN; key < used; key = tokenAfter(tape, key + WORDS_PER_TOKEN)) {
      const text = byteText(bytes, offsetAt(tape, key), tape[key + 1]!);
      if (seen.has(text) || seen.size === this.#limits.unsortedKeyCountMax) {
        this.#lastKey[level] = key;
        this.#refuse(seen.has(text) ? 'duplicate-key' : 'unsorted-exceeded', startOf(tape, key));
        return true;
      }
      seen.add(text);
    }
    return false;
  }

  #growTape(): Tape {
    const tape = new Int32Array(this.tape.length * 2);
    tape.set(this.tape);
    this.tape = tape;
    return tape;
  }

  #refuse(code: BencodeErrorCode, offset: number): typeof NOT_YET {
    this.#fault = code;
    this.#faultAt = offset;
    return NOT_YET;
  }

  #error(code: BencodeErrorCode, bytes: Uint8Array, offset: number): BencodeError {
    const problem = describe(code, this.#limits, this.#expected(), bytes[offset]);
    return new BencodeError(code, problem, formatPath(this.#stepsTo(bytes, code)), this.origin + offset);
  }

  #expected(): string {
    if (!this.#isInDict) return this.#depth === 0 ? 'a value' : 'a value or the end of the list';
    return this.#isKeyDue ? 'a key or the end of the dictionary' : 'the value of a key';
  }

  /** The way to the place of an error, as far as the tape knows it. */
  #stepsTo(bytes: Uint8Array, code: BencodeErrorCode): readonly Step[] {
    const steps: Step[] = [];
    for (let level = 0; level < this.#depth; level++) {
      const isInnermost = level === this.#depth - 1;
      const token = this.#open[level]!;
      if (typeAt(this.tape, token) === LIST) {
        steps.push(this.#childCount(token, isInnermost ? this.used : this.#open[level + 1]!));
      } else if (!isInnermost || !this.#isKeyDue || code === 'duplicate-key' || code === 'unsorted-exceeded') {
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

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/** Negative when the key of token `one` is smaller than that of token `other`, as raw bytes; 0 when they are the same. */
function compareKeys(bytes: Uint8Array, tape: Tape, one: number, other: number): number {
  const oneAt = offsetAt(tape, one);
  const otherAt = offsetAt(tape, other);
  const oneLength = tape[one + 1]!;
  const otherLength = tape[other + 1]!;
  const shared = oneLength < otherLength ? oneLength : otherLength;
  for (let index = 0; index < shared; index++) {
    const difference = bytes[oneAt + index]! - bytes[otherAt + index]!;
    if (difference !== 0) return difference;
  }
  return oneLength - otherLength;
}
