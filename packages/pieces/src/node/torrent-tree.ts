import { createHash } from 'node:crypto';
import type { Geometry } from '../geometry.js';
import type { Disk } from './disk.js';
import { StorageError } from './errors.js';
import type { FileFacts } from './file-system.js';
import { Layout, type StorageFile } from './layout.js';
import { digestLengthOf, type HashAlgorithm } from './piece-hash.js';
import { HOME_PARTS, HOME_TREE, type TreeSpec } from './tree.js';

/** What pieces must hash to. */
export interface PieceHashes {
  /** `sha1`: BEP 3 `pieces`. `sha256`: the piece layers of BEP 52; for a file of one piece its root. */
  readonly algorithm: HashAlgorithm;
  /** All digests in one, 20 or 32 bytes a piece. */
  readonly digests: Uint8Array;
}

/** Which torrent, and where. */
export interface TorrentPlace {
  /** The directory that the paths of files are below; made when it is not there. */
  readonly root: string;
  /** All files in order; those of parsed metainfo fit once their paths are safe. */
  readonly files: readonly StorageFile[];
  readonly geometry: Geometry;
  readonly hashes: PieceHashes;
}

/** How new files are made. */
export type Allocation =
  | 'sparse' // with their full length, as a hole: space is taken as pieces come
  | 'full'; //  filled with zeros, so that space cannot run out later

/** A torrent that threads can work on. */
export interface TorrentTree {
  readonly spec: TreeSpec;
  readonly layout: Layout;
  /** What stood in the tree; the parts file is last. */
  readonly facts: readonly (FileFacts | undefined)[];
}

/** Checks what was given, enters the root and looks at every file. */
export async function enterTorrent(
  disk: Disk,
  place: TorrentPlace,
  allocation: Allocation,
  create: boolean,
): Promise<TorrentTree> {
  const { geometry, files, hashes } = place;
  const { totalLength, pieceLength, pieceCount } = geometry;
  const layout = new Layout(files.map(plain), { totalLength, pieceLength, pieceCount });
  const expected = pieceCount * digestLengthOf(hashes.algorithm);
  if (hashes.digests.length !== expected) {
    throw new StorageError(
      'bad-layout',
      `${hashes.digests.length} bytes of digests for ${pieceCount} pieces, not ${expected}`,
    );
  }
  if (hashes.algorithm === 'sha256' && pieceLength % 16_384 !== 0) {
    throw new StorageError('bad-layout', `pieces of ${pieceLength} bytes cannot have SHA-256 layers (BEP 52)`);
  }
  const spec: TreeSpec = {
    torrent: disk.register(),
    root: await disk.run<'enter'>({ type: 'enter', path: place.root, create }),
    partsName: partsNameOf(hashes),
    files: layout.files,
    shape: layout.shape,
    allocation,
    algorithm: hashes.algorithm,
    digests: shared(hashes.digests),
    homes: shared(new Uint8Array(files.length)),
    made: shared(new Uint8Array(files.length)),
  };
  const facts = await disk.run<'survey'>({ type: 'survey', torrent: spec.torrent }, spec);
  for (const [file, { wanted }] of files.entries()) {
    spec.homes[file] = wanted === false && facts[file] === undefined ? HOME_PARTS : HOME_TREE;
  }
  noteLengths(spec, facts);
  return { spec, layout, facts };
}

/** The file for bytes of files that are not wanted: torrents in one folder must not share it. */
export function partsNameOf({ digests }: PieceHashes): string {
  return `.unchoke-${createHash('sha256').update(digests).digest('hex').slice(0, 32)}.parts`;
}

/** Remembers which files have their full length; says which had it and have it no more. */
export function noteLengths(spec: TreeSpec, facts: readonly (FileFacts | undefined)[]): readonly number[] {
  const short: number[] = [];
  for (const [file, { length, isPad }] of spec.files.entries()) {
    const isMade = isPad !== true && (facts[file]?.size ?? -1) >= length;
    if (!isMade && spec.made[file] === 1) short.push(file);
    spec.made[file] = isMade ? 1 : 0;
  }
  return short;
}

/** The pieces whose bytes could all be there, going by the lengths of files; hashing others would be a waste. */
export function piecesThatMayExist(
  { spec, layout, facts }: TorrentTree,
  isAsked: (piece: number) => boolean,
): number[] {
  const pieces: number[] = [];
  for (let piece = 0; piece < spec.shape.pieceCount; piece++) {
    if (isAsked(piece) && mayExist(piece)) pieces.push(piece);
  }
  return pieces;

  function mayExist(piece: number): boolean {
    const { pieceLength } = spec.shape;
    for (const { file, fileOffset, length } of layout.spans(piece * pieceLength, pieceLength)) {
      const isInParts = spec.homes[file] === HOME_PARTS;
      const found = facts[isInParts ? spec.files.length : file];
      if (found === undefined || (!isInParts && found.size < fileOffset + length)) return false;
    }
    return true;
  }
}

/** Only what threads need, so that whatever else the caller's files carry is not copied to each of them. */
function plain({ path, offset, length, isPad }: StorageFile): StorageFile {
  return { path: [...path], offset, length, ...(isPad === true ? { isPad } : {}) };
}

function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
