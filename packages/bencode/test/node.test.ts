import { read } from '@unchoke/bencode';
import { describe, expect, test } from 'vitest';
import { errorOf } from './error-of.js';
import { bytesOf, textOf } from './text.js';

const TEXT =
  'd8:announce3:url13:announce-listll1:a1:bel1:cee4:infod5:filesld6:lengthi10e4:pathl3:dir4:fileeed6:length3:ten4:pathli5eeee4:name2:\xc3\xa912:piece lengthi16384eee';
const TORRENT = bytesOf(TEXT);

test('reads what is asked for', () => {
  const info = read(TORRENT).get('info');
  expect(info.get('piece length').integer({ min: 1 })).toBe(16384);
  expect(info.get('name').text()).toBe('é');
  expect(info.get('name').byteText()).toBe('\xc3\xa9');
  expect(info.find('private')).toBeUndefined();
  expect(
    read(TORRENT)
      .get('announce-list')
      .map((tier) => tier.texts()),
  ).toEqual([['a', 'b'], ['c']]);
  const [first] = info.get('files').items();
  expect(first!.get('length').integer()).toBe(10);
  expect(first!.get('path').texts()).toEqual(['dir', 'file']);
});

test('names the place of what is not as expected', () => {
  const files = [...read(TORRENT).get('info').get('files').items()];
  expect(errorOf(() => files[1]!.get('length').integer())).toMatchObject({
    code: 'wrong-type',
    path: 'info.files[1].length',
    message: `info.files[1].length: expected an integer, found a string (offset ${TEXT.indexOf('3:ten')})`,
  });
  expect(errorOf(() => files[1]!.get('path').texts())).toMatchObject({
    code: 'wrong-type',
    path: 'info.files[1].path[0]',
    offset: TEXT.indexOf('i5e'),
  });
  expect(errorOf(() => files[0]!.get('md5sum'))).toMatchObject({
    code: 'missing-key',
    message: `info.files[0].md5sum: this key is missing (offset ${TEXT.indexOf('d6:lengthi10e')})`,
  });
});

test('tells type, offset, path and exact bytes', () => {
  const root = read(bytesOf('d1:ali-7e2:xydeee'));
  const items = [...root.get('a').items()];
  expect(items.map(({ type, offset, path, raw }) => [type, offset, path, textOf(raw)])).toEqual([
    ['integer', 5, 'a[0]', 'i-7e'],
    ['string', 9, 'a[1]', '2:xy'],
    ['dict', 13, 'a[2]', 'de'],
  ]);
  expect([root.path, root.offset, textOf(root.raw)]).toEqual(['', 0, 'd1:ali-7e2:xydeee']);
});

describe('integers', () => {
  const integer = (text: string) => read(bytesOf(`i${text}e`));

  test('have a range', () => {
    expect(integer('5').integer({ min: 5, max: 5 })).toBe(5);
    expect(errorOf(() => integer('4').integer({ min: 5 })).message).toContain(
      'expected an integer from 5 to 9007199254740991, found 4',
    );
    expect(errorOf(() => integer('6').integer({ max: 5 })).code).toBe('out-of-range');
    expect(errorOf(() => integer('0').integer({ min: Number.NaN })).code).toBe('out-of-range');
  });

  test('are never rounded', () => {
    expect(integer('9007199254740993').bigint()).toBe(9007199254740993n);
    expect(integer('5').bigint()).toBe(5n);
    expect(integer('9007199254740993').bigintOrNumber()).toBe(9007199254740993n);
    expect(errorOf(() => integer('9007199254740993').integer()).code).toBe('out-of-range');
    expect(errorOf(() => integer(`1${'0'.repeat(900)}`).integer()).message.length).toBeLessThan(200);
  });
});

describe('strings', () => {
  test('have a length', () => {
    const hash = read(bytesOf('3:abc'));
    expect(hash.bytes(3)).toEqual(bytesOf('abc'));
    expect(errorOf(() => hash.bytes(20)).message).toBe('expected a string of 20 bytes, found one of 3 (offset 0)');
  });

  test('are text only when they are UTF-8, short or long, and keep a byte order mark', () => {
    const text = (bytes: string) => read(bytesOf(`${bytes.length}:${bytes}`)).text();
    expect(text('')).toBe('');
    expect(text('x'.repeat(33))).toBe('x'.repeat(33));
    expect(text('\xef\xbb\xbfa')).toBe('\ufeffa');
    expect(text('\xf0\x9f\x98\x80')).toBe('😀');
    for (const bad of ['\xff', '\xc3', '\xed\xa0\x80', '\xc0\xaf', `${'x'.repeat(40)}\xff`]) {
      expect(errorOf(() => text(bad)).code).toBe('bad-text');
    }
  });
});

describe('containers', () => {
  const root = read(bytesOf('d1:bld1:xleei1ee1:ci3ee'));

  test('count, iterate and map', () => {
    expect(root.count).toBe(2);
    expect(root.get('b').count).toBe(2);
    expect(Array.from(root.entries(), ([key, value]) => [key, value.type, value.path])).toEqual([
      ['b', 'list', 'b'],
      ['c', 'integer', 'c'],
    ]);
    expect(root.get('b').map((item, index) => `${index}${item.type}`)).toEqual(['0dict', '1integer']);
    expect(read(bytesOf('le')).texts()).toEqual([]);
  });

  test('refuse at once what they are not', () => {
    const integer = root.get('c');
    for (const run of [
      () => integer.items(),
      () => integer.entries(),
      () => integer.get('x'),
      () => integer.find('x'),
      () => integer.count,
      () => integer.texts(),
    ]) {
      expect(errorOf(run).code).toBe('wrong-type');
    }
    expect(errorOf(() => root.items()).message).toBe('expected a list, found a dictionary (offset 0)');
  });

  test('find keys of any bytes', () => {
    const node = read(bytesOf('d0:i1e9:__proto__i3e2:\xff\x00i2ee'));
    expect([node.get('').integer(), node.get('__proto__').integer(), node.get('\xff\x00').integer()]).toEqual([
      1, 3, 2,
    ]);
    expect(node.find('__proto')).toBeUndefined();
    expect(node.find('toString')).toBeUndefined();
  });
});

test('a reading outlives other readings', () => {
  const first = read(bytesOf('l1:a1:be'));
  read(bytesOf('d3:fooi1ee'));
  expect(first.texts()).toEqual(['a', 'b']);
});

test('keys may be unsorted when that is asked for', () => {
  expect(read(bytesOf('d1:bi1e1:ai2ee'), { strict: false }).get('a').integer()).toBe(2);
});
