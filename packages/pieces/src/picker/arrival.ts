import type { Block, PieceIndex } from '../geometry.js';
import type { PeerKey } from './peer-record.js';

/** A request to take back, with a `cancel` message. */
export interface Cancel {
  readonly peer: PeerKey;
  readonly block: Block;
}

/**
 * What became of a block:
 *
 * - `accepted`: keep its bytes;
 * - `piece-filled`: keep them, and the piece is complete now: verify it;
 * - `duplicate`: it was asked for, and is of no use any more; drop the bytes, nobody is to blame;
 * - `unrequested`: it was never asked for; drop the bytes, and with the fast extension the peer (BEP 6).
 */
export type ArrivalOutcome = 'accepted' | 'piece-filled' | 'duplicate' | 'unrequested';

/** The answer to a block that arrived. */
export interface Arrival {
  readonly outcome: ArrivalOutcome;
  /** The other requests of this block, now taken back. */
  readonly cancels: readonly Cancel[];
}

/** Who is concerned by a piece whose hash was wrong. */
export interface Rejection {
  readonly piece: PieceIndex;
  /** Who brought each block, in order; undefined for blocks of an earlier run. */
  readonly suppliers: readonly (PeerKey | undefined)[];
  /** The same peers, once each. */
  readonly contributors: readonly PeerKey[];
}
