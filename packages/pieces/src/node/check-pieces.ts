import type { Disk } from './disk.js';
import { asError, type StorageError } from './errors.js';
import { CHECK_BATCH_BYTES } from './limits.js';
import type { TreeSpec } from './tree.js';

/** How far a check is. */
export interface CheckProgress {
  /** Pieces hashed so far, and how many of them were good. */
  readonly checked: number;
  readonly good: number;
  /** Pieces to hash in all. */
  readonly total: number;
}

/** What to hash, and whom to tell. */
export interface CheckPlan {
  readonly disk: Disk;
  readonly tree: TreeSpec;
  /** Ascending. */
  readonly pieces: readonly number[];
  readonly signal?: AbortSignal | undefined;
  readonly onPiece: (piece: number, isGood: boolean) => void;
  readonly onProgress?: ((progress: CheckProgress) => void) | undefined;
}

/**
 * Hashes pieces that are on disk, on all threads at once. Settles when all are done, or soon after the signal; what was
 * checked until then was told. The first failure that was more than absence comes back.
 */
export async function checkPieces(plan: CheckPlan): Promise<StorageError | undefined> {
  const batches = batchesOf(plan.pieces, Math.max(1, Math.floor(CHECK_BATCH_BYTES / plan.tree.shape.pieceLength)));
  const total = plan.pieces.length;
  let checked = 0;
  let good = 0;
  let problem: StorageError | undefined;
  const work = async () => {
    for (const { start, end } of batches) {
      if (plan.signal?.aborted === true) return;
      const job = { type: 'check', torrent: plan.tree.torrent, start, end } as const;
      const result = await plan.disk.run<'check'>(job, plan.tree);
      if (result.failure !== undefined) problem ??= asError(result.failure);
      for (const [index, flag] of result.good.entries()) {
        checked++;
        good += flag;
        plan.onPiece(start + index, flag === 1);
      }
      plan.onProgress?.({ checked, good, total });
    }
  };
  // Two batches a thread, so that none waits for a message.
  const width = 2 * Math.max(1, plan.disk.checkThreadCountMax);
  await Promise.all(Array.from({ length: width }, work));
  await plan.disk.endCheck();
  return problem;
}

/** Runs of neighbouring pieces. A generator that several loops share: each batch is taken once. */
function* batchesOf(pieces: readonly number[], countMax: number): Generator<{ start: number; end: number }, void> {
  for (let at = 0; at < pieces.length; ) {
    const start = pieces[at]!;
    let end = start;
    while (at < pieces.length && pieces[at] === end && end - start < countMax) {
      end++;
      at++;
    }
    yield { start, end };
  }
}
