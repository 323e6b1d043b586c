export { Bitfield, type ReadonlyBitfield } from './bitfield.js';
export { Blame } from './blame.js';
export { PiecesError, type PiecesErrorCode } from './errors.js';
export { type Block, Geometry, type PieceIndex, type Shape } from './geometry.js';
export {
  ALLOWED_FAST_MAX,
  BLAME_DIGESTS_MAX,
  BLOCK_BYTES,
  DEADLINE_PIECES_MAX,
  ENDGAME_COPIES_MAX,
  ENDGAME_REQUESTS_MAX,
  ENDGAME_TIME_SHARE,
  LATE_BLOCKS_MAX,
  NAMED_PIECES_MAX,
  PARTIAL_PIECES_MAX,
  PIECE_BYTES_MAX,
  PIECE_COUNT_MAX,
  RANDOM_FIRST_PIECES,
} from './limits.js';
export type { PartialPiece } from './partial-piece.js';
export type { Arrival, ArrivalOutcome, Cancel, Rejection } from './picker/arrival.js';
export type { PickOptions } from './picker/assigner.js';
export type { Explanation, ExplanationReason, Obstacle, ObstacleType } from './picker/diagnosis.js';
export type { PeerKey } from './picker/peer-record.js';
export { type PieceStatus, PRIORITY_MAX, PRIORITY_NORMAL } from './picker/piece-table.js';
export type { RandomBelow } from './picker/random-below.js';
export type { PickerOptions, Strategy } from './picker/rules.js';
export { Picker, type PieceCounts } from './picker.js';
export { type FilePriority, piecePriorities } from './piece-priorities.js';
export { Rate } from './rate.js';
