export { Bitfield, type ReadonlyBitfield } from './bitfield.js';
export { PiecesError, type PiecesErrorCode } from './errors.js';
export { type Block, Geometry, type PieceIndex, type Shape } from './geometry.js';
export { BLOCK_BYTES, PIECE_BYTES_MAX, PIECE_COUNT_MAX } from './limits.js';
export type { PartialPiece } from './partial-piece.js';
