import { PiecesError } from './errors.js';
import type { Geometry } from './geometry.js';
import { PRIORITY_MAX } from './picker/piece-table.js';

/** A file's place in the torrent, and how much it is wanted: 0 (not at all) to `PRIORITY_MAX`. */
export interface FilePriority {
  readonly offset: number;
  readonly length: number;
  readonly priority: number;
}

/**
 * The priority of every piece: the highest of the files it holds bytes of. A piece of no file at all (padding only)
 * is unwanted, and so is one of unwanted files only.
 *
 * @example
 * ```ts
 * import { Geometry, piecePriorities } from '@unchoke/pieces';
 *
 * const geometry = new Geometry({ totalLength: 30, pieceLength: 10 });
 * const priorities = piecePriorities(geometry, [
 *   { offset: 0, length: 15, priority: 0 },
 *   { offset: 15, length: 15, priority: 6 },
 * ]);
 * console.assert(priorities.join() === '0,6,6');
 * ```
 */
export function piecePriorities(geometry: Geometry, files: Iterable<FilePriority>): Uint8Array {
  const priorities = new Uint8Array(geometry.pieceCount);
  for (const { offset, length, priority } of files) {
    if (!Number.isInteger(priority) || priority < 0 || priority > PRIORITY_MAX) {
      throw new PiecesError('bad-option', `priority ${priority}: expected a whole number from 0 to ${PRIORITY_MAX}`);
    }
    const { start, end } = geometry.piecesIn(offset, length);
    for (let piece = start; piece < end; piece++) priorities[piece] = Math.max(priorities[piece]!, priority);
  }
  return priorities;
}
