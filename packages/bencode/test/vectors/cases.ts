/*
 * The cases of `bencode.json`, written by hand: what BEP 3 says of each input, not what our decoder does with it.
 * `npm run vectors -w @unchoke/bencode` writes the file.
 */

/** A value as the vectors tell it; strings and keys are hexadecimal. */
export type VectorValue =
  | { readonly integer: string }
  | { readonly string: string }
  | { readonly list: readonly VectorValue[] }
  | { readonly dict: readonly (readonly [key: string, value: VectorValue])[] };

export interface Vector {
  readonly id: string;
  /** The rule it tests, in words. */
  readonly rule: string;
  /** The input in hexadecimal. */
  readonly input: string;
  /** What it says, when it is the canonical form of a value … */
  readonly value?: VectorValue;
  /** … and how it must be refused when it is not. */
  readonly error?: { readonly code: string; readonly offset: number };
  /** What a lenient decoder, one that forgives the order of keys and nothing else, does instead. */
  readonly lenient?: { readonly value?: VectorValue; readonly error?: { readonly code: string; readonly offset: number } };
}

interface Group {
  readonly name: string;
  readonly rule: string;
  readonly cases: readonly Case[];
}
type Case = readonly [input: string, expected: VectorValue | Refusal, lenient?: VectorValue | Refusal];

class Refusal {
  readonly code: string;
  readonly offset: number;
  constructor(code: string, offset: number) {
    this.code = code;
    this.offset = offset;
  }
}

const no = (code: string, offset: number): Refusal => new Refusal(code, offset);
const int = (integer: number | bigint | string): VectorValue => ({ integer: `${integer}` });
const str = (text: string): VectorValue => ({ string: hex(text) });
const list = (...items: readonly VectorValue[]): VectorValue => ({ list: items });
const dict = (...entries: readonly (readonly [string, VectorValue])[]): VectorValue => ({
  dict: entries.map(([key, value]) => [hex(key), value]),
});

const DOCUMENT = 'd8:announce3:url4:infod6:lengthi-12e4:name1:aee';

const GROUPS: readonly Group[] = [
  {
    name: 'integer',
    rule: 'An integer is i, its minimal decimal form, e (BEP 3).',
    cases: [
      ['i0e', int(0)],
      ['i1e', int(1)],
      ['i9e', int(9)],
      ['i10e', int(10)],
      ['i42e', int(42)],
      ['i-1e', int(-1)],
      ['i-10e', int(-10)],
      ['i1800e', int(1800)],
      ['i2147483647e', int(2147483647)],
      ['i2147483648e', int(2147483648)],
      ['i-2147483648e', int(-2147483648)],
      ['i-2147483649e', int(-2147483649)],
      ['i4294967295e', int(4294967295)],
      ['i4294967296e', int(4294967296)],
      ['i999999999999999e', int(999999999999999)],
      ['i1000000000000000e', int(1000000000000000)],
    ],
  },
  {
    name: 'integer-size',
    rule: 'An integer has no largest value (BEP 3): none may be rounded, also beyond 2^53 and 2^64.',
    cases: [
      ['i9007199254740991e', int('9007199254740991')],
      ['i9007199254740992e', int('9007199254740992')],
      ['i9007199254740993e', int('9007199254740993')],
      ['i-9007199254740991e', int('-9007199254740991')],
      ['i-9007199254740993e', int('-9007199254740993')],
      ['i9223372036854775807e', int('9223372036854775807')],
      ['i9223372036854775808e', int('9223372036854775808')],
      ['i-9223372036854775808e', int('-9223372036854775808')],
      ['i-9223372036854775809e', int('-9223372036854775809')],
      ['i18446744073709551615e', int('18446744073709551615')],
      ['i18446744073709551616e', int('18446744073709551616')],
      ['i1234567890123456789012345678901234567890e', int('1234567890123456789012345678901234567890')],
      [`i1${'0'.repeat(1023)}e`, int(`1${'0'.repeat(1023)}`)],
    ],
  },
  {
    name: 'integer-form',
    rule: 'Leading zeros, minus zero, an empty integer, signs, fractions, exponents and blanks are invalid (BEP 3).',
    cases: [
      ['ie', no('bad-integer', 1)],
      ['i-e', no('bad-integer', 2)],
      ['i-0e', no('bad-integer', 2)],
      ['i-00e', no('bad-integer', 2)],
      ['i-01e', no('bad-integer', 2)],
      ['i00e', no('bad-integer', 2)],
      ['i01e', no('bad-integer', 2)],
      ['i007e', no('bad-integer', 2)],
      ['i+1e', no('bad-integer', 1)],
      ['i--1e', no('bad-integer', 2)],
      ['i1-e', no('bad-integer', 2)],
      ['i1.5e', no('bad-integer', 2)],
      ['i1e5e', no('trailing-data', 3)],
      ['i 1e', no('bad-integer', 1)],
      ['i1 e', no('bad-integer', 2)],
      ['i\n1e', no('bad-integer', 1)],
      ['i0x10e', no('bad-integer', 2)],
      ['i1_000e', no('bad-integer', 2)],
      ['i1,000e', no('bad-integer', 2)],
      ['iNaNe', no('bad-integer', 1)],
      ['i12abce', no('bad-integer', 3)],
      ['i\xb2e', no('bad-integer', 1)],
      ['i1\0e', no('bad-integer', 2)],
      ['I1e', no('unexpected-byte', 0)],
      ['i1E', no('bad-integer', 2)],
      ['i1:e', no('bad-integer', 2)],
    ],
  },
  {
    name: 'string',
    rule: 'A string is its length in minimal decimal form, a colon, and so many bytes of any kind (BEP 3).',
    cases: [
      ['0:', str('')],
      ['1:a', str('a')],
      ['4:spam', str('spam')],
      ['1:e', str('e')],
      ['3:i1e', str('i1e')],
      ['2:\0\0', str('\0\0')],
      ['1:\xff', str('\xff')],
      ['2:\xc3\xa9', str('\xc3\xa9')],
      ['4:\xed\xa0\x80\xff', str('\xed\xa0\x80\xff')],
      ['3:\xef\xbb\xbf', str('\xef\xbb\xbf')],
      ['10:0123456789', str('0123456789')],
      [`100:${'x'.repeat(100)}`, str('x'.repeat(100))],
      ['3:1:a', str('1:a')],
      ['2:\r\n', str('\r\n')],
    ],
  },
  {
    name: 'string-length',
    rule: 'The length of a string has no leading zero, no sign, and ends with a colon (BEP 3).',
    cases: [
      ['00:', no('bad-length', 1)],
      ['01:a', no('bad-length', 1)],
      ['03:abc', no('bad-length', 1)],
      ['-1:a', no('unexpected-byte', 0)],
      ['-0:', no('unexpected-byte', 0)],
      ['+1:a', no('unexpected-byte', 0)],
      [':a', no('unexpected-byte', 0)],
      [' 1:a', no('unexpected-byte', 0)],
      ['1 :a', no('bad-length', 1)],
      ['1a', no('bad-length', 1)],
      ['1;a', no('bad-length', 1)],
      ['1e', no('bad-length', 1)],
      ['1.0:a', no('bad-length', 1)],
      ['0x1:a', no('bad-length', 1)],
      ['1\0:a', no('bad-length', 1)],
      ['l1e', no('bad-length', 2)],
    ],
  },
  {
    name: 'string-declared',
    rule: 'A declared length is only believed as far as bytes are there; nothing is allocated for it.',
    cases: [
      ['1:', no('unexpected-end', 2)],
      ['10:abc', no('unexpected-end', 6)],
      ['5:abcd', no('unexpected-end', 6)],
      ['67108864:', no('unexpected-end', 9)],
      ['67108865:', no('string-too-long', 0)],
      ['2147483647:', no('string-too-long', 0)],
      ['2147483648:', no('string-too-long', 0)],
      ['4294967295:', no('string-too-long', 0)],
      ['4294967296:', no('string-too-long', 0)],
      ['4294967299:abc', no('string-too-long', 0)],
      ['9223372036854775807:', no('string-too-long', 0)],
      ['18446744073709551615:', no('string-too-long', 0)],
      ['18446744073709551619:abc', no('string-too-long', 0)],
      [`${'9'.repeat(1000)}:`, no('string-too-long', 0)],
      ['l99999999999:e', no('string-too-long', 1)],
      ['d99999999999:e', no('string-too-long', 1)],
    ],
  },
  {
    name: 'list',
    rule: 'A list is l, its values, e (BEP 3).',
    cases: [
      ['le', list()],
      ['li1ee', list(int(1))],
      ['l4:spam4:eggse', list(str('spam'), str('eggs'))],
      ['llee', list(list())],
      ['llleelee', list(list(list()), list())],
      ['ldee', list(dict())],
      ['li1e1:alededi2eee', no('unexpected-byte', 12)],
      ['l0:0:e', list(str(''), str(''))],
      ['l', no('unexpected-end', 1)],
      ['li1e', no('unexpected-end', 4)],
      ['lle', no('unexpected-end', 3)],
      ['l e', no('unexpected-byte', 1)],
      ['l,e', no('unexpected-byte', 1)],
      ['l-e', no('unexpected-byte', 1)],
    ],
  },
  {
    name: 'dict',
    rule: 'A dictionary is d, string keys each with a value, e (BEP 3).',
    cases: [
      ['de', dict()],
      ['d3:cow3:moo4:spam4:eggse', dict(['cow', str('moo')], ['spam', str('eggs')])],
      ['d4:spaml1:a1:bee', dict(['spam', list(str('a'), str('b'))])],
      ['d0:i1ee', dict(['', int(1)])],
      ['d1:ade1:bdee', dict(['a', dict()], ['b', dict()])],
      ['d', no('unexpected-end', 1)],
      ['d1:a', no('unexpected-end', 4)],
      ['d1:ae', no('unexpected-byte', 4)],
      ['d1:ai1e', no('unexpected-end', 7)],
      ['di1ei2ee', no('unexpected-byte', 1)],
      ['dle1:ae', no('unexpected-byte', 1)],
      ['dde1:ae', no('unexpected-byte', 1)],
      ['d1:ai1ei2ee', no('unexpected-byte', 7)],
      ['d1:ai1e1:be', no('unexpected-byte', 10)],
      ['d-1:ai1ee', no('unexpected-byte', 1)],
      ['d01:ai1ee', no('bad-length', 2)],
    ],
  },
  {
    name: 'key-order',
    rule: 'Keys appear in sorted order as raw bytes (BEP 3), not as text or by length.',
    cases: [
      ['d1:ai1e1:bi2ee', dict(['a', int(1)], ['b', int(2)])],
      ['d1:ai1e2:aai2ee', dict(['a', int(1)], ['aa', int(2)])],
      ['d1:Bi1e1:ai2ee', dict(['B', int(1)], ['a', int(2)])],
      ['d2:10i1e1:9i2ee', dict(['10', int(1)], ['9', int(2)])],
      ['d1:zi1e2:\xc3\xa9i2ee', dict(['z', int(1)], ['\xc3\xa9', int(2)])],
      ['d3:\xef\xbf\xbfi1e4:\xf0\x90\x80\x80i2ee', dict(['\xef\xbf\xbf', int(1)], ['\xf0\x90\x80\x80', int(2)])],
      ['d1:\x7fi1e1:\x80i2ee', dict(['\x7f', int(1)], ['\x80', int(2)])],
      ['d1:bi1e1:ai2ee', no('unsorted-keys', 7), dict(['b', int(1)], ['a', int(2)])],
      ['d2:aai1e1:ai2ee', no('unsorted-keys', 8), dict(['aa', int(1)], ['a', int(2)])],
      ['d1:ai1e1:Bi2ee', no('unsorted-keys', 7), dict(['a', int(1)], ['B', int(2)])],
      ['d1:9i1e2:10i2ee', no('unsorted-keys', 7), dict(['9', int(1)], ['10', int(2)])],
      ['d1:\x80i1e1:\x7fi2ee', no('unsorted-keys', 7), dict(['\x80', int(1)], ['\x7f', int(2)])],
      [
        'd4:\xf0\x90\x80\x80i1e3:\xef\xbf\xbfi2ee',
        no('unsorted-keys', 10),
        dict(['\xf0\x90\x80\x80', int(1)], ['\xef\xbf\xbf', int(2)]),
      ],
      ['ld1:bi1e1:ai2eee', no('unsorted-keys', 8), list(dict(['b', int(1)], ['a', int(2)]))],
      ['d1:ai1e0:i2ee', no('unsorted-keys', 7), dict(['a', int(1)], ['', int(2)])],
    ],
  },
  {
    name: 'key-unique',
    rule: 'A key stands once in a dictionary, in whatever order they come: otherwise it can be read in two ways.',
    cases: [
      ['d1:ai1e1:ai1ee', no('duplicate-key', 7), no('duplicate-key', 7)],
      ['d1:ai1e1:ai2ee', no('duplicate-key', 7), no('duplicate-key', 7)],
      ['d0:i1e0:i2ee', no('duplicate-key', 6), no('duplicate-key', 6)],
      ['d1:ai1e1:bi2e1:ai3ee', no('unsorted-keys', 13), no('duplicate-key', 13)],
      ['d1:bi1e1:ai2e1:bi3ee', no('unsorted-keys', 7), no('duplicate-key', 13)],
      ['d1:ad1:xi1e1:xi2eee', no('duplicate-key', 11), no('duplicate-key', 11)],
      ['d2:\xff\xfei1e2:\xff\xffi2ee', dict(['\xff\xfe', int(1)], ['\xff\xff', int(2)])],
      ['d1:\xfei1e1:\xffi2ee', dict(['\xfe', int(1)], ['\xff', int(2)])],
    ],
  },
  {
    name: 'key-names',
    rule: 'Every key is an ordinary key, whatever a host language makes of its name.',
    cases: [
      ['d9:__proto__i1ee', dict(['__proto__', int(1)])],
      ['d11:constructori1ee', dict(['constructor', int(1)])],
      ['d9:prototypei1ee', dict(['prototype', int(1)])],
      ['d8:toStringi1e7:valueOfi2ee', dict(['toString', int(1)], ['valueOf', int(2)])],
      ['d6:lengthi1e4:sizei2ee', dict(['length', int(1)], ['size', int(2)])],
      ['d1:0i1e1:1i2ee', dict(['0', int(1)], ['1', int(2)])],
      [`d20:${'\x01\xfe'.repeat(10)}i1ee`, dict(['\x01\xfe'.repeat(10), int(1)])],
    ],
  },
  {
    name: 'end',
    rule: 'One value, and nothing behind it.',
    cases: [
      ['', no('unexpected-end', 0)],
      ['e', no('unexpected-byte', 0)],
      ['x', no('unexpected-byte', 0)],
      ['\0', no('unexpected-byte', 0)],
      ['\xff', no('unexpected-byte', 0)],
      ['\n', no('unexpected-byte', 0)],
      ['<html>', no('unexpected-byte', 0)],
      ['{"a":1}', no('unexpected-byte', 0)],
      ['i1ei2e', no('trailing-data', 3)],
      ['i1e\n', no('trailing-data', 3)],
      ['lee', no('trailing-data', 2)],
      ['dee', no('trailing-data', 2)],
      ['0:0:', no('trailing-data', 2)],
      ['1:ab', no('trailing-data', 3)],
      ['\xef\xbb\xbfi1e', no('unexpected-byte', 0)],
    ],
  },
  {
    name: 'depth',
    rule: 'Nesting is bounded (here by 100, as in other implementations), and costs no stack.',
    cases: [
      [`${'l'.repeat(100)}${'e'.repeat(100)}`, nested(100)],
      [`${'l'.repeat(101)}${'e'.repeat(101)}`, no('depth-exceeded', 100)],
      ['l'.repeat(5000), no('depth-exceeded', 100)],
      ['d1:a'.repeat(101), no('depth-exceeded', 400)],
      [`${'d0:'.repeat(100)}de${'e'.repeat(100)}`, no('depth-exceeded', 300)],
    ],
  },
  {
    name: 'cut',
    rule: 'A value that is cut anywhere is refused, at the place where the bytes end.',
    cases: Array.from(DOCUMENT, (_, length): Case => [DOCUMENT.slice(0, length), no('unexpected-end', length)]),
  },
];

export const VECTORS: readonly Vector[] = GROUPS.flatMap(({ name, rule, cases }) =>
  cases.map(([input, expected, lenient], index) => ({
    id: `${name}/${index + 1}`,
    rule,
    input: hex(input),
    ...outcome(expected),
    ...(lenient === undefined ? {} : { lenient: outcome(lenient) }),
  })),
);

function outcome(expected: VectorValue | Refusal): Pick<Vector, 'value' | 'error'> {
  if (!(expected instanceof Refusal)) return { value: expected };
  return { error: { code: expected.code, offset: expected.offset } };
}

function nested(depth: number): VectorValue {
  return depth === 1 ? list() : list(nested(depth - 1));
}

function hex(text: string): string {
  return Array.from(text, (character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}
