import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Geometry, type PieceIndex } from '../../src/index.js';
import { nodeFileSystem } from '../../src/node/file-system.js';
import type { FileSystem, PieceHashes, Storage, StorageFile } from '../../src/node/index.js';

/** A torrent and the one flat array of bytes that its files must come to. */
export interface Sample {
  readonly files: readonly StorageFile[];
  readonly geometry: Geometry;
  readonly content: Uint8Array;
  readonly hashes: PieceHashes;
  readonly infoHash: Uint8Array;
}

export interface SampleFile {
  readonly length: number;
  readonly isPad?: boolean;
  readonly wanted?: boolean;
  readonly path?: readonly string[];
}

/** The real file system without waiting for the device: what is not about durability need not be slow. */
export const quickFileSystem: FileSystem = { ...nodeFileSystem, sync: async () => {} };

/** A torrent of files of these lengths, with bytes that follow from the seed. */
export function sampleOf(lengths: readonly (number | SampleFile)[], pieceLength: number, seed = 1): Sample {
  let offset = 0;
  const files = lengths.map((entry, index): StorageFile => {
    const { path, ...file } = typeof entry === 'number' ? { length: entry } : entry;
    const at = offset;
    offset += file.length;
    return { path: path ?? pathOf(index), offset: at, ...file };
  });
  const content = noise(offset, seed);
  for (const { offset: at, length, isPad } of files) if (isPad === true) content.fill(0, at, at + length);
  const geometry = new Geometry({ totalLength: offset, pieceLength });
  const hashes: PieceHashes = { algorithm: 'sha1', digests: sha1Of(content, pieceLength) };
  return {
    files,
    geometry,
    content,
    hashes,
    infoHash: createHash('sha1').update(`${seed} ${lengths.length}`).digest(),
  };
}

export function sha1Of(content: Uint8Array, pieceLength: number): Uint8Array {
  const digests: Buffer[] = [];
  for (let at = 0; at < content.length; at += pieceLength) {
    digests.push(
      createHash('sha1')
        .update(content.subarray(at, at + pieceLength))
        .digest(),
    );
  }
  return new Uint8Array(Buffer.concat(digests));
}

/** Bytes that look random and are the same for the same seed. */
export function noise(length: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/** A folder of its own, gone after the work. */
export async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'unchoke-storage-')));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Stores all blocks of a piece and verifies it, waiting for room as a client would. */
export async function putPiece(storage: Storage, sample: Sample, piece: PieceIndex): Promise<boolean> {
  const { geometry, content } = sample;
  // Padding is there without being fetched.
  if (storage.verified.has(piece)) return true;
  for (const { begin, length } of geometry.blocksOf(piece)) {
    const at = geometry.offsetOf(piece) + begin;
    while (storage.storeBlock(piece, begin, content.subarray(at, at + length)) === 'full') await storage.whenRoom();
  }
  return (await storage.verifyPiece(piece)).isValid;
}

export function allPieces({ geometry }: Sample): PieceIndex[] {
  return Array.from({ length: geometry.pieceCount }, (_, piece) => geometry.pieceAt(piece)!);
}

/** Equality of many bytes, which a deep comparison would take seconds for. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** What a file must hold. */
export function bytesOf({ files, content }: Sample, file: number): Uint8Array {
  const { offset, length } = files[file]!;
  return content.subarray(offset, offset + length);
}

/** The bytes of a file on disk. */
export function onDisk(root: string, { files }: Sample, file: number): Uint8Array {
  return new Uint8Array(readFileSync(join(root, ...files[file]!.path)));
}

function pathOf(index: number): readonly string[] {
  return index % 3 === 0 ? [`file-${index}`] : [`folder-${index % 5}`, `file-${index}`];
}
