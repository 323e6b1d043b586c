import { Decoder, type Forgiven } from '@unchoke/bencode';
import { expect, test } from 'vitest';
import { errorOf } from './error-of.js';
import { bytesOf, textOf } from './text.js';

test('gives each value when its last byte has come, and never a part of one', () => {
  const decoder = new Decoder();
  const given = Array.from('i1ed1:al2:xyee', (character) => decoder.push(bytesOf(character)).length);
  expect(given).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  decoder.end();
});

test('gives many values of one chunk in their order, and keeps the rest', () => {
  const decoder = new Decoder();
  expect(decoder.push(bytesOf('i1ei2e3:ab'))).toEqual([1, 2]);
  expect(decoder.heldBytes).toBe(4);
  expect(decoder.push(bytesOf('c'))).toEqual([bytesOf('abc')]);
  expect(decoder.heldBytes).toBe(0);
});

test('copies what it takes: the chunk stays the caller’s, the values stay as they are', () => {
  const decoder = new Decoder();
  const chunk = bytesOf('4:spam4:eg');
  const [spam] = decoder.push(chunk) as [Uint8Array];
  chunk.fill(0);
  const [eggs] = decoder.push(bytesOf('gs4:more')) as [Uint8Array];
  decoder.push(bytesOf('3:end'));
  expect([textOf(spam), textOf(eggs)]).toEqual(['spam', 'eggs']);
});

test('values that came before an error are given; the error comes with the next call, and stays', () => {
  const decoder = new Decoder();
  expect(decoder.push(bytesOf('i1ei2ei03e'))).toEqual([1, 2]);
  expect(decoder.failure).toMatchObject({ code: 'bad-integer', offset: 8 });
  expect(errorOf(() => decoder.push(bytesOf('i4e')))).toBe(decoder.failure);
  expect(errorOf(() => decoder.end())).toBe(decoder.failure);
  expect(decoder.heldBytes).toBe(0);
});

test('an error with nothing before it is thrown at once', () => {
  const decoder = new Decoder();
  expect(errorOf(() => decoder.push(bytesOf('x')))).toMatchObject({ code: 'unexpected-byte', offset: 0 });
});

test('offsets count from the beginning of the stream', () => {
  const decoder = new Decoder();
  for (let count = 0; count < 1000; count++) decoder.push(bytesOf('i7e'));
  expect(errorOf(() => decoder.push(bytesOf('d1:ai1e1:ax')))).toMatchObject({
    code: 'duplicate-key',
    offset: 3007,
    path: 'a',
  });
});

test('end says whether something was left', () => {
  const decoder = new Decoder();
  decoder.end();
  decoder.push(bytesOf('i1el'));
  expect(errorOf(() => decoder.end())).toMatchObject({ code: 'unexpected-end', offset: 4, path: '[0]' });
  expect(decoder.failure?.code).toBe('unexpected-end');
});

test('the bound on bytes is for each value', () => {
  const decoder = new Decoder({ bytesMax: 6 });
  expect(decoder.push(bytesOf('4:spam4:eggs'))).toHaveLength(2);
  decoder.push(bytesOf('5:hell'));
  expect(errorOf(() => decoder.push(bytesOf('o')))).toMatchObject({ code: 'input-too-long', offset: 18 });
});

test('tells what it forgave, with offsets in the stream', () => {
  const forgiven: Forgiven[] = [];
  const decoder = new Decoder({ strict: false, onForgiven: (oddity) => forgiven.push(oddity) });
  for (const byte of bytesOf('i1ed1:bi1e1:ai2ee')) decoder.push(Uint8Array.of(byte));
  expect(forgiven).toEqual([{ code: 'unsorted-keys', key: 'a', offset: 10 }]);
});

test('a declared length costs nothing: only bytes that came are held', () => {
  const decoder = new Decoder();
  decoder.push(bytesOf('67108864:abc'));
  expect(decoder.heldBytes).toBe(12);
});

test('a chunk far larger than a slice is taken whole', () => {
  const text = `2500000:${'x'.repeat(2_500_000)}`;
  const decoder = new Decoder();
  expect(decoder.push(bytesOf(text + text))).toHaveLength(2);
  decoder.end();
});
