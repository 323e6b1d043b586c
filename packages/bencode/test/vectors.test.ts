import { readFileSync } from 'node:fs';
import { BencodeError, type BencodeValue, Decoder, decode, decodePrefix, encode, read } from '@unchoke/bencode';
import { describe, expect, test } from 'vitest';
import type { Vector, VectorValue } from './vectors/cases.js';
import { vectorFile } from './vectors/file.js';

const text = readFileSync(new URL('vectors/bencode.json', import.meta.url), 'utf8');
const { vectors } = JSON.parse(text) as { readonly vectors: readonly Vector[] };

test('the published file is the one that the cases make', () => {
  expect(text).toBe(vectorFile());
});

test('there are enough vectors, each with an id of its own and one outcome', () => {
  expect(vectors.length).toBeGreaterThanOrEqual(150);
  expect(new Set(vectors.map(({ id }) => id)).size).toBe(vectors.length);
  for (const { value, error } of vectors) expect((value === undefined) !== (error === undefined)).toBe(true);
});

describe.each(vectors)('$id $input', ({ input, value, error, lenient }) => {
  const bytes = Buffer.from(input, 'hex');

  test('strict', () => {
    expect(outcomeOf(() => decode(bytes))).toEqual(value === undefined ? error : value);
    expect(outcomeOf(() => read(bytes).value())).toEqual(value === undefined ? error : value);
    expect(outcomeOf(() => onlyValueOf(bytes))).toEqual(value === undefined ? error : value);
    if (value !== undefined) expect(Buffer.from(encode(decode(bytes))).toString('hex')).toBe(input);
    if (error === undefined || error.code === 'trailing-data')
      expect(decodePrefix(bytes).length).toBe(error?.offset ?? bytes.length);
    else expect(outcomeOf(() => decodePrefix(bytes).value)).toEqual(error);
  });

  test('lenient', () => {
    const expected = lenient ?? { value, error };
    expect(outcomeOf(() => decode(bytes, { strict: false }))).toEqual(expected.value ?? expected.error);
  });
});

/** The first value of a stream that comes byte by byte, as if nothing might follow it. */
function onlyValueOf(bytes: Uint8Array): BencodeValue {
  const decoder = new Decoder();
  for (let length = 1; length <= bytes.length; length++) {
    const [value] = decoder.push(bytes.subarray(length - 1, length));
    if (value !== undefined && length === bytes.length) return value;
    if (value !== undefined) throw new BencodeError('trailing-data', 'more follows', '', length);
  }
  decoder.end();
  throw new BencodeError('unexpected-end', 'no value came', '', 0);
}

function outcomeOf(run: () => BencodeValue): VectorValue | Vector['error'] {
  try {
    return describeValue(run());
  } catch (error) {
    if (!BencodeError.isInstance(error)) throw error;
    return { code: error.code, offset: error.offset! };
  }
}

function describeValue(value: BencodeValue): VectorValue {
  if (typeof value === 'number' || typeof value === 'bigint') return { integer: `${value}` };
  if (value instanceof Uint8Array) return { string: Buffer.from(value).toString('hex') };
  if (value instanceof Map) return { dict: Array.from(value, ([key, item]) => [keyHex(key), describeValue(item)]) };
  return { list: (value as readonly BencodeValue[]).map(describeValue) };
}

function keyHex(key: string): string {
  return Buffer.from(key, 'latin1').toString('hex');
}
