import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { PieceIndex } from '../../src/index.js';
import { copyFrom, lengthIn, runMemoryFor } from '../../src/node/block-run.js';
import { nodeFileSystem } from '../../src/node/file-system.js';
import { Disk, type FileSystem, openStorage, type VerifyResult, verifyStorage } from '../../src/node/index.js';
import {
  BLOCK_HEADROOM_BYTES,
  READ_LENT_SHARE,
  READ_RUN_BYTES,
  READ_SPENT_RUN_COUNT_MAX,
} from '../../src/node/limits.js';
import { ReadCache, type ReadSource } from '../../src/node/read-cache.js';
import { SharedPool } from '../../src/node/shared-pool.js';
import { allPieces, inFolder, isSame, putPiece, quickFileSystem, sampleOf } from './sample.js';

const threads = new Disk({ threads: 2 });
afterAll(() => threads.close());

const RUN_MEMORY = runMemoryFor(READ_RUN_BYTES);

describe('reads for uploading', () => {
  test('sixteen requests for a run are one read, and what was read last stays', async () => {
    const loads: string[] = [];
    const source = sourceOf(2 ** 20, async (piece, begin, into) => {
      loads.push(`${piece}+${begin}/${lengthIn(into)}`);
      into.fill(piece);
    });
    const cache = new ReadCache(new SharedPool(2 * RUN_MEMORY, () => {}));
    const copy = async (piece: number, begin: number) => {
      const bytes = new Uint8Array(16_384);
      await copied(cache, source, piece, begin, bytes);
      expect(bytes.every((byte) => byte === piece)).toBe(true);
    };
    await Promise.all(Array.from({ length: 16 }, (_, block) => copy(1, block * 16_384)));
    expect(loads).toEqual(['1+0/262144']);
    let isThere = false;
    cache.copy(source, 1, 100, new Uint8Array(1_000), (error) => {
      isThere = error === undefined;
    });
    expect(isThere).toBe(true);
    await copied(cache, { ...source, torrent: 2 }, 1, 0, new Uint8Array(2));
    expect(loads.splice(1)).toEqual(['1+0/262144']);
    // A stretch over two runs; there is room for two, so the oldest goes.
    await copy(2, 262_144 - 8_192);
    expect(loads).toEqual(['1+0/262144', '2+0/262144', '2+262144/262144']);
    await copy(2, 0);
    expect(loads).toHaveLength(3);
    cache.forget(source, 2);
    await copy(2, 0);
    expect(loads).toHaveLength(4);
  });

  test('one peer that takes a run after the other needs memory for few of them', async () => {
    let reads = 0;
    const source = sourceOf(2 ** 22, async (_piece, begin, into) => {
      reads++;
      into.fill(begin / READ_RUN_BYTES);
    });
    const pool = new SharedPool(2 ** 23, () => {});
    const cache = new ReadCache(pool);
    const take = async (run: number) => {
      for (let begin = run * READ_RUN_BYTES; begin < (run + 1) * READ_RUN_BYTES; begin += 65_536) {
        const bytes = new Uint8Array(65_536);
        await copied(cache, source, 0, begin, bytes);
        expect(bytes.every((byte) => byte === run)).toBe(true);
      }
    };
    for (let run = 0; run < 16; run++) await take(run);
    expect(reads).toBe(16);
    expect(pool.peakBytes).toBe(READ_SPENT_RUN_COUNT_MAX * RUN_MEMORY);
    // The last ones are there for others; and one of which something is left to ask for stays as well.
    await take(15);
    expect(reads).toBe(16);
    await copied(cache, source, 1, 0, new Uint8Array(1));
    for (let run = 0; run < 8; run++) await take(run);
    reads = 0;
    await copied(cache, source, 1, 1, new Uint8Array(1));
    expect(reads).toBe(0);
  });

  test('whatever is asked in which order: it is what was read, and the memory is bounded and free again', async () => {
    const ask = fc.record({ piece: fc.nat(3), begin: fc.nat(99), length: fc.nat(2 ** 18), isForgetting: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(ask, { maxLength: 6 }), { maxLength: 6 }), async (rounds) => {
        const pool = new SharedPool(4 * RUN_MEMORY, () => {});
        const cache = new ReadCache(pool);
        const pieceLength = 600_000;
        const source = sourceOf(pieceLength, async (piece, begin, into) => {
          await new Promise((resolve) => setImmediate(resolve));
          into.fill(16 * piece + begin / READ_RUN_BYTES);
        });
        for (const round of rounds) {
          const answers = round.map(async ({ piece, begin, length, isForgetting }) => {
            const at = Math.floor((begin * pieceLength) / 100);
            const into = new Uint8Array(Math.min(length, pieceLength - at));
            const answered = copied(cache, source, piece, at, into);
            if (isForgetting) cache.forget(source, piece);
            await answered;
            const seam = READ_RUN_BYTES - (at % READ_RUN_BYTES);
            for (const index of [0, seam - 1, seam, into.length - 1]) {
              if (index < 0 || index >= into.length) continue;
              expect(into[index]).toBe(16 * piece + Math.floor((at + index) / READ_RUN_BYTES));
            }
          });
          await Promise.all(answers);
        }
        cache.forget(source);
        expect(pool.peakBytes).toBeLessThanOrEqual(pool.bytesMax);
        // All of it can be had again: nothing is kept, and nothing was given back twice.
        const all = Array.from({ length: 4 }, () => pool.take(RUN_MEMORY));
        expect(new Set(all).size).toBe(all.length);
        expect(all).not.toContain(undefined);
        expect(pool.take(1)).toBe(undefined);
      }),
      { numRuns: 40 },
    );
  });

  test('never more on its way than there is memory for, whatever is asked at once', async () => {
    let loading = 0;
    let most = 0;
    const source = sourceOf(65_536, async (piece, _, into) => {
      loading += into.length;
      most = Math.max(most, loading);
      await new Promise((resolve) => setImmediate(resolve));
      into.fill(piece);
      loading -= into.length;
    });
    const cache = new ReadCache(new SharedPool(4 * runMemoryFor(65_536), () => {}));
    await Promise.all(
      Array.from({ length: 200 }, async (_, piece) => {
        const bytes = new Uint8Array(10);
        await copied(cache, source, piece, 5, bytes);
        expect(bytes.every((byte) => byte === piece)).toBe(true);
      }),
    );
    expect(most).toBe(4 * runMemoryFor(65_536));
  });

  test('what is forgotten on its way is not kept', async () => {
    let round = 0;
    const cache = new ReadCache(new SharedPool(2 ** 18, () => {}));
    const source = sourceOf(65_536, async (_piece, _begin, into) => {
      into.fill(++round);
    });
    const read = async () => {
      const bytes = new Uint8Array(1);
      await copied(cache, source, 0, 0, bytes);
      return bytes[0];
    };
    const first = read();
    cache.forget(source, 0);
    expect(await first).toBe(1);
    expect(await read()).toBe(2);
    expect(await read()).toBe(2);
  });

  test('a failed read fails those who asked, and is tried anew by the next', async () => {
    let isBroken = true;
    const source = sourceOf(65_536, async () => {
      if (isBroken) throw new Error('broken');
    });
    const cache = new ReadCache(new SharedPool(2 ** 18, () => {}));
    const results = await Promise.allSettled([1, 2].map(() => copied(cache, source, 0, 0, new Uint8Array(1))));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isBroken = false;
    await copied(cache, source, 0, 0, new Uint8Array(1));
  });

  test('a block is lent where it was read, with room for its header, before the block behind it', async () => {
    const source = sourceOf(40_000, async (_piece, _begin, memory) => {
      memory.fill(1);
    });
    const cache = new ReadCache(new SharedPool(2 * RUN_MEMORY, () => {}));
    const [first, second, last] = await Promise.all([
      lent(cache, source, 0, 0, 16_384),
      lent(cache, source, 0, 16_384, 16_384),
      lent(cache, source, 0, 32_768, 7_232),
    ]);
    expect([first!.length, second!.length, last!.length]).toEqual([16_384, 16_384, 7_232]);
    expect(first!.byteOffset).toBe(BLOCK_HEADROOM_BYTES);
    expect(second!.byteOffset).toBe(first!.byteOffset + first!.length + BLOCK_HEADROOM_BYTES);
    expect(last!.byteOffset).toBe(second!.byteOffset + second!.length + BLOCK_HEADROOM_BYTES);
    expect(new Set([first!.buffer, second!.buffer, last!.buffer]).size).toBe(1);
    const copy = new Uint8Array(20_000);
    new Uint8Array(second!.buffer, first!.byteOffset + first!.length, BLOCK_HEADROOM_BYTES).fill(9);
    await copied(cache, source, 0, 10_000, copy);
    expect(copy.every((byte) => byte === 1)).toBe(true);
  });

  test('what is lent stays as it is until it is given back, and whoever never gives back holds nobody up', async () => {
    const step = fc.record({ block: fc.nat(255), isReturning: fc.boolean(), isForgetting: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const pool = new SharedPool(4 * RUN_MEMORY, () => {});
        const cache = new ReadCache(pool);
        const source = sourceOf(READ_RUN_BYTES, async (piece, _begin, memory) => {
          await new Promise((resolve) => setImmediate(resolve));
          memory.fill(piece);
        });
        const held: { readonly piece: number; readonly bytes: Uint8Array }[] = [];
        const take = async (block: number) => {
          const piece = block >> 4;
          const bytes = await lent(cache, source, piece, (block & 15) * 16_384, 16_384);
          held.push({ piece, bytes });
        };
        for (const { block, isReturning, isForgetting } of steps) {
          await Promise.all([take(block), take(block ^ 17)]);
          if (isForgetting) cache.forget(source, block >> 4);
          for (const { piece, bytes } of held) expect(bytes.every((byte) => byte === piece)).toBe(true);
          const shared = new Set(held.map(({ bytes }) => bytes.buffer).filter((memory) => memory.byteLength > 20_000));
          expect(shared.size).toBeLessThanOrEqual(4 * READ_LENT_SHARE);
          if (isReturning) for (const { bytes } of held.splice(0, 3)) cache.giveBack(bytes);
        }
        for (const { bytes } of held) cache.giveBack(bytes);
        cache.forget(source);
        const all = Array.from({ length: 4 }, () => pool.take(RUN_MEMORY));
        expect(new Set(all).size).toBe(4);
        expect(all).not.toContain(undefined);
      }),
      { numRuns: 30 },
    );
  });

  test('the storage lends blocks, and copies what is off the grid or padding', async () => {
    const sample = sampleOf([70_000, { length: 28_304, isPad: true }, 50_000], 65_536 + 32_768);
    const ask = fc.record({ piece: fc.nat(1), begin: fc.nat(100_000), length: fc.nat(20_000), isBlock: fc.boolean() });
    await inFolder(async (root) => {
      const storage = await openStorage({ ...sample, root, disk: threads });
      for (const piece of allPieces(sample)) await putPiece(storage, sample, piece);
      await fc.assert(
        fc.asyncProperty(ask, async ({ piece, begin, length, isBlock }) => {
          const index = piece as PieceIndex;
          const end = sample.geometry.lengthOf(index);
          const start = isBlock ? Math.floor((begin % end) / 16_384) * 16_384 : begin % end;
          const count = Math.min(isBlock ? 16_384 : length, end - start);
          const at = sample.geometry.offsetOf(index) + start;
          const bytes = await new Promise<Uint8Array>((resolve, reject) => {
            storage.lend(index, start, count, (error, lentBytes) =>
              lentBytes === undefined ? reject(error) : resolve(lentBytes),
            );
          });
          expect(isSame(bytes, sample.content.subarray(at, at + count))).toBe(true);
          expect(bytes.byteOffset).toBeGreaterThanOrEqual(BLOCK_HEADROOM_BYTES);
          storage.giveBack(bytes);
        }),
        { numRuns: 60 },
      );
      const refusal = await new Promise((resolve) => storage.lend(0 as PieceIndex, 0, 2 ** 20, resolve));
      expect(refusal).toMatchObject({ code: 'bad-block' });
      await storage.close();
      const closed = await new Promise((resolve) => storage.lend(0 as PieceIndex, 0, 1, resolve));
      expect(closed).toMatchObject({ code: 'closed' });
    });
  });

  test('a read that ends too early is gone on with, block by block', async () => {
    const sample = sampleOf([100_000], 131_072);
    await inFolder(async (root) => {
      const readEach: FileSystem['readEach'] = (descriptor, [first], position) =>
        nodeFileSystem.read(descriptor, first!, position);
      const disk = new Disk({ threads: 0, fileSystem: { ...quickFileSystem, readEach } });
      const storage = await openStorage({ ...sample, root, disk });
      await putPiece(storage, sample, 0 as PieceIndex);
      expect(isSame(await storage.read(0 as PieceIndex, 0, 100_000), sample.content)).toBe(true);
      await storage.close();
    });
  });

  test('a stretch is copied from between the rooms, wherever it begins', () => {
    fc.assert(
      fc.property(fc.nat(99_999), fc.nat(50_000), (begin, wanted) => {
        const content = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
        const memory = new Uint8Array(runMemoryFor(100_000)).fill(255);
        for (let at = 0, slot = 0; at < content.length; at += 16_384, slot++) {
          memory.set(content.subarray(at, at + 16_384), slot * (16_384 + BLOCK_HEADROOM_BYTES) + BLOCK_HEADROOM_BYTES);
        }
        expect(lengthIn(memory)).toBe(100_000);
        const into = new Uint8Array(Math.min(wanted, 100_000 - begin));
        copyFrom(memory, begin, into);
        expect(isSame(into, content.subarray(begin, begin + into.length))).toBe(true);
      }),
    );
  });

  test('the storage reads through it, in threads', async () => {
    const sample = sampleOf([700_000, 5, 300_000], 524_288);
    await inFolder(async (root) => {
      const storage = await openStorage({ ...sample, root, disk: threads });
      for (const piece of allPieces(sample)) await putPiece(storage, sample, piece);
      const into = new Uint8Array(1_000);
      const stretches = Array.from({ length: 100 }, (_, index) => (index * 9_973) % (1_000_005 - 524_288));
      for (const [index, begin] of stretches.entries()) {
        const piece = (index % 2) as PieceIndex;
        const at = sample.geometry.offsetOf(piece) + begin;
        const length = Math.min(16_384, sample.geometry.lengthOf(piece) - begin);
        expect(isSame(await storage.read(piece, begin, length), sample.content.subarray(at, at + length))).toBe(true);
      }
      await new Promise((resolve) => storage.readInto(0 as PieceIndex, stretches[98]!, into, resolve));
      expect(isSame(into, sample.content.subarray(stretches[98]!, stretches[98]! + 1_000))).toBe(true);
      await storage.close();
    });
  });
});

describe('a full recheck', () => {
  const sample = sampleOf([60_000, 0, 40_000, { length: 12_384, isPad: true }, 200_000], 16_384, 9);

  test('finds exactly what is right, with progress, and can be broken off and gone on with', async () => {
    await inFolder(async (root) => {
      const storage = await openStorage({ ...sample, root, disk: quick() });
      const pieces = allPieces(sample).filter((piece) => piece % 3 !== 1);
      for (const piece of pieces) await putPiece(storage, sample, piece);
      await storage.close();
      await fc.assert(
        fc.asyncProperty(fc.nat(25), async (after) => {
          // Pieces are handed out one by one here, so that an abort falls between any two.
          const disk = new Disk({ threads: 0, fileSystem: quickFileSystem });
          let result: VerifyResult | undefined;
          for (let rounds = 0; result?.isComplete !== true; rounds++) {
            const abort = new AbortController();
            let last = 0;
            result = await verifyStorage({
              ...sample,
              root,
              disk,
              ...(result === undefined ? {} : { from: result }),
              signal: abort.signal,
              onProgress: ({ checked, good, total }) => {
                expect(checked).toBeGreaterThan(last);
                expect(good).toBeLessThanOrEqual(checked);
                expect(total).toBeLessThanOrEqual(sample.geometry.pieceCount);
                last = checked;
                if (checked > after) abort.abort();
              },
            });
            expect(rounds).toBeLessThan(30);
          }
          expect([...result.verified]).toEqual(pieces);
          expect(result.checked.isFull).toBe(true);
          expect(result.problem).toBe(undefined);
        }),
        { numRuns: 8 },
      );
    });
  });

  test('of nothing is nothing, and makes nothing', async () => {
    await inFolder(async (root) => {
      const result = await verifyStorage({ ...sample, root, disk: quick() });
      expect(result).toMatchObject({ isComplete: true, problem: undefined });
      expect(result.verified.count).toBe(0);
      await expect(verifyStorage({ ...sample, root: `${root}/none`, disk: quick() })).rejects.toMatchObject({
        code: 'file-missing',
      });
    });
  });

  test('counts what the device cannot read as missing, and says so', async () => {
    await inFolder(async (root) => {
      const storage = await openStorage({ ...sample, root, disk: quick() });
      for (const piece of allPieces(sample)) await putPiece(storage, sample, piece);
      await storage.close();
      let reads = 0;
      const read: FileSystem['read'] = (descriptor, into, position) => {
        if (++reads === 3) throw Object.assign(new Error('sector'), { code: 'EIO' });
        return nodeFileSystem.read(descriptor, into, position);
      };
      const disk = new Disk({ threads: 0, fileSystem: { ...quickFileSystem, read } });
      const result = await verifyStorage({ ...sample, root, disk });
      expect(result.problem).toMatchObject({ code: 'io-failed', systemCode: 'EIO' });
      expect(result.verified.count).toBe(sample.geometry.pieceCount - 1);
    });
  });
});

function quick(): Disk {
  return new Disk({ threads: 0, fileSystem: quickFileSystem });
}

function copied(cache: ReadCache, source: ReadSource, piece: number, begin: number, into: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    cache.copy(source, piece, begin, into, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

function lent(cache: ReadCache, source: ReadSource, piece: number, begin: number, length: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    cache.lend(source, piece, begin, length, (error, bytes) => (bytes === undefined ? reject(error) : resolve(bytes)));
  });
}

function sourceOf(pieceLength: number, load: ReadSource['load']): ReadSource {
  return { torrent: 1, lengthOf: () => pieceLength, load };
}
