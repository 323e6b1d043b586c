import type { Disk } from './disk.js';
import type { TreeSpec } from './tree.js';

/** What a storage holds beside its memory. */
export interface Holdings {
  readonly disk: Disk;
  readonly spec: TreeSpec | undefined;
  readonly ownsDisk: boolean;
  readonly unlock: () => void;
}

/** Lets go of files, threads and lock: every step is taken, whatever the one before it threw. */
export async function letGo({ disk, spec, ownsDisk, unlock }: Holdings): Promise<void> {
  try {
    if (spec !== undefined) await disk.runEverywhere<'forget'>({ type: 'forget', torrent: spec.torrent }, spec);
  } finally {
    try {
      if (ownsDisk) await disk.close();
    } finally {
      unlock();
    }
  }
}
