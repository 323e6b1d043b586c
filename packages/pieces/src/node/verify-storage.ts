import { Bitfield } from '../bitfield.js';
import type { PieceIndex } from '../geometry.js';
import { type CheckProgress, checkPieces } from './check-pieces.js';
import { Disk, type DiskOptions } from './disk.js';
import type { StorageError } from './errors.js';
import { enterTorrent, piecesThatMayExist, type TorrentPlace } from './torrent-tree.js';

/** What `verifyStorage` is given. */
export interface VerifyOptions extends TorrentPlace {
  /** Default: a thread a core. */
  readonly disk?: Disk | DiskOptions;
  /** What an earlier call that was aborted came to: it goes on from there. */
  readonly from?: VerifyResult;
  readonly onProgress?: (progress: CheckProgress) => void;
  /** Ends the check early; what was checked until then comes back. */
  readonly signal?: AbortSignal;
}

/** What is on disk. */
export interface VerifyResult {
  readonly verified: Bitfield;
  /** Pieces that were hashed, or cannot exist because files are too short. */
  readonly checked: Bitfield;
  /** False: the signal ended it early. */
  readonly isComplete: boolean;
  /** The first failure that was more than a missing file; its piece counts as missing. */
  readonly problem: StorageError | undefined;
}

/**
 * Hashes everything that is on disk, on all cores, without believing any state file and without changing anything.
 *
 * @example
 * ```ts
 * import { createHash } from 'node:crypto';
 * import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { Geometry } from '@unchoke/pieces';
 * import { verifyStorage } from '@unchoke/pieces/node';
 *
 * const root = mkdtempSync(join(tmpdir(), 'unchoke-'));
 * writeFileSync(join(root, 'hello'), 'hello');
 * const geometry = new Geometry({ totalLength: 5, pieceLength: 16_384 });
 * const files = [{ path: ['hello'], offset: 0, length: 5 }];
 * const digests = createHash('sha1').update('hello').digest();
 * const result = await verifyStorage({ root, files, geometry, hashes: { algorithm: 'sha1', digests } });
 * result.verified.isFull; // true
 * rmSync(root, { recursive: true });
 * ```
 */
export async function verifyStorage(options: VerifyOptions): Promise<VerifyResult> {
  const ownsDisk = !(options.disk instanceof Disk);
  const disk = options.disk instanceof Disk ? options.disk : new Disk(options.disk);
  try {
    return await verifyOn(disk, options);
  } finally {
    if (ownsDisk) await disk.close();
  }
}

async function verifyOn(disk: Disk, options: VerifyOptions): Promise<VerifyResult> {
  const { from, signal, onProgress } = options;
  const tree = await enterTorrent(disk, options, 'sparse', false);
  const { pieceCount } = options.geometry;
  const verified = from?.verified.clone() ?? Bitfield.empty(pieceCount);
  const checked = from?.checked.clone() ?? Bitfield.empty(pieceCount);
  const pieces = piecesThatMayExist(tree, (piece) => !checked.has(piece as PieceIndex));
  const onPiece = (piece: number, isGood: boolean) => {
    checked.add(piece as PieceIndex);
    if (isGood) verified.add(piece as PieceIndex);
  };
  const problem = await checkPieces({ disk, tree: tree.spec, pieces, signal, onPiece, onProgress });
  const isComplete = pieces.every((piece) => checked.has(piece as PieceIndex));
  await disk.runEverywhere<'forget'>({ type: 'forget', torrent: tree.spec.torrent }, tree.spec);
  return { verified, checked: isComplete ? Bitfield.full(pieceCount) : checked, isComplete, problem };
}
