import {
  type ErrorClass,
  either,
  hexOf,
  type Json,
  type Level,
  refuse,
  type Vector,
  value,
  vectors,
} from './vector.js';

/*
 * What BEP 3 says of each input, written by hand. A value is told as {"integer": "1"}, {"string": hex}, {"list": […]} or
 * {"dict": [[key, value], …]}, with keys in hexadecimal.
 */

interface Group {
  readonly name: string;
  readonly level: Level;
  /** The level of refusing, where reading is another matter. */
  readonly refusing?: Level;
  /** A value may also be refused, if it is not read exactly. */
  readonly orRefuse?: boolean;
  readonly rule: string;
  readonly cases: readonly Case[];
}
type Case = readonly [input: string, expected: Json | Refusal];

class Refusal {
  readonly error: ErrorClass;
  constructor(error: ErrorClass) {
    this.error = error;
  }
}

const TRUNCATED = new Refusal('truncated');
const MALFORMED = new Refusal('malformed');
const CONFLICT = new Refusal('conflict');

const int = (integer: number | bigint | string): Json => ({ integer: `${integer}` });
const str = (text: string): Json => ({ string: hexOf(text) });
const list = (...items: readonly Json[]): Json => ({ list: items });
const dict = (...entries: readonly (readonly [string, Json])[]): Json => ({
  dict: entries.map(([key, item]) => [hexOf(key), item]),
});

const DOCUMENT = 'd8:announce3:url4:infod6:lengthi-12e4:name1:aee';

const DECODING: readonly Group[] = [
  {
    name: 'integer',
    level: 'must',
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
    level: 'must',
    rule: 'An integer has no largest value (BEP 3): it is read exactly, or refused, but never rounded.',
    orRefuse: true,
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
    level: 'must',
    rule: 'Leading zeros, minus zero, an empty integer, signs, fractions, exponents and blanks are invalid (BEP 3).',
    cases: [
      ['ie', MALFORMED],
      ['i-e', MALFORMED],
      ['i-0e', MALFORMED],
      ['i-00e', MALFORMED],
      ['i-01e', MALFORMED],
      ['i00e', MALFORMED],
      ['i01e', MALFORMED],
      ['i007e', MALFORMED],
      ['i+1e', MALFORMED],
      ['i--1e', MALFORMED],
      ['i1-e', MALFORMED],
      ['i1.5e', MALFORMED],
      ['i1e5e', MALFORMED],
      ['i 1e', MALFORMED],
      ['i1 e', MALFORMED],
      ['i\n1e', MALFORMED],
      ['i0x10e', MALFORMED],
      ['i1_000e', MALFORMED],
      ['i1,000e', MALFORMED],
      ['iNaNe', MALFORMED],
      ['i12abce', MALFORMED],
      ['i\xb2e', MALFORMED],
      ['i1\0e', MALFORMED],
      ['I1e', MALFORMED],
      ['i1E', MALFORMED],
      ['i1:e', MALFORMED],
    ],
  },
  {
    name: 'string',
    level: 'must',
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
    level: 'must',
    rule: 'The length of a string is decimal, has no sign, and ends with a colon (BEP 3).',
    cases: [
      ['-1:a', MALFORMED],
      ['-0:', MALFORMED],
      ['+1:a', MALFORMED],
      [':a', MALFORMED],
      [' 1:a', MALFORMED],
      ['1 :a', MALFORMED],
      ['1a', MALFORMED],
      ['1;a', MALFORMED],
      ['1e', MALFORMED],
      ['1.0:a', MALFORMED],
      ['0x1:a', MALFORMED],
      ['1\0:a', MALFORMED],
      ['l1e', MALFORMED],
    ],
  },
  {
    name: 'string-length-zeros',
    level: 'should',
    rule: 'The length of a string is written without leading zeros: otherwise one value has two encodings (BEP 3 says so of integers only).',
    cases: [
      ['00:', MALFORMED],
      ['01:a', MALFORMED],
      ['03:abc', MALFORMED],
      ['d01:ai1ee', MALFORMED],
    ],
  },
  {
    name: 'string-declared',
    level: 'must',
    rule: 'A declared length is only believed as far as bytes are there; nothing is allocated for it.',
    cases: [
      ['1:', TRUNCATED],
      ['10:abc', TRUNCATED],
      ['5:abcd', TRUNCATED],
      ['67108864:', TRUNCATED],
      ['67108865:', TRUNCATED],
      ['2147483647:', TRUNCATED],
      ['2147483648:', TRUNCATED],
      ['4294967295:', TRUNCATED],
      ['4294967296:', TRUNCATED],
      ['4294967299:abc', TRUNCATED],
      ['9223372036854775807:', TRUNCATED],
      ['18446744073709551615:', TRUNCATED],
      ['18446744073709551619:abc', TRUNCATED],
      [`${'9'.repeat(1000)}:`, TRUNCATED],
      ['l99999999999:e', TRUNCATED],
      ['d99999999999:e', TRUNCATED],
    ],
  },
  {
    name: 'list',
    level: 'must',
    rule: 'A list is l, its values, e (BEP 3).',
    cases: [
      ['le', list()],
      ['li1ee', list(int(1))],
      ['l4:spam4:eggse', list(str('spam'), str('eggs'))],
      ['llee', list(list())],
      ['llleelee', list(list(list()), list())],
      ['ldee', list(dict())],
      ['li1e1:alededi2eee', MALFORMED],
      ['l0:0:e', list(str(''), str(''))],
      ['l', TRUNCATED],
      ['li1e', TRUNCATED],
      ['lle', TRUNCATED],
      ['l e', MALFORMED],
      ['l,e', MALFORMED],
      ['l-e', MALFORMED],
    ],
  },
  {
    name: 'dict',
    level: 'must',
    rule: 'A dictionary is d, string keys each with a value, e (BEP 3).',
    cases: [
      ['de', dict()],
      ['d3:cow3:moo4:spam4:eggse', dict(['cow', str('moo')], ['spam', str('eggs')])],
      ['d4:spaml1:a1:bee', dict(['spam', list(str('a'), str('b'))])],
      ['d0:i1ee', dict(['', int(1)])],
      ['d1:ade1:bdee', dict(['a', dict()], ['b', dict()])],
      ['d', TRUNCATED],
      ['d1:a', TRUNCATED],
      ['d1:ae', MALFORMED],
      ['d1:ai1e', TRUNCATED],
      ['di1ei2ee', MALFORMED],
      ['dle1:ae', MALFORMED],
      ['dde1:ae', MALFORMED],
      ['d1:ai1ei2ee', MALFORMED],
      ['d1:ai1e1:be', MALFORMED],
      ['d-1:ai1ee', MALFORMED],
    ],
  },
  {
    name: 'key-order',
    level: 'must',
    refusing: 'should',
    rule: 'Keys appear in sorted order as raw bytes (BEP 3), not as text or by length.',
    cases: [
      ['d1:ai1e1:bi2ee', dict(['a', int(1)], ['b', int(2)])],
      ['d1:ai1e2:aai2ee', dict(['a', int(1)], ['aa', int(2)])],
      ['d1:Bi1e1:ai2ee', dict(['B', int(1)], ['a', int(2)])],
      ['d2:10i1e1:9i2ee', dict(['10', int(1)], ['9', int(2)])],
      ['d1:zi1e2:\xc3\xa9i2ee', dict(['z', int(1)], ['\xc3\xa9', int(2)])],
      ['d3:\xef\xbf\xbfi1e4:\xf0\x90\x80\x80i2ee', dict(['\xef\xbf\xbf', int(1)], ['\xf0\x90\x80\x80', int(2)])],
      ['d1:\x7fi1e1:\x80i2ee', dict(['\x7f', int(1)], ['\x80', int(2)])],
      ['d1:bi1e1:ai2ee', CONFLICT],
      ['d2:aai1e1:ai2ee', CONFLICT],
      ['d1:ai1e1:Bi2ee', CONFLICT],
      ['d1:9i1e2:10i2ee', CONFLICT],
      ['d1:\x80i1e1:\x7fi2ee', CONFLICT],
      ['d4:\xf0\x90\x80\x80i1e3:\xef\xbf\xbfi2ee', CONFLICT],
      ['ld1:bi1e1:ai2eee', CONFLICT],
      ['d1:ai1e0:i2ee', CONFLICT],
    ],
  },
  {
    name: 'key-unique',
    level: 'must',
    refusing: 'should',
    rule: 'A key stands once in a dictionary, in whatever order they come: otherwise it can be read in two ways.',
    cases: [
      ['d1:ai1e1:ai1ee', CONFLICT],
      ['d1:ai1e1:ai2ee', CONFLICT],
      ['d0:i1e0:i2ee', CONFLICT],
      ['d1:ai1e1:bi2e1:ai3ee', CONFLICT],
      ['d1:bi1e1:ai2e1:bi3ee', CONFLICT],
      ['d1:ad1:xi1e1:xi2eee', CONFLICT],
      ['d2:\xff\xfei1e2:\xff\xffi2ee', dict(['\xff\xfe', int(1)], ['\xff\xff', int(2)])],
      ['d1:\xfei1e1:\xffi2ee', dict(['\xfe', int(1)], ['\xff', int(2)])],
    ],
  },
  {
    name: 'key-names',
    level: 'must',
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
    level: 'must',
    rule: 'What is not the beginning of a value is refused.',
    cases: [
      ['', TRUNCATED],
      ['e', MALFORMED],
      ['x', MALFORMED],
      ['\0', MALFORMED],
      ['\xff', MALFORMED],
      ['\n', MALFORMED],
      ['<html>', MALFORMED],
      ['{"a":1}', MALFORMED],
      ['\xef\xbb\xbfi1e', MALFORMED],
    ],
  },
  {
    name: 'trailing',
    level: 'should',
    rule: 'Bytes behind the value are not passed over in silence: they would not survive a second encoding.',
    cases: [
      ['i1ei2e', MALFORMED],
      ['i1e\n', MALFORMED],
      ['lee', MALFORMED],
      ['dee', MALFORMED],
      ['0:0:', MALFORMED],
      ['1:ab', MALFORMED],
    ],
  },
  {
    name: 'cut',
    level: 'must',
    rule: 'A value that is cut anywhere is refused.',
    cases: Array.from(DOCUMENT, (_, length): Case => [DOCUMENT.slice(0, length), TRUNCATED]),
  },
];

const AGAIN: readonly string[] = [
  'i0e',
  'i-1e',
  'i9007199254740993e',
  'i-9223372036854775809e',
  '0:',
  '2:\xff\xfe',
  '4:\xed\xa0\x80\xff',
  'le',
  'de',
  'll0:elei5ee',
  'd1:Bi1e1:ai2e2:aai3ee',
  'd2:10i1e1:9i2ee',
  'd1:0i1e1:1i2ee',
  'd3:\xef\xbf\xbfi1e4:\xf0\x90\x80\x80i2ee',
  'd1:\xfei1e1:\xffi2ee',
  'd9:__proto__i1e11:constructori2ee',
  'd4:infod6:lengthi5e4:name1:aee',
];

const decoding = DECODING.flatMap(({ name, level, refusing, orRefuse, rule, cases }) =>
  vectors(
    { id: `bep3/bencode/${name}`, spec: 'BEP 3, bencoding', level, rule, operation: 'bencode' },
    cases.map(([input, expected], index) => {
      if (!(expected instanceof Refusal)) {
        return [`${index + 1}`, '', input, orRefuse === true ? either(expected) : value(expected)];
      }
      return [`${index + 1}`, '', input, refuse(expected.error), refusing === undefined ? {} : { level: refusing }];
    }),
  ),
);

const again = vectors(
  {
    id: 'bep3/bencode/again',
    spec: 'BEP 3, bencoding',
    level: 'must',
    rule: 'Decoded and encoded again, a canonical value is the same bytes: keys sort as raw bytes, and nothing is lost.',
    operation: 'bencode-again',
  },
  AGAIN.map((input, index) => [`${index + 1}`, '', input, value(hexOf(input))]),
);

/** Values, refusals and round trips of bencode. */
export const BENCODE: readonly Vector[] = [...decoding, ...again];
