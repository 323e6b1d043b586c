/*
 * A tape is a flat list of tokens over bytes that somebody else holds, two 32-bit words each:
 *
 *   word 0   offset << 3 | type
 *   word 1   integer: bytes from `i` to `e`   string: bytes of its content
 *            list, dict: index of its END     END: index of its list or dict
 *
 * A string's offset is that of its content; everything else's is that of its first byte. Tokens stand in the order of the
 * bytes, a dictionary's keys and values in turn. Nothing is built, and the exact span of every value can be told.
 */
export const INTEGER = 0;
export const STRING = 1;
export const LIST = 2;
export const DICT = 3;
export const END = 4;

export type Tape = Int32Array;

export const WORDS_PER_TOKEN = 2;

export function typeAt(tape: Tape, token: number): number {
  return tape[token]! & 7;
}

export function offsetAt(tape: Tape, token: number): number {
  return tape[token]! >>> 3;
}

/** The token after a value: after its END if it is a list or a dictionary. */
export function tokenAfter(tape: Tape, token: number): number {
  return (typeAt(tape, token) >= LIST ? tape[token + 1]! : token) + WORDS_PER_TOKEN;
}

/** Where the value begins in the bytes. A string begins with its length, which has one decimal form. */
export function startOf(tape: Tape, token: number): number {
  const offset = offsetAt(tape, token);
  return typeAt(tape, token) === STRING ? offset - 1 - digitCount(tape[token + 1]!) : offset;
}

/** Where the value ends: the offset of the first byte after it. */
export function endOf(tape: Tape, token: number): number {
  const detail = tape[token + 1]!;
  return typeAt(tape, token) >= LIST ? offsetAt(tape, detail) + 1 : offsetAt(tape, token) + detail;
}

function digitCount(length: number): number {
  let count = 1;
  for (let bound = 10; length >= bound; bound *= 10) count++;
  return count;
}
