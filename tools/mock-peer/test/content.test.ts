import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bytesContent,
  MockPeerError,
  memoryStore,
  parseRandomContent,
  randomContent,
  randomTorrent,
} from '../src/index.js';

test('generated content is the same in every run and on every machine', () => {
  const first = randomContent(100_000, 42).read(0, 100_000);
  expect(createHash('sha1').update(first).digest('hex')).toBe('f6479ebebe9b5bdebedbc39e021a8a73ea49d742');
  expect(Buffer.from(randomTorrent('1MiB:42').torrent.infoHash).toString('hex')).toBe(
    '43ee5f52c92fcc2cc0c4c93d7ea261771c29131b',
  );
});

test('seeds and blocks differ from each other', () => {
  const starts = [randomContent(99_999, 1), randomContent(99_999, 2), randomContent(99_999, 2 ** 33 + 1)].flatMap(
    (content) => [0, 16_384, 32_768].map((offset) => Buffer.from(content.read(offset, 16)).toString('hex')),
  );
  expect(new Set(starts).size).toBe(9);
});

test('any range of generated content is that range of the whole', () => {
  const length = 150_001;
  const whole = randomContent(length, 5).read(0, length);
  const content = randomContent(length, 5);
  fc.assert(
    fc.property(fc.nat({ max: length }), fc.nat({ max: 60_000 }), (offset, wanted) => {
      const count = Math.min(wanted, length - offset);
      expect(Buffer.compare(content.read(offset, count), whole.subarray(offset, offset + count))).toBe(0);
    }),
  );
});

test('a tebibyte can be read at its end', () => {
  expect(parseRandomContent('1TiB:1').read(2 ** 40 - 10, 10)).toHaveLength(10);
});

test('sizes and seeds are read from text, and what is none is said', () => {
  expect(
    ['12345:7', '12345B:7', '3KiB:0', '2MiB:1', '1GiB:9007199254740991'].map((text) => parseRandomContent(text).length),
  ).toEqual([12_345, 12_345, 3_072, 2_097_152, 1_073_741_824]);
  for (const text of ['', '5', '1GB:1', 'x:1', '-1:1', '1MiB:', '0:1', '999TiB:1', '1:9007199254740993', '1MiB:1:1']) {
    expect(() => parseRandomContent(text), text).toThrow(MockPeerError);
  }
});

test('memory holds what was written', () => {
  const store = memoryStore(10);
  store.write(3, Uint8Array.of(1, 2, 3));
  expect([...store.read(2, 5)]).toEqual([0, 1, 2, 3, 0]);
  expect([...bytesContent(Uint8Array.of(9, 8, 7)).read(1, 2)]).toEqual([8, 7]);
});
