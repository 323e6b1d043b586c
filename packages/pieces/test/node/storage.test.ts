import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Disk, openStorage, verifyStorage } from '../../src/node/index.js';
import { allPieces, bytesOf, inFolder, isSame, onDisk, putPiece, quickFileSystem, sampleOf } from './sample.js';

const inline = new Disk({ threads: 0, fileSystem: quickFileSystem, bufferBytesMax: 256 * 1024 });
const threads = new Disk({ threads: 2 });
afterAll(() => Promise.all([inline.close(), threads.close()]));

/** Files of every odd kind, at most as many bytes as a few pieces. */
const layouts = fc.record({
  pieceLength: fc.constantFrom(16_384, 32_768, 40_000, 65_536),
  files: fc.array(
    fc.record({
      length: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(100), fc.nat(70_000)),
      isPad: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  seed: fc.nat(),
});

test('pieces in any order come to the flat array, for any layout', async () => {
  await fc.assert(
    fc.asyncProperty(layouts, fc.infiniteStream(fc.nat()), async ({ files, pieceLength, seed }, order) => {
      const sample = sampleOf(files, pieceLength, seed);
      await inFolder(async (root) => {
        const storage = await openStorage({ ...sample, root, disk: inline });
        const pieces = allPieces(sample).sort(() => (order.next().value % 2) - 0.5);
        expect(await Promise.all(pieces.map((piece) => putPiece(storage, sample, piece)))).not.toContain(false);
        expect(storage.verified.isFull).toBe(true);
        for (const piece of pieces) {
          const begin = order.next().value % sample.geometry.lengthOf(piece);
          const length = order.next().value % (sample.geometry.lengthOf(piece) - begin + 1);
          const at = sample.geometry.offsetOf(piece) + begin;
          expect(isSame(await storage.read(piece, begin, length), sample.content.subarray(at, at + length))).toBe(true);
        }
        await storage.close();
        for (const [index, { path, isPad }] of sample.files.entries()) {
          if (isPad) expect(existsSync(join(root, ...path))).toBe(false);
          else expect(isSame(onDisk(root, sample, index), bytesOf(sample, index))).toBe(true);
        }
        const found = await verifyStorage({ ...sample, root, disk: inline });
        expect(found.verified.isFull).toBe(true);
      });
    }),
    { numRuns: 60 },
  );
});

describe('threads', () => {
  test('do the same', async () => {
    const sample = sampleOf([100_000, 0, 1, 300_000, 7], 65_536);
    await inFolder(async (root) => {
      const storage = await openStorage({ ...sample, root, disk: threads });
      await Promise.all(allPieces(sample).map((piece) => putPiece(storage, sample, piece)));
      expect(storage.verified.isFull).toBe(true);
      await storage.close();
      for (const index of sample.files.keys())
        expect(isSame(onDisk(root, sample, index), bytesOf(sample, index))).toBe(true);
    });
  });
});
