import { decode, type Encodable, encode, LIMITS } from '@unchoke/bencode';
import { describe, expect, test } from 'vitest';
import { errorOf } from './error-of.js';
import { bytesOf, textOf } from './text.js';

/** Values, and the bytes they must become. */
const ENCODED: readonly (readonly [name: string, value: Encodable, bytes: string])[] = [
  ['zero', 0, 'i0e'],
  ['minus zero, which is zero', -0, 'i0e'],
  ['a negative integer', -42, 'i-42e'],
  ['the largest 31-bit integer', 2_147_483_647, 'i2147483647e'],
  ['the next one', 2_147_483_648, 'i2147483648e'],
  ['the largest safe integer', Number.MAX_SAFE_INTEGER, 'i9007199254740991e'],
  ['a bigint', 2n ** 64n, 'i18446744073709551616e'],
  ['a negative bigint', -(2n ** 64n), 'i-18446744073709551616e'],
  ['text', 'spam', '4:spam'],
  ['text beyond ASCII, as UTF-8', 'é€😀', '9:\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'],
  ['bytes', Uint8Array.of(0, 255), '2:\x00\xff'],
  ['a Buffer', Buffer.from('ab'), '2:ab'],
  ['a part of a larger array', new Uint8Array([1, 97, 2]).subarray(1, 2), '1:a'],
  ['an array', [1, 'a', []], 'li1e1:alee'],
  ['a Set', new Set([2, 1]), 'li2ei1ee'],
  ['a generator', [1, 2].values(), 'li1ei2ee'],
  ['a Map', new Map([['a', 1]]), 'd1:ai1ee'],
  ['a Map whose keys are bytes', new Map([['\xff\x00', 1]]), 'd2:\xff\x00i1ee'],
  ['an object', { a: 1, b: { c: [] } }, 'd1:ai1e1:bd1:cleee'],
  ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 }), 'd1:ai1ee'],
  ['keys in any order', { b: 1, a: 2, B: 3 }, 'd1:Bi3e1:ai2e1:bi1ee'],
  ['keys that look like integers, which objects reorder', { 9: 1, 10: 2 }, 'd2:10i2e1:9i1ee'],
  [
    'a Map in any order',
    new Map([
      ['b', 1],
      ['a', 2],
    ]),
    'd1:ai2e1:bi1ee',
  ],
  [
    'text keys by their bytes, not their UTF-16 units',
    { '\uffff': 1, '\u{10000}': 2 },
    'd3:\xef\xbf\xbfi1e4:\xf0\x90\x80\x80i2ee',
  ],
  ['a key named __proto__', JSON.parse('{"__proto__":1}') as Encodable, 'd9:__proto__i1ee'],
];

describe('encodes', () => {
  test.each(ENCODED)('%s', (_, value, bytes) => {
    expect(textOf(encode(value))).toBe(bytes);
  });
});

/** Values that have no bencoding, where they stand, and a word that the message must say. */
const REFUSED: readonly (readonly [name: string, value: unknown, path: string, says: RegExp])[] = [
  ['NaN', Number.NaN, '', /NaN has no bencoding/],
  ['infinity', [Number.POSITIVE_INFINITY], '[0]', /Infinity/],
  ['a fraction', { a: [0, 1.5] }, 'a[1]', /1\.5 has no bencoding: only integers/],
  ['an unsafe integer', { a: 2 ** 53 }, 'a', /use a bigint/],
  ['undefined', { a: undefined }, 'a', /leave the key out/],
  ['null', { a: { b: null } }, 'a.b', /leave the key out/],
  ['a boolean', [[true]], '[0][0]', /0 or 1/],
  ['a function', { a: () => 1 }, 'a', /has no bencoding/],
  ['a symbol', [Symbol('x')], '[0]', /Symbol\(x\) has no bencoding/],
  ['a Date', { when: new Date(0) }, 'when', /class Date/],
  ['an instance of some class', [new URL('http://a/')], '[0]', /class URL/],
  ['an iterable that could be a list or a dictionary', [new URLSearchParams('a=1')], '[0]', /class URLSearchParams/],
  ['an array of other numbers', [new Uint16Array(1)], '[0]', /class Uint16Array/],
  ['a bare ArrayBuffer', [new ArrayBuffer(1)], '[0]', /class ArrayBuffer/],
  ['a hole in an array', new Array(2), '[0]', /undefined/],
  ['a Map key beyond a byte', [new Map([['€', 1]])], '[0]["\\x20ac"]', /one character per byte/],
  ['a Map key that is no string', [new Map([[1, 1]])], '[0]', /one character per byte/],
];

describe('refuses', () => {
  test.each(REFUSED)('%s', (_, value, path, says) => {
    const error = errorOf(() => encode(value as Encodable));
    expect(error).toMatchObject({ code: 'unsupported-value', path, offset: undefined });
    expect(error.message).toMatch(says);
  });

  test('a value that contains itself, and names the place where it comes again', () => {
    const info: Record<string, unknown> = { files: [{}] };
    (info['files'] as Record<string, unknown>[])[0]!['up'] = info;
    expect(errorOf(() => encode({ info } as never))).toMatchObject({ code: 'cyclic-value', path: 'info.files[0].up' });
  });

  test('a value that is deeper than what decodes again, and an endless one', () => {
    const nested = (depth: number): Encodable => (depth === 0 ? [] : [nested(depth - 1)]);
    expect(decode(encode(nested(LIMITS.depthMax - 1)))).toBeDefined();
    expect(errorOf(() => encode(nested(LIMITS.depthMax)))).toMatchObject({ code: 'depth-exceeded' });
    const endless = (function* () {
      for (;;) yield 1;
    })();
    expect(errorOf(() => encode(endless))).toMatchObject({ code: 'count-exceeded' });
  });

  test('an integer with more digits than are read', () => {
    expect(encode(10n ** 1023n)).toHaveLength(1026);
    expect(errorOf(() => encode(10n ** 1024n))).toMatchObject({ code: 'integer-too-long' });
    expect(errorOf(() => encode(-(10n ** 1024n)))).toMatchObject({ code: 'integer-too-long' });
  });
});

test('the result is memory of its own, of exactly its length', () => {
  const short = encode('a');
  const first = encode(['b', new Uint8Array(5000)]);
  encode('zzz');
  expect(textOf(short)).toBe('1:a');
  expect(first.buffer.byteLength).toBe(first.length);
});

test('long strings stand where they belong', () => {
  const long = (byte: number) => new Uint8Array(3000).fill(byte);
  const bytes = encode({ a: long(1), b: 'x', c: [long(2), long(3)], d: 4 });
  expect(decode(bytes)).toEqual(
    new Map<string, unknown>([
      ['a', long(1)],
      ['b', bytesOf('x')],
      ['c', [long(2), long(3)]],
      ['d', 4],
    ]),
  );
});

test('an encoding can go on inside another one', () => {
  const inner = function* (): Generator<Encodable, void> {
    yield encode([1, 2]);
    yield encode({ a: 'b' });
  };
  expect(textOf(encode([inner(), 'end']))).toBe('ll8:li1ei2ee8:d1:a1:bee3:ende');
});

test('after a refusal the next encoding starts afresh', () => {
  errorOf(() => encode(['some', 'bytes', null as never]));
  expect(textOf(encode([1]))).toBe('li1ee');
});
