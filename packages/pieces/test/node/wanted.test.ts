import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BLOCK_BYTES, type PieceIndex } from '../../src/index.js';
import { Disk, openStorage, type Storage } from '../../src/node/index.js';
import {
  allPieces,
  bytesOf,
  inFolder,
  isSame,
  onDisk,
  putPiece,
  quickFileSystem,
  type Sample,
  sampleOf,
} from './sample.js';

const layouts = fc.record({
  files: fc.array(fc.record({ length: fc.oneof(fc.constant(0), fc.nat(50), fc.nat(60_000)), wanted: fc.boolean() }), {
    minLength: 1,
    maxLength: 10,
  }),
  seed: fc.nat(1_000),
});

test('unwanted files are not made, their shares are kept, and given back in any order', async () => {
  await fc.assert(
    fc.asyncProperty(layouts, fc.infiniteStream(fc.nat()), async ({ files, seed }, numbers) => {
      const next = (bound: number) => numbers.next().value % bound;
      const sample = sampleOf(files, 16_384, seed);
      const wanted = files.map((file) => file.wanted);
      await inFolder(async (folder) => {
        let storage = await open(sample, folder, wanted);
        await fetch(storage, sample, wanted);
        checkFiles(folder, sample, wanted);
        for (const file of [...files.keys()].sort(() => next(2) - 0.5)) {
          if (wanted[file]) continue;
          if (next(3) === 0) {
            await storage.close();
            storage = await open(sample, folder, wanted);
            expect(storage.resume.checkedCount).toBe(0);
          }
          await storage.setWanted(file, true);
          wanted[file] = true;
          if (next(2) === 0) await fetch(storage, sample, wanted);
          await checkReads(storage, sample);
        }
        await fetch(storage, sample, wanted);
        expect(storage.verified.isFull).toBe(true);
        await storage.close();
        checkFiles(folder, sample, wanted);
        expect(readdirSync(join(folder, 'root')).filter((name) => name.endsWith('.parts'))).toEqual([]);
      });
    }),
    { numRuns: 60 },
  );
});

test('blocks of an unfinished shared piece move too', async () => {
  const sample = sampleOf([20_000, { length: 30_000, wanted: false }, 20_000], 65_536 * 2);
  await inFolder(async (folder) => {
    const storage = await open(sample, folder, [true, false, true]);
    for (const block of [0, 1, 3]) {
      const at = block * BLOCK_BYTES;
      expect(storage.storeBlock(0 as PieceIndex, at, sample.content.subarray(at, at + BLOCK_BYTES))).toBe('stored');
    }
    await storage.setWanted(1, true);
    await storage.close();
    const again = await open(sample, folder, [true, true, true]);
    expect(again.partials).toEqual([{ piece: 0, blocks: Uint8Array.of(0b1101_0000) }]);
    for (const block of [2, 4]) {
      const at = block * BLOCK_BYTES;
      again.storeBlock(0 as PieceIndex, at, sample.content.subarray(at, at + BLOCK_BYTES));
    }
    expect((await again.verifyPiece(0 as PieceIndex)).isValid).toBe(true);
    await again.close();
    checkFiles(folder, sample, [true, true, true]);
  });
});

test('a file that was never made can become unwanted; one that was stays where it is', async () => {
  const sample = sampleOf([20_000, 20_000, 20_000], 16_384);
  await inFolder(async (folder) => {
    const wanted = [true, true, true];
    const storage = await open(sample, folder, wanted);
    expect(await putPiece(storage, sample, 0 as PieceIndex)).toBe(true);
    for (const file of [0, 1]) await storage.setWanted(file, false);
    expect(await putPiece(storage, sample, 1 as PieceIndex)).toBe(true);
    await storage.close();
    expect(existsSync(pathOf(folder, sample, 0))).toBe(true);
    expect(existsSync(pathOf(folder, sample, 1))).toBe(false);
    const again = await open(sample, folder, [true, false, true]);
    expect([...again.verified]).toEqual([0, 1]);
    await checkReads(again, sample);
    await again.close();
  });
});

test('a piece of nothing but an unwanted file has no place', async () => {
  const sample = sampleOf([{ length: 50_000, wanted: false }, 20_000], 16_384);
  await inFolder(async (folder) => {
    const storage = await open(sample, folder, [false, true]);
    const block = sample.content.subarray(16_384, 32_768);
    expect(storage.storeBlock(1 as PieceIndex, 0, block)).toBe('unwanted');
    await storage.setWanted(0, true);
    expect(storage.storeBlock(1 as PieceIndex, 0, block)).toBe('stored');
    expect((await storage.verifyPiece(1 as PieceIndex)).isValid).toBe(true);
    await storage.close();
  });
});

test('a parts file that is gone costs the pieces that were in it', async () => {
  const sample = sampleOf([20_000, { length: 50_000, wanted: false }, 20_000], 16_384);
  await inFolder(async (folder) => {
    const wanted = [true, false, true];
    const storage = await open(sample, folder, wanted);
    await fetch(storage, sample, wanted);
    expect([...storage.verified]).toEqual([0, 1, 4, 5]);
    await storage.close();
    for (const name of readdirSync(join(folder, 'root')))
      if (name.endsWith('.parts')) rmSync(join(folder, 'root', name));
    const again = await open(sample, folder, wanted);
    expect([...again.verified]).toEqual([0, 5]);
    await again.close();
  });
});

function open(sample: Sample, folder: string, wanted: readonly (boolean | undefined)[]): Promise<Storage> {
  return openStorage({
    ...sample,
    files: sample.files.map((file, index) => ({ ...file, wanted: wanted[index] !== false })),
    root: join(folder, 'root'),
    state: { path: join(folder, 'state'), infoHash: sample.infoHash },
    disk: new Disk({ threads: 0, fileSystem: quickFileSystem, descriptorCountMax: 4 }),
    flushIntervalMs: 0,
  });
}

/** Every piece with a byte of a wanted file. */
async function fetch(storage: Storage, sample: Sample, wanted: readonly (boolean | undefined)[]): Promise<void> {
  const pieces = new Set<number>();
  for (const [index, { offset, length }] of sample.files.entries()) {
    if (wanted[index] === false) continue;
    const { start, end } = sample.geometry.piecesIn(offset, length);
    for (let piece = start; piece < end; piece++) pieces.add(piece);
  }
  for (const piece of allPieces(sample)) {
    if (pieces.has(piece)) expect(await putPiece(storage, sample, piece)).toBe(true);
  }
}

async function checkReads(storage: Storage, sample: Sample): Promise<void> {
  for (const piece of storage.verified) {
    const bytes = await storage.read(piece, 0, sample.geometry.lengthOf(piece));
    const at = sample.geometry.offsetOf(piece);
    expect(isSame(bytes, sample.content.subarray(at, at + bytes.length))).toBe(true);
  }
}

function checkFiles(folder: string, sample: Sample, wanted: readonly (boolean | undefined)[]): void {
  for (const file of sample.files.keys()) {
    if (wanted[file] === false) expect(existsSync(pathOf(folder, sample, file))).toBe(false);
    else expect(isSame(onDisk(join(folder, 'root'), sample, file), bytesOf(sample, file))).toBe(true);
  }
}

function pathOf(folder: string, sample: Sample, file: number): string {
  return join(folder, 'root', ...sample.files[file]!.path);
}
