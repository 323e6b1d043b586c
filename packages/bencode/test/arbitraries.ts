import type { BencodeValue } from '@unchoke/bencode';
import fc from 'fast-check';

/** A key or text with one character per byte. */
export const byteTexts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', 'a', 'info', 'length', 'path', '__proto__', 'constructor', '0', '10', '9'),
  fc.uint8Array({ maxLength: 12 }).map((bytes) => String.fromCharCode(...bytes)),
  fc.uint8Array({ minLength: 20, maxLength: 60 }).map((bytes) => String.fromCharCode(...bytes)),
);

const integers = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(narrowed),
  fc.constantFrom(0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2n ** 53n, -(2n ** 53n), 10n ** 60n),
);

/** Any value, as `decode` gives it: with sorted keys, and integers in their one representation. */
export const values: fc.Arbitrary<BencodeValue> = fc.letrec<{ value: BencodeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    integers,
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 6 }),
    fc
      .uniqueArray(fc.tuple(byteTexts, tie('value')), { maxLength: 6, selector: ([key]) => key })
      .map((entries) => new Map(entries.sort(([one], [other]) => (one < other ? -1 : 1)))),
  ),
})).value;

/** Bytes that look like bencode: the characters that mean something, in any order. */
export const almostBencode: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      fc.constantFrom('i', 'e', 'l', 'd', '0', '1', '2', '-', ':', 'i1e', '1:a', '1:b', '0:', 'le', 'de', '2:aa'),
      fc.uint8Array({ minLength: 1, maxLength: 2 }).map((bytes) => String.fromCharCode(...bytes)),
    ),
    { maxLength: 24 },
  )
  .map((parts) => Uint8Array.from(parts.join(''), (character) => character.charCodeAt(0)));

function narrowed(integer: bigint): number | bigint {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}
