import { byteText } from './byte-text.js';
import { DICT, END, INTEGER, LIST, offsetAt, type Tape, tokenAfter, typeAt, WORDS_PER_TOKEN } from './tape.js';
import type { BencodeDict, BencodeValue } from './values.js';

const ZERO = 0x30;
const MINUS = 0x2d;

/** A sum of so many decimal digits is exact in a `number`. */
const EXACT_DIGITS = 15;

/** Builds the value at a token. Recursion is safe: the scanner has bounded the depth. */
export function buildValue(bytes: Uint8Array, tape: Tape, token: number): BencodeValue {
  const type = typeAt(tape, token);
  if (type === LIST) return buildList(bytes, tape, token);
  if (type === DICT) return buildDict(bytes, tape, token);
  if (type === INTEGER) return buildInteger(bytes, offsetAt(tape, token), tape[token + 1]!);
  return viewOf(bytes, offsetAt(tape, token), tape[token + 1]!);
}

/** A plain `Uint8Array` on the same memory, also when the input is a subclass like `Buffer`. */
export function viewOf(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length);
}

/** Reads a checked integer: `length` bytes from `i` to `e`. */
export function buildInteger(bytes: Uint8Array, offset: number, length: number): number | bigint {
  const isNegative = bytes[offset + 1] === MINUS;
  const first = offset + (isNegative ? 2 : 1);
  const end = offset + length - 1;
  if (end - first > EXACT_DIGITS) return buildLongInteger(bytes, offset + 1, end);
  let magnitude = 0;
  for (let index = first; index < end; index++) magnitude = magnitude * 10 + bytes[index]! - ZERO;
  return isNegative ? -magnitude : magnitude;
}

function buildLongInteger(bytes: Uint8Array, start: number, end: number): number | bigint {
  const integer = BigInt(byteText(bytes, start, end - start));
  const isSafe = integer >= Number.MIN_SAFE_INTEGER && integer <= Number.MAX_SAFE_INTEGER;
  return isSafe ? Number(integer) : integer;
}

function buildList(bytes: Uint8Array, tape: Tape, list: number): readonly BencodeValue[] {
  const values: BencodeValue[] = [];
  for (let token = list + WORDS_PER_TOKEN; typeAt(tape, token) !== END; token = tokenAfter(tape, token)) {
    values.push(buildValue(bytes, tape, token));
  }
  return values;
}

function buildDict(bytes: Uint8Array, tape: Tape, dict: number): BencodeDict {
  const values = new Map<string, BencodeValue>();
  for (let key = dict + WORDS_PER_TOKEN; typeAt(tape, key) !== END; ) {
    const value = key + WORDS_PER_TOKEN;
    values.set(byteText(bytes, offsetAt(tape, key), tape[key + 1]!), buildValue(bytes, tape, value));
    key = tokenAfter(tape, value);
  }
  return values;
}
