import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { BLOCK_BYTES, Geometry, type PieceIndex } from '../../src/index.js';
import { nodeFileSystem } from '../../src/node/file-system.js';
import { Disk, type FileSystem, openStorage, type Storage, verifyStorage } from '../../src/node/index.js';
import { PowerCutDisk } from './power-cut-disk.js';
import {
  allPieces,
  bytesOf,
  inFolder,
  isSame,
  noise,
  onDisk,
  putPiece,
  quickFileSystem,
  type Sample,
  sampleOf,
} from './sample.js';

const threads = new Disk({ threads: 2, bufferBytesMax: 8 * BLOCK_BYTES, descriptorCountMax: 8 });
afterAll(() => threads.close());

describe('blocks in any order, of any pieces at once, through too few buffers', () => {
  const disks: readonly (readonly [name: string, disk: Disk])[] = [
    [
      'without threads',
      new Disk({ threads: 0, fileSystem: quickFileSystem, bufferBytesMax: 8 * BLOCK_BYTES, descriptorCountMax: 4 }),
    ],
    ['with two threads', threads],
  ];

  test.each(disks)('%s', async (_, disk) => {
    await fc.assert(
      fc.asyncProperty(
        // Two blocks fill a buffer here: pieces of one block, of one buffer, and of many.
        fc.constantFrom(16_384, 32_768, 50_000, 163_840, 200_000),
        fc.array(fc.nat(150_000), { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        async (pieceLength, lengths, numbers) => {
          const next = (bound: number) => numbers.next().value % bound;
          const sample = sampleOf(lengths, pieceLength, lengths.length);
          await inFolder(async (root) => {
            const storage = await openStorage({ ...sample, root, disk, flushIntervalMs: 0 });
            await scatter(storage, sample, next);
            expect(storage.verified.isFull).toBe(true);
            await storage.close();
            for (const file of sample.files.keys()) {
              expect(isSame(onDisk(root, sample, file), bytesOf(sample, file))).toBe(true);
            }
          });
        },
      ),
      { numRuns: 40 },
    );
    expect(disk.peakBufferBytes).toBeLessThanOrEqual(8 * BLOCK_BYTES);
  });
});

test('a bad piece is not written, names its blocks, and can be fetched again', async () => {
  const sample = sampleOf([100_000], 65_536);
  await inFolder(async (root) => {
    const storage = await openStorage({ ...sample, root, disk: quick() });
    const piece = 0 as PieceIndex;
    const poison = new Uint8Array(BLOCK_BYTES);
    for (let block = 0; block < 4; block++) {
      const good = sample.content.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
      storage.storeBlock(piece, block * BLOCK_BYTES, block === 2 ? poison : good);
    }
    const bad = await storage.verifyPiece(piece);
    expect(bad.isValid).toBe(false);
    expect(readdirSync(root)).toEqual([]);
    expect(storage.verified.has(piece)).toBe(false);
    await expect(storage.read(piece, 0, 1)).rejects.toMatchObject({ code: 'not-verified' });
    for (let block = 0; block < 4; block++) {
      const good = sample.content.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
      expect(storage.storeBlock(piece, block * BLOCK_BYTES, good)).toBe('stored');
    }
    const good = await storage.verifyPiece(piece, { blockDigests: true });
    expect(good.isValid).toBe(true);
    const differing = [0, 1, 2, 3].filter(
      (block) => !isSame(digestAt(bad.blockDigests, block), digestAt(good.blockDigests, block)),
    );
    expect(differing).toEqual([2]);
    expect(isSame(digestAt(bad.blockDigests, 2), createHash('sha1').update(poison).digest())).toBe(true);
    await storage.close();
  });
});

test('a bad piece longer than a buffer is dropped as well', async () => {
  const sample = sampleOf([200_000], 163_840);
  await inFolder(async (root) => {
    const storage = await openStorage({ ...sample, root, disk: quick(8 * BLOCK_BYTES) });
    for (const isGood of [false, true]) {
      for (const { piece, begin, length } of sample.geometry.blocksOf(0 as PieceIndex)) {
        const bytes =
          begin === 81_920 && !isGood ? new Uint8Array(length) : sample.content.subarray(begin, begin + length);
        while (storage.storeBlock(piece, begin, bytes) === 'full') await storage.whenRoom();
      }
      const verdict = await storage.verifyPiece(0 as PieceIndex);
      expect(verdict.isValid).toBe(isGood);
      if (!isGood) expect(verdict.blockDigests?.length).toBe(20 * 10);
    }
    await storage.close();
  });
});

test('misuse is refused: no block, no piece, too early, twice, too late', async () => {
  const sample = sampleOf([100_000], 65_536);
  await inFolder(async (root) => {
    const storage = await openStorage({ ...sample, root, disk: quick() });
    const [first] = allPieces(sample) as [PieceIndex];
    const block = sample.content.subarray(0, BLOCK_BYTES);
    for (const [begin, bytes] of [
      [1, block],
      [0, block.subarray(1)],
      [-BLOCK_BYTES, block],
      [65_536, block],
    ] as const) {
      expect(() => storage.storeBlock(first, begin, bytes)).toThrow(/no block/);
    }
    expect(() => storage.storeBlock(2 as PieceIndex, 0, block)).toThrow(/no piece 2/);
    await expect(storage.verifyPiece(first)).rejects.toMatchObject({ code: 'bad-block' });
    storage.storeBlock(first, 0, block);
    expect(storage.storeBlock(first, 0, block)).toBe('duplicate');
    await expect(storage.verifyPiece(first)).rejects.toMatchObject({ code: 'bad-block' });
    storage.discardPiece(first);
    const put = putPiece(storage, sample, first);
    expect(storage.storeBlock(first, 0, block)).toBe('duplicate');
    await expect(storage.verifyPiece(first)).rejects.toMatchObject({ code: 'bad-block' });
    expect(await put).toBe(true);
    for (const [begin, length] of [
      [-1, 5],
      [0, 65_537],
      [65_536, 1],
      [0.5, 1],
      [0, Number.NaN],
    ] as const) {
      await expect(storage.read(first, begin, length)).rejects.toMatchObject({ code: 'bad-block' });
    }
    await storage.close();
    await storage.close();
    expect(() => storage.storeBlock(first, 0, block)).toThrow(/closed/);
    await expect(storage.read(first, 0, 1)).rejects.toMatchObject({ code: 'closed' });
  });
});

test('ten thousand files in one piece, with four descriptors', async () => {
  const sample = sampleOf(
    Array.from({ length: 10_000 }, (_, index) => index % 3),
    16_384,
  );
  // In memory: it is the files that count here, and a real disk takes its time to make them.
  const fileSystem = new PowerCutDisk();
  const disk = new Disk({ threads: 0, fileSystem, descriptorCountMax: 4 });
  const storage = await openStorage({ ...sample, root: '/root', disk });
  for (const piece of allPieces(sample)) expect(await putPiece(storage, sample, piece)).toBe(true);
  const bytes = await storage.read(0 as PieceIndex, 0, sample.geometry.lengthOf(0 as PieceIndex));
  expect(isSame(bytes, sample.content.subarray(0, bytes.length))).toBe(true);
  await storage.close();
  expect(fileSystem.openCount).toBe(0);
  // Four, and one for each of the three syncs that may be under way.
  expect(fileSystem.openCountPeak).toBeLessThanOrEqual(7);
  for (const [file, { path }] of sample.files.entries()) {
    expect(isSame(fileSystem.bytesAt(`/root/${path.join('/')}`), bytesOf(sample, file))).toBe(true);
  }
});

describe('SHA-256 (BEP 52)', () => {
  // Files begin on a piece, with holes between that belong to none; the second has one piece only.
  const pieceLength = 65_536;
  const lengths = [200_000, 20_000, 65_536, 100];
  const offsets = [0, 262_144, 327_680, 393_216];
  const content = noise(393_316, 3);
  const files = lengths.map((length, index) => ({ path: [`v2-${index}`], offset: offsets[index]!, length }));
  const geometry = new Geometry({ totalLength: content.length, pieceLength });
  const digests = new Uint8Array(geometry.pieceCount * 32);
  for (const { offset, length } of files) {
    for (let at = 0; at < length; at += pieceLength) {
      const bytes = content.subarray(offset + at, offset + Math.min(at + pieceLength, length));
      digests.set(
        layerOf(bytes, length > pieceLength ? 4 : 2 ** Math.ceil(Math.log2(Math.ceil(length / BLOCK_BYTES)))),
        ((offset + at) / pieceLength) * 32,
      );
    }
  }
  const hashes = { algorithm: 'sha256', digests } as const;

  test.each([
    ['whole', 2 ** 20],
    ['longer than a buffer', 8 * BLOCK_BYTES],
  ])('pieces that are %s', async (_, bufferBytesMax) => {
    await inFolder(async (root) => {
      const storage = await openStorage({ files, geometry, hashes, root, disk: quick(bufferBytesMax) });
      for (const { offset, length } of files) {
        for (let at = 0; at < length; at += BLOCK_BYTES) {
          const piece = geometry.pieceAtOffset(offset + at)!;
          const bytes = content.subarray(offset + at, offset + Math.min(at + BLOCK_BYTES, length));
          while (storage.storeBlock(piece, at % pieceLength, bytes) === 'full') await storage.whenRoom();
        }
      }
      const verdicts = await Promise.all(
        Array.from({ length: geometry.pieceCount }, (_, piece) => storage.verifyPiece(geometry.pieceAt(piece)!)),
      );
      expect(verdicts.every(({ isValid }) => isValid)).toBe(true);
      await storage.close();
      expect((await verifyStorage({ files, geometry, hashes, root, disk: quick() })).verified.isFull).toBe(true);
    });
  });

  test('what a peer asks for behind the end of a file is read as zeros', async () => {
    await inFolder(async (root) => {
      for (const { path, offset, length } of files)
        writeFileSync(join(root, ...path), content.subarray(offset, offset + length));
      const shape = { totalLength: content.length, pieceLength, files };
      const [padded, plain] = (['v2', 'v1'] as const).map((version) => new Geometry({ ...shape, version }));
      const storage = await openStorage({ files, geometry: padded!, hashes, root, disk: quick() });
      for (const [file, { offset, length }] of files.entries()) {
        const last = offset + length - 1;
        const piece = padded!.pieceAtOffset(last)!;
        const begin = (last % pieceLength) - (last % BLOCK_BYTES);
        const into = new Uint8Array(BLOCK_BYTES).fill(0xff);
        await new Promise<void>((resolve, reject) => {
          storage.readInto(piece, begin, into, (error) => (error === undefined ? resolve() : reject(error)));
        });
        const expected = new Uint8Array(BLOCK_BYTES);
        expected.set(content.subarray(piece * pieceLength + begin, offset + length));
        expect(isSame(into, expected), `file ${file}`).toBe(true);
        await expect(storage.read(piece, begin, pieceLength - begin + 1)).rejects.toMatchObject({ code: 'bad-block' });
      }
      await storage.close();
      const other = await openStorage({ files, geometry: plain!, hashes, root, disk: quick() });
      await expect(other.read(plain!.pieceAt(6)!, 0, BLOCK_BYTES)).rejects.toMatchObject({ code: 'bad-block' });
      await other.close();
    });
  });

  /** The layer by the book: leaves, zero leaves, and pairs until one is left. */
  function layerOf(bytes: Uint8Array, leafCount: number): Uint8Array {
    const sha256 = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
    let layer: Uint8Array[] = Array.from({ length: leafCount }, (_, leaf) => {
      const block = bytes.subarray(leaf * BLOCK_BYTES, (leaf + 1) * BLOCK_BYTES);
      return block.length === 0 ? new Uint8Array(32) : sha256(block);
    });
    while (layer.length > 1) {
      layer = Array.from({ length: layer.length / 2 }, (_, pair) => sha256(layer[2 * pair]!, layer[2 * pair + 1]!));
    }
    return layer[0]!;
  }
});

test('a thread that dies is replaced, and what it had to do is done', async () => {
  const sample = sampleOf([2_000_000], 65_536);
  await inFolder(async (root) => {
    const disk = new Disk({ threads: 1 });
    const faults: string[] = [];
    const options = { ...sample, root, disk, retryIntervalMs: 0, flushIntervalMs: 0 };
    const storage = await openStorage({ ...options, onFault: ({ code }) => faults.push(code) });
    const puts = allPieces(sample).map((piece) => putPiece(storage, sample, piece));
    // Nothing of the public surface can end a thread.
    const { lanes } = disk as unknown as { readonly lanes: readonly { close(): Promise<void> }[] };
    await lanes[0]!.close();
    while (storage.fault === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(await storage.retry()).toBe(true);
    expect(await Promise.all(puts)).not.toContain(false);
    expect(faults).toEqual(['thread-failed']);
    await storage.close();
    await disk.close();
    expect(isSame(onDisk(root, sample, 0), sample.content)).toBe(true);
  });
});

test('a torrent whose disk is at fault leaves buffers for the others', async () => {
  const sample = sampleOf([400_000], 32_768);
  await inFolder(async (folder) => {
    let isFull = true;
    const write: FileSystem['write'] = (descriptor, from, position) => {
      if (isFull && broken.has(descriptor)) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      return nodeFileSystem.write(descriptor, from, position);
    };
    const broken = new Set<number>();
    const open: FileSystem['open'] = (path, flags) => {
      const descriptor = nodeFileSystem.open(path, flags);
      if (path.includes('broken')) broken.add(descriptor);
      else broken.delete(descriptor);
      return descriptor;
    };
    const fileSystem = { ...quickFileSystem, write, open };
    const disk = new Disk({ threads: 0, fileSystem, bufferBytesMax: 8 * 32_768 });
    const faults: string[] = [];
    const options = { ...sample, disk, retryIntervalMs: 0 };
    const bad = await openStorage({
      ...options,
      root: join(folder, 'broken'),
      onFault: ({ code }) => faults.push(code),
    });
    const good = await openStorage({ ...options, root: join(folder, 'sound') });
    const held = allPieces(sample).map((piece) => putPiece(bad, sample, piece));
    for (const piece of allPieces(sample)) expect(await putPiece(good, sample, piece)).toBe(true);
    expect(faults).toEqual(['disk-full']);
    expect(bad.fault?.message).toContain('free some space');
    isFull = false;
    expect(await bad.retry()).toBe(true);
    expect(await Promise.all(held)).not.toContain(false);
    await Promise.all([bad.close(), good.close()]);
  });
});

/** All blocks of all pieces in one random order; a piece is verified when its last block is in. */
async function scatter(
  storage: Storage,
  { geometry, content }: Sample,
  next: (bound: number) => number,
): Promise<void> {
  const blocks = Array.from({ length: geometry.pieceCount }, (_, piece) =>
    geometry.blocksOf(geometry.pieceAt(piece)!),
  ).flat();
  for (let last = blocks.length - 1; last > 0; last--) {
    const other = next(last + 1);
    [blocks[last], blocks[other]] = [blocks[other]!, blocks[last]!];
  }
  const missing = new Map<PieceIndex, number>();
  const verdicts: Promise<unknown>[] = [];
  for (const { piece } of blocks) missing.set(piece, (missing.get(piece) ?? 0) + 1);
  for (const { piece, begin, length } of blocks) {
    const at = geometry.offsetOf(piece) + begin;
    while (storage.storeBlock(piece, begin, content.subarray(at, at + length)) === 'full') await storage.whenRoom();
    missing.set(piece, missing.get(piece)! - 1);
    if (missing.get(piece) === 0) verdicts.push(storage.verifyPiece(piece));
    if (next(30) === 0) await storage.flush();
  }
  expect(await Promise.all(verdicts)).toEqual(verdicts.map(() => ({ isValid: true, blockDigests: undefined })));
}

function digestAt(digests: Uint8Array | undefined, block: number): Uint8Array {
  return digests!.subarray(block * 20, block * 20 + 20);
}

function quick(bufferBytesMax = 2 ** 20): Disk {
  return new Disk({ threads: 0, fileSystem: quickFileSystem, bufferBytesMax });
}
