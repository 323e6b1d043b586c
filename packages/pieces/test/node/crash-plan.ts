import type { PieceIndex } from '../../src/index.js';
import { sampleOf } from './sample.js';

/** How a writer process is to end. */
export interface KillPlan {
  readonly folder: string;
  /** 0: everything in one thread, which ends at a chosen call. More: it is ended from outside. */
  readonly threads: number;
  /** Calls that still succeed. */
  readonly afterCalls: number;
  /** Calls that count; none means all. */
  readonly only: readonly string[];
  readonly moment: 'before' | 'within' | 'after';
  /** The order in which pieces come. */
  readonly shuffle: number;
}

/** Files that share pieces, an empty one, and one that is wanted only later. */
export const crashSample = sampleOf(
  [30_000, 10, 0, 90_000, 40_001, 3, 80_000, { length: 9, path: ['x', 'y', 'z'] }],
  16_384,
  77,
);
export const UNWANTED = 3;

/** The pieces with bytes of a wanted file. */
export function piecesToFetch(wantsAll: boolean): PieceIndex[] {
  const { files, geometry } = crashSample;
  const pieces = new Set<PieceIndex>();
  for (const [index, { offset, length }] of files.entries()) {
    if (index === UNWANTED && !wantsAll) continue;
    const { start, end } = geometry.piecesIn(offset, length);
    for (let piece = start; piece < end; piece++) pieces.add(geometry.pieceAt(piece)!);
  }
  return [...pieces];
}
