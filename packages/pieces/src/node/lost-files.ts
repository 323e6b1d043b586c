import { join } from 'node:path';
import type { PieceIndex } from '../geometry.js';
import { checkPieces } from './check-pieces.js';
import type { Disk } from './disk.js';
import { StorageError } from './errors.js';
import { piecesOfFiles } from './resume.js';
import { noteLengths, type TorrentTree } from './torrent-tree.js';

/** Pieces that were verified and are no longer on disk. */
export interface Loss {
  readonly pieces: readonly PieceIndex[];
  readonly error: StorageError;
}

/**
 * Looks at all files again and hashes what was verified in those that are gone or shorter than they were. A file that
 * was removed lives on behind an open descriptor: close the files first.
 */
export async function findLost(
  disk: Disk,
  tree: Pick<TorrentTree, 'spec' | 'layout'>,
  isVerified: (piece: PieceIndex) => boolean,
): Promise<Loss | undefined> {
  const { spec } = tree;
  const partsFile = spec.files.length;
  const facts = await disk.run<'survey'>({ type: 'survey', torrent: spec.torrent }, spec);
  const gone = facts[partsFile] === undefined ? [partsFile] : [];
  const short = [...noteLengths(spec, facts), ...gone];
  const touched = [...piecesOfFiles(short, tree)].map((piece) => piece as PieceIndex);
  const pieces: PieceIndex[] = [];
  const onPiece = (piece: number, isGood: boolean) => void (isGood || pieces.push(piece as PieceIndex));
  await checkPieces({ disk, tree: spec, pieces: touched.filter(isVerified).sort((a, b) => a - b), onPiece });
  if (pieces.length === 0) return undefined;
  const path = join(spec.root, ...(spec.files[short[0]!]?.path ?? [spec.partsName]));
  const message = `${path} is gone or shorter than it was: what was in it is fetched again`;
  return { pieces: pieces.sort((a, b) => a - b), error: new StorageError('file-changed', message, { path }) };
}
