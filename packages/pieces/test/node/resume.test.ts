import { appendFileSync, existsSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BLOCK_BYTES, type PieceIndex } from '../../src/index.js';
import { Disk, openStorage, type Storage, StorageError } from '../../src/node/index.js';
import { allPieces, bytesOf, inFolder, isSame, onDisk, putPiece, quickFileSystem, sampleOf } from './sample.js';

// Pieces 0, 1: file 0 · piece 2: files 0 and 1 · pieces 3, 4: file 1 · piece 5: files 1 and 2.
const sample = sampleOf([40_000, 50_000, 3_000], 16_384);

describe('at the next start', () => {
  test('what nobody touched is not hashed', async () => {
    await inFolder(async (folder) => {
      await complete(folder);
      const storage = await open(folder);
      expect(storage.resume).toMatchObject({ outcome: 'trusted', checkedCount: 0, changedFiles: [] });
      expect(storage.verified.isFull).toBe(true);
      await storage.close();
    });
  });

  test('the pieces of a file that changed are hashed, and only those', async () => {
    await inFolder(async (folder) => {
      await complete(folder);
      const bytes = bytesOf(sample, 1).slice();
      bytes[20_000]! ^= 1;
      writeFileSync(pathOf(folder, 1), bytes);
      const storage = await open(folder);
      expect(storage.resume).toMatchObject({ outcome: 'trusted', checkedCount: 4, changedFiles: [1] });
      expect([...storage.verified]).toEqual([0, 1, 2, 4, 5]);
      expect(await putPiece(storage, sample, 3 as PieceIndex)).toBe(true);
      await storage.close();
      expect(isSame(onDisk(join(folder, 'root'), sample, 1), bytesOf(sample, 1))).toBe(true);
    });
  });

  test('a touched file with the same bytes loses nothing', async () => {
    await inFolder(async (folder) => {
      await complete(folder);
      utimesSync(pathOf(folder, 0), 1, 1);
      const storage = await open(folder);
      expect(storage.resume).toMatchObject({ checkedCount: 3, changedFiles: [0] });
      expect(storage.verified.isFull).toBe(true);
      await storage.close();
    });
  });

  test('pieces of a file that is gone or cut are missing, without being hashed', async () => {
    await inFolder(async (folder) => {
      await complete(folder);
      rmSync(pathOf(folder, 2));
      truncateSync(pathOf(folder, 0), 16_384);
      const storage = await open(folder);
      expect(storage.resume).toMatchObject({ checkedCount: 1, changedFiles: [0, 2] });
      expect([...storage.verified]).toEqual([0, 3, 4]);
      await storage.close();
    });
  });

  test('a file that grew is used, and cut when it is written', async () => {
    await inFolder(async (folder) => {
      await complete(folder);
      appendFileSync(pathOf(folder, 1), 'tail');
      const storage = await open(folder);
      expect(storage.resume.changedFiles).toEqual([1]);
      expect(storage.verified.isFull).toBe(true);
      await storage.close();
      expect(onDisk(join(folder, 'root'), sample, 1).length).toBe(50_004);
    });
  });

  test('existing data is found without any state', async () => {
    await inFolder(async (folder) => {
      await complete(folder);
      rmSync(join(folder, 'state'));
      const storage = await open(folder);
      expect(storage.resume).toMatchObject({ outcome: 'none', checkedCount: 6 });
      expect(storage.verified.isFull).toBe(true);
      await storage.close();
    });
  });

  test('blocks of unfinished pieces are still there', async () => {
    await inFolder(async (folder) => {
      const big = sampleOf([200_000], 65_536);
      const options = {
        ...big,
        root: folder,
        disk: quick(),
        state: { path: join(folder, 's'), infoHash: big.infoHash },
      };
      const first = await openStorage(options);
      const piece = big.geometry.pieceAt(1)!;
      for (const block of [0, 2]) first.storeBlock(piece, block * BLOCK_BYTES, blockOf(big.content, piece, block));
      await first.close();
      const second = await openStorage(options);
      expect(second.partials).toEqual([{ piece, blocks: Uint8Array.of(0b1010_0000) }]);
      expect(second.storeBlock(piece, 0, new Uint8Array(BLOCK_BYTES))).toBe('duplicate');
      for (const block of [1, 3]) second.storeBlock(piece, block * BLOCK_BYTES, blockOf(big.content, piece, block));
      expect(await second.verifyPiece(piece)).toEqual({ isValid: true, blockDigests: undefined });
      await second.close();
    });
  });

  test('one storage at a time', async () => {
    await inFolder(async (folder) => {
      const storage = await open(folder);
      await expect(open(folder)).rejects.toMatchObject({ code: 'locked' });
      await storage.close();
      // Locks of processes that are gone: no such process, another with the same id, and half a line.
      for (const stale of ['4194304999 5\n', `${process.ppid} 1\n`, '']) {
        writeFileSync(join(folder, 'state.lock'), stale);
        const after = await open(folder);
        await after.close();
        expect(existsSync(join(folder, 'state.lock'))).toBe(false);
      }
    });
  });
});

describe('while it is open', () => {
  test('a file that is cut costs the pieces that were in it, told once, and they can be fetched again', async () => {
    await inFolder(async (folder) => {
      const lost: number[] = [];
      const storage = await open(folder, (pieces, error) => {
        expect(StorageError.isInstance(error)).toBe(true);
        lost.push(...pieces);
      });
      for (const piece of allPieces(sample)) await putPiece(storage, sample, piece);
      await storage.flush();
      truncateSync(pathOf(folder, 1), 10);
      await expect(storage.read(3 as PieceIndex, 0, 100)).rejects.toMatchObject({ code: 'file-changed' });
      expect(lost).toEqual([2, 3, 4, 5]);
      expect([...storage.verified]).toEqual([0, 1]);
      for (const piece of allPieces(sample)) expect(await putPiece(storage, sample, piece)).toBe(true);
      await storage.close();
      expect(lost).toEqual([2, 3, 4, 5]);
      for (const file of sample.files.keys()) {
        expect(isSame(onDisk(join(folder, 'root'), sample, file), bytesOf(sample, file))).toBe(true);
      }
    });
  });

  test('a file that is removed comes back', async () => {
    await inFolder(async (folder) => {
      const lost: number[] = [];
      const storage = await open(folder, (pieces) => lost.push(...pieces));
      for (const piece of allPieces(sample).slice(0, 4)) await putPiece(storage, sample, piece);
      rmSync(pathOf(folder, 1));
      await storage.flush();
      expect(lost).toEqual([2, 3]);
      for (const piece of allPieces(sample).slice(2)) expect(await putPiece(storage, sample, piece)).toBe(true);
      await storage.close();
      for (const file of sample.files.keys()) {
        expect(isSame(onDisk(join(folder, 'root'), sample, file), bytesOf(sample, file))).toBe(true);
      }
    });
  });
});

async function complete(folder: string): Promise<void> {
  const storage = await open(folder);
  for (const piece of allPieces(sample)) expect(await putPiece(storage, sample, piece)).toBe(true);
  await storage.close();
}

function open(folder: string, onLost?: (pieces: readonly number[], error: StorageError) => void): Promise<Storage> {
  return openStorage({
    ...sample,
    root: join(folder, 'root'),
    disk: quick(),
    state: { path: join(folder, 'state'), infoHash: sample.infoHash },
    flushIntervalMs: 0,
    ...(onLost === undefined ? {} : { onLost }),
  });
}

function quick(): Disk {
  return new Disk({ threads: 0, fileSystem: quickFileSystem });
}

function pathOf(folder: string, file: number): string {
  return join(folder, 'root', ...sample.files[file]!.path);
}

function blockOf(content: Uint8Array, piece: number, block: number): Uint8Array {
  const at = piece * 65_536 + block * BLOCK_BYTES;
  return content.subarray(at, at + BLOCK_BYTES);
}
