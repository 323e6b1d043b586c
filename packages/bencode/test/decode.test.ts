import { decode, decodePrefix, type Forgiven, splitDict } from '@unchoke/bencode';
import { describe, expect, test } from 'vitest';
import { errorOf } from './error-of.js';
import { bytesOf, textOf } from './text.js';

describe('decode', () => {
  test('gives strings as views of the input, plain also when the input is a Buffer', () => {
    const bytes = Buffer.from('l4:spame');
    const [spam] = decode(bytes) as [Uint8Array];
    expect(spam.constructor).toBe(Uint8Array);
    expect(spam.buffer).toBe(bytes.buffer);
    bytes[3] = 'S'.charCodeAt(0);
    expect(textOf(spam)).toBe('Spam');
  });

  test('does not change the input', () => {
    const bytes = bytesOf('d1:al1:bi-3eee');
    const before = bytes.slice();
    decode(bytes);
    expect(bytes).toEqual(before);
  });

  test('tells what it forgave, once the value is whole', () => {
    const forgiven: Forgiven[] = [];
    const onForgiven = (oddity: Forgiven) => forgiven.push(oddity);
    decode(bytesOf('d1:bd2:zzi1e1:yi2ee1:ai2ee'), { strict: false, onForgiven });
    expect(forgiven).toEqual([
      { code: 'unsorted-keys', key: 'y', offset: 12 },
      { code: 'unsorted-keys', key: 'a', offset: 19 },
    ]);
    forgiven.length = 0;
    errorOf(() => decode(bytesOf('d1:bi1e1:ai2e'), { strict: false, onForgiven }));
    decode(bytesOf('d1:ai1e1:bi2ee'), { strict: false, onForgiven });
    expect(forgiven).toEqual([]);
  });

  test('can be used inside its own report', () => {
    const seen: unknown[] = [];
    const onForgiven = () => seen.push(decode(bytesOf('li7ee')));
    const value = decode(bytesOf('d1:bi1e1:ai2ee'), { strict: false, onForgiven });
    expect(seen).toEqual([[7]]);
    expect(value).toEqual(
      new Map([
        ['b', 1],
        ['a', 2],
      ]),
    );
  });

  test('what is lenient once is strict again the next time', () => {
    const unsorted = bytesOf('d1:bi1e1:ai2ee');
    decode(unsorted, { strict: false });
    expect(errorOf(() => decode(unsorted)).code).toBe('unsorted-keys');
  });
});

describe('decodePrefix', () => {
  test('takes one value and leaves the rest', () => {
    expect(decodePrefix(bytesOf('d1:ai1eeREST'))).toEqual({ value: new Map([['a', 1]]), length: 8 });
  });

  test('bounds the value, not what follows it', () => {
    expect(decodePrefix(bytesOf(`i7e${'x'.repeat(100)}`), { bytesMax: 3 }).value).toBe(7);
    expect(errorOf(() => decodePrefix(bytesOf(`i77e${'x'.repeat(100)}`), { bytesMax: 3 })).code).toBe('input-too-long');
  });
});

describe('splitDict', () => {
  test('gives the exact bytes of every value', () => {
    const spans = splitDict(bytesOf('d1:ai-7e1:bd1:cle1:dlee1:z11:hello worlde'));
    expect(Array.from(spans, ([key, span]) => `${key}=${textOf(span)}`)).toEqual([
      'a=i-7e',
      'b=d1:cle1:dlee',
      'z=11:hello world',
    ]);
  });

  test('gives views, and refuses what is no dictionary', () => {
    const bytes = bytesOf('d1:ai1ee');
    expect(splitDict(bytes).get('a')!.buffer).toBe(bytes.buffer);
    expect(errorOf(() => splitDict(bytesOf('le')))).toMatchObject({ code: 'wrong-type', offset: 0 });
    expect(errorOf(() => splitDict(bytesOf('de1'))).code).toBe('trailing-data');
  });
});
