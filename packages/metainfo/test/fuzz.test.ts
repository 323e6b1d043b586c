import fc from 'fast-check';
import { expect, test } from 'vitest';
import { damagedTorrent, readOrRefuse } from './fuzz-input.js';
import { VECTORS } from './vectors.js';

test('damaged torrents are read whole or refused with an error of ours', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
      readOrRefuse(damagedTorrent((bound) => numbers.next().value! % bound));
    }),
    { numRuns: 3000 },
  );
});

test('every torrent cut off at every byte is refused', () => {
  for (const { bytes, name } of VECTORS.filter((vector) => vector.facts !== undefined && vector.bytes.length < 600)) {
    for (let end = 0; end < bytes.length; end++) {
      // White space behind a torrent may be missing.
      if (name === 'v1-trailing-line-end' && end >= bytes.length - 2) continue;
      expect(readOrRefuse(bytes.subarray(0, end))).toBe(false);
    }
  }
});

test('any bytes at all', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readOrRefuse(bytes)));
});
