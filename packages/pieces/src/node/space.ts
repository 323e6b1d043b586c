import type { ReadonlyBitfield } from '../bitfield.js';
import type { Disk } from './disk.js';
import { StorageError } from './errors.js';
import type { TorrentTree } from './torrent-tree.js';
import { HOME_PARTS } from './tree.js';

/**
 * Why the torrent cannot be finished here, found before the first byte is written; undefined when there is room. What is
 * missing is counted in two ways, by pieces and by what files take up, and the smaller one believed: a file system that
 * compresses shows too little taken, a file full of zeros holds no piece yet.
 */
export async function spaceProblem(
  disk: Disk,
  { spec, layout, facts }: TorrentTree,
  verified: ReadonlyBitfield,
): Promise<StorageError | undefined> {
  let length = 0;
  let unallocated = 0;
  for (const [file, entry] of spec.files.entries()) {
    if (entry.isPad === true || spec.homes[file] === HOME_PARTS) continue;
    length += entry.length;
    unallocated += Math.max(0, entry.length - (facts[file]?.allocated ?? 0));
  }
  let held = 0;
  for (const piece of verified) held += layout.lengthOf(piece);
  const needed = Math.min(length - held, unallocated);
  if (needed <= 0) return undefined;
  const free = await disk.run<'free-bytes'>({ type: 'free-bytes', path: spec.root });
  if (free >= needed) return undefined;
  const message = `${spec.root} has ${free} bytes free and the torrent needs ${needed}: free some space, want fewer files, or pass ignoreSpace`;
  return new StorageError('disk-full', message, { path: spec.root });
}
