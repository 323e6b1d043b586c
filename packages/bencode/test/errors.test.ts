import { BencodeError, type BencodeErrorCode, type DecodeOptions, decode, encode, read } from '@unchoke/bencode';
import { describe, expect, test } from 'vitest';
import { errorOf } from './error-of.js';
import { bytesOf } from './text.js';

type Refused = readonly [
  input: string,
  code: BencodeErrorCode,
  offset: number,
  path: string,
  message: string,
  options?: DecodeOptions,
];

/** Every code that bytes can cause, with its exact place. */
const REFUSED: readonly Refused[] = [
  ['d4:infold3:xyz', 'unexpected-end', 14, 'info[0].xyz', 'info[0].xyz: the bytes end inside a value (offset 14)'],
  [
    'li1eli2ex',
    'unexpected-byte',
    8,
    '[1][1]',
    '[1][1]: expected a value or the end of the list, found "x" (0x78) (offset 8)',
  ],
  ['d1:ax', 'unexpected-byte', 4, 'a', 'a: expected the value of a key, found "x" (0x78) (offset 4)'],
  ['d1:ai1e\n', 'unexpected-byte', 7, '', 'expected a key or the end of the dictionary, found 0x0a (offset 7)'],
  ['x', 'unexpected-byte', 0, '', 'expected a value, found "x" (0x78) (offset 0)'],
  ['d1:ai03ee', 'bad-integer', 6, 'a', 'a: an integer has a leading zero, or is minus zero (offset 6)'],
  ['li1eixee', 'bad-integer', 5, '[1]', '[1]: expected a digit in an integer, found "x" (0x78) (offset 5)'],
  ['l01:ae', 'bad-length', 2, '[0]', '[0]: the length of a string has a leading zero (offset 2)'],
  [
    'l3xe',
    'bad-length',
    2,
    '[0]',
    '[0]: expected a digit or ":" in the length of a string, found "x" (0x78) (offset 2)',
  ],
  ['d1:bi1e1:ai2ee', 'unsorted-keys', 7, 'a', 'a: this key is smaller than the one before it (offset 7)'],
  ['d1:xd1:bi1e1:bi2eee', 'duplicate-key', 11, 'x.b', 'x.b: this key stands twice in one dictionary (offset 11)'],
  [
    'd1:bi1e1:ai2e1:bi3ee',
    'duplicate-key',
    13,
    'b',
    'b: this key stands twice in one dictionary (offset 13)',
    { strict: false },
  ],
  [
    'd1:bi1e1:ai2e1:ci3ee',
    'unsorted-exceeded',
    13,
    'c',
    'c: more than 2 keys in a dictionary that is not sorted (unsortedKeyCountMax) (offset 13)',
    { strict: false, unsortedKeyCountMax: 2 },
  ],
  ['i1eabc', 'trailing-data', 3, '', '3 bytes follow the value (offset 3)'],
  [
    'd1:allleeee',
    'depth-exceeded',
    6,
    'a[0][0]',
    'a[0][0]: more than 3 lists and dictionaries inside each other (depthMax) (offset 6)',
    { depthMax: 3 },
  ],
  [
    'li1ei2ei3ee',
    'count-exceeded',
    7,
    '[2]',
    '[2]: more than 3 values (valueCountMax) (offset 7)',
    { valueCountMax: 3 },
  ],
  [
    'l1:a1:b1:ce',
    'count-exceeded',
    7,
    '[2]',
    '[2]: more than 3 values (valueCountMax) (offset 7)',
    { valueCountMax: 3 },
  ],
  [
    'lllleeee',
    'count-exceeded',
    3,
    '[0][0][0]',
    '[0][0][0]: more than 3 values (valueCountMax) (offset 3)',
    { valueCountMax: 3 },
  ],
  [
    'd4:name5:abcdee',
    'string-too-long',
    7,
    'name',
    'name: a string declares more than 4 bytes (stringBytesMax) (offset 7)',
    { stringBytesMax: 4 },
  ],
  [
    'd5:names1:ae',
    'string-too-long',
    1,
    '',
    'a string declares more than 4 bytes (stringBytesMax) (offset 1)',
    { stringBytesMax: 4 },
  ],
  [
    'li-1234ee',
    'integer-too-long',
    6,
    '[0]',
    '[0]: an integer has more than 3 digits (integerDigitsMax) (offset 6)',
    { integerDigitsMax: 3 },
  ],
  [
    'd4:name4:spame',
    'input-too-long',
    10,
    'name',
    'name: a value takes more than 10 bytes (bytesMax) (offset 10)',
    { bytesMax: 10 },
  ],
];

describe('refuses', () => {
  for (const [input, code, offset, path, message, options] of REFUSED) {
    test(`${JSON.stringify(input)}: ${code} at ${offset}`, () => {
      const error = errorOf(() => decode(bytesOf(input), options));
      expect([error.code, error.offset, error.path, error.message]).toEqual([code, offset, path, message]);
    });
  }
});

test('a bound is what is still accepted', () => {
  expect(decode(bytesOf('d1:allleeee'), { depthMax: 4 })).toBeDefined();
  expect(decode(bytesOf('li1ei2ei3ee'), { valueCountMax: 4 })).toHaveLength(3);
  expect(decode(bytesOf('5:abcde'), { stringBytesMax: 5 })).toHaveLength(5);
  expect(decode(bytesOf('i-1234e'), { integerDigitsMax: 4 })).toBe(-1234);
  expect(decode(bytesOf('4:spam'), { bytesMax: 6 })).toHaveLength(4);
});

test('a sorted dictionary has any number of keys, and oddities are told up to their bound', () => {
  const options = { strict: false, unsortedKeyCountMax: 2, forgivenCountMax: 1 };
  expect(decode(bytesOf('d1:ai1e1:bi2e1:ci3ee'), options)).toHaveProperty('size', 3);
  let told = 0;
  decode(bytesOf('ld1:bi1e1:ai2eed1:bi1e1:ai2eee'), { ...options, onForgiven: () => told++ });
  expect(told).toBe(1);
});

test('a bound that makes no sense is a mistake of the caller', () => {
  for (const depthMax of [-1, 1.5, Number.NaN, 513, Number.POSITIVE_INFINITY]) {
    expect(() => decode(bytesOf('le'), { depthMax })).toThrow(RangeError);
  }
});

test('ten million opened lists are an error, not a crash', () => {
  const bytes = new Uint8Array(10_000_000).fill('l'.charCodeAt(0));
  expect(errorOf(() => decode(bytes))).toMatchObject({ code: 'depth-exceeded', offset: 100 });
  expect(errorOf(() => decode(bytes, { depthMax: 512 }))).toMatchObject({ code: 'depth-exceeded', offset: 512 });
});

test('a long way is shown by its beginning and its end, a long or strange key in part and escaped', () => {
  const { path } = errorOf(() => decode(bytesOf(`${'d1:a'.repeat(50)}x`)));
  expect(path).toBe('a.a.a.a.a.a.a.a…a.a.a.a.a.a.a.a');
  expect(errorOf(() => decode(bytesOf('d3:\x00"\xffx'))).path).toBe('["\\x00\\x22\\xff"]');
  expect(errorOf(() => decode(bytesOf(`d50:${'k'.repeat(50)}x`))).path).toBe(`${'k'.repeat(40)}…`);
});

test('an error is known by its brand, also across copies of the package', () => {
  const error = errorOf(() => decode(bytesOf('x')));
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe('BencodeError');
  expect(BencodeError.isInstance(error)).toBe(true);
  const stranger = Object.assign(new Error(), { [Symbol.for('@unchoke/bencode/error')]: true });
  expect(BencodeError.isInstance(stranger)).toBe(true);
  for (const other of [undefined, null, 'x', {}, new Error('x')]) expect(BencodeError.isInstance(other)).toBe(false);
});

test('the codes of the reader and of encode are reachable too', () => {
  const node = read(bytesOf('d1:ai300e1:b2:\xff\xfee'));
  expect(errorOf(() => node.get('a').text()).code).toBe('wrong-type');
  expect(errorOf(() => node.get('c')).code).toBe('missing-key');
  expect(errorOf(() => node.get('a').integer({ max: 255 })).code).toBe('out-of-range');
  expect(errorOf(() => node.get('b').text()).code).toBe('bad-text');
  expect(node.error('bad-value', 'no').code).toBe('bad-value');
  expect(errorOf(() => encode(Number.NaN)).code).toBe('unsupported-value');
  const cycle: unknown[] = [];
  cycle.push(cycle);
  expect(errorOf(() => encode(cycle as never)).code).toBe('cyclic-value');
});
