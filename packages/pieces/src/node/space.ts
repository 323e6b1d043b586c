import type { ReadonlyBitfield } from '../bitfield.js';
import type { PieceIndex } from '../geometry.js';
import type { Disk } from './disk.js';
import { StorageError } from './errors.js';
import type { TorrentTree } from './torrent-tree.js';
import { HOME_PARTS } from './tree.js';

/**
 * Why the torrent cannot be finished here, found before the first byte is written; undefined when there is room. Space
 * that existing files take beyond their verified bytes counts as theirs to fill.
 */
export async function spaceProblem(
  disk: Disk,
  { spec, layout, facts }: TorrentTree,
  verified: ReadonlyBitfield,
): Promise<StorageError | undefined> {
  let missing = 0;
  let held = 0;
  for (let piece = 0; piece < spec.shape.pieceCount; piece++) {
    const isVerified = verified.has(piece as PieceIndex);
    for (const { file, length } of layout.spans(piece * spec.shape.pieceLength, spec.shape.pieceLength)) {
      if (spec.homes[file] === HOME_PARTS) continue;
      if (isVerified) held += length;
      else missing += length;
    }
  }
  const allocated = facts.reduce((sum, found) => sum + (found?.allocated ?? 0), 0);
  const needed = missing - Math.max(0, allocated - held);
  if (needed <= 0) return undefined;
  const free = await disk.run<'free-bytes'>({ type: 'free-bytes', path: spec.root });
  if (free >= needed) return undefined;
  const message = `${spec.root} has ${free} bytes free and the torrent needs ${needed}: free some space, want fewer files, or pass ignoreSpace`;
  return new StorageError('disk-full', message, { path: spec.root });
}
