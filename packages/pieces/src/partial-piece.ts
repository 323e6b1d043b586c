import type { PieceIndex } from './geometry.js';

/** Which blocks of an unfinished piece are held, so that a restart need not fetch them again. */
export interface PartialPiece {
  readonly piece: PieceIndex;
  /** One bit a block, the first block in the highest bit, spare bits zero: the layout of a BEP 3 bitfield. */
  readonly blocks: Uint8Array;
}
