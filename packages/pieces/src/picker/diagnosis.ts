import { Bitfield } from '../bitfield.js';
import type { PieceIndex } from '../geometry.js';
import { NAMED_PIECES_MAX } from '../limits.js';
import type { Assigner } from './assigner.js';
import type { PeerRecord } from './peer-record.js';
import type { PieceTable } from './piece-table.js';
import type { Work } from './work.js';

/**
 * Why a peer is asked for nothing more, or that it can be asked:
 *
 * - `can-be-asked`: the next pick has a block for it;
 * - `nothing-wanted`: we want no piece of anybody;
 * - `lacks-wanted`: there are pieces we want, and the peer has none of them;
 * - `choking`: it has pieces we want, and does not let us request them;
 * - `all-requested`: every block we want of it is requested, from it or from others;
 * - `being-verified`: everything we want of it is being verified;
 * - `declined`: it rejected our requests for what is left, or let them time out.
 */
export type ExplanationReason =
  | 'can-be-asked'
  | 'nothing-wanted'
  | 'lacks-wanted'
  | 'choking'
  | 'all-requested'
  | 'being-verified'
  | 'declined';

/** Why a peer is, or is not, asked for blocks. */
export interface Explanation {
  readonly reason: ExplanationReason;
  /** The pieces the reason is about, lowest first; at most `NAMED_PIECES_MAX`. */
  readonly pieces: readonly PieceIndex[];
  readonly pieceCount: number;
}

/**
 * What a wanted piece waits for:
 *
 * - `held-by-nobody`: no joined peer has it;
 * - `held-by-choking`: only peers that choke us have it;
 * - `declined`: those who have it rejected our requests or let them time out;
 * - `being-verified`, `being-fetched`: it is on its way;
 * - `can-be-asked`: some peer would give it; ask for more blocks.
 */
export type ObstacleType =
  | 'held-by-nobody'
  | 'held-by-choking'
  | 'declined'
  | 'can-be-asked'
  | 'being-fetched'
  | 'being-verified';

/** Wanted pieces that wait for the same thing. */
export interface Obstacle {
  readonly type: ObstacleType;
  /** Lowest first; at most `NAMED_PIECES_MAX`. */
  readonly pieces: readonly PieceIndex[];
  readonly pieceCount: number;
}

/** Looks at every piece: for people and logs, not for every event. */
export function explain(peer: PeerRecord, table: PieceTable, work: Work, assigner: Assigner): Explanation {
  const tallies = new Tallies<ExplanationReason>();
  for (const piece of table.wanted) tallies.add(reasonFor(peer, piece), piece);
  for (const reason of ['can-be-asked', 'all-requested', 'declined', 'being-verified', 'choking'] as const) {
    const tally = tallies.get(reason);
    if (tally !== undefined) return { reason, ...tally };
  }
  return { reason: table.wanted.isEmpty ? 'nothing-wanted' : 'lacks-wanted', ...(tallies.get('lacks-wanted') ?? NONE) };

  function reasonFor({ isChoking, allowedFast, declined }: PeerRecord, piece: PieceIndex): ExplanationReason {
    if (!peer.holds(piece)) return 'lacks-wanted';
    if (table.statusOf(piece) === 'verifying') return 'being-verified';
    if (isChoking && !allowedFast.has(piece)) return 'choking';
    const why = declined.get(piece);
    // What timed out is asked for again when nothing else is left.
    if (why === 'rejected' || (why === 'timed-out' && isChoking)) return 'declined';
    if (table.isStartable(piece) || (work.open.has(piece) && work.isFor(peer, piece))) return 'can-be-asked';
    return !isChoking && assigner.mayDouble(peer, piece) ? 'can-be-asked' : 'all-requested';
  }
}

/** Looks at every peer and every piece: for people and logs, not for every event. */
export function obstacles(peers: Iterable<PeerRecord>, table: PieceTable, work: Work): readonly Obstacle[] {
  const { held, reachable, offered } = whoHolds(peers, table.pieceCount);
  const tallies = new Tallies<ObstacleType>();
  for (const piece of table.wanted) tallies.add(obstacleOf(piece), piece);
  return OBSTACLE_TYPES.flatMap((type) => {
    const tally = tallies.get(type);
    return tally === undefined ? [] : [{ type, ...tally }];
  });

  function obstacleOf(piece: PieceIndex): ObstacleType {
    if (table.statusOf(piece) === 'verifying') return 'being-verified';
    if (work.busy.has(piece)) return 'being-fetched';
    if (offered.has(piece)) return 'can-be-asked';
    if (reachable.has(piece)) return 'declined';
    return held.has(piece) ? 'held-by-choking' : 'held-by-nobody';
  }
}

/** The pieces somebody holds; those somebody could be asked for; and those of them nobody declined. */
function whoHolds(
  peers: Iterable<PeerRecord>,
  pieceCount: number,
): { readonly held: Bitfield; readonly reachable: Bitfield; readonly offered: Bitfield } {
  const [held, reachable, offered] = [
    Bitfield.empty(pieceCount),
    Bitfield.empty(pieceCount),
    Bitfield.empty(pieceCount),
  ];
  for (const peer of peers) {
    const pieces = peer.pieces ?? Bitfield.full(pieceCount);
    held.addAll(pieces);
    const given = peer.isChoking
      ? Bitfield.of(
          pieceCount,
          [...peer.allowedFast].filter((piece) => peer.holds(piece)),
        )
      : pieces;
    reachable.addAll(given);
    const rejected = [...peer.declined].filter(([, why]) => why === 'rejected').map(([piece]) => piece);
    offered.addAll(rejected.length === 0 ? given : given.andNot(Bitfield.of(pieceCount, rejected)));
  }
  return { held, reachable, offered };
}

interface Tally {
  readonly pieces: readonly PieceIndex[];
  readonly pieceCount: number;
}

const NONE: Tally = { pieces: [], pieceCount: 0 };

const OBSTACLE_TYPES: readonly ObstacleType[] = [
  'held-by-nobody',
  'held-by-choking',
  'declined',
  'can-be-asked',
  'being-fetched',
  'being-verified',
];

/** Pieces by what they have in common: all are counted, the first few are named. */
class Tallies<Kind> {
  private readonly tallies: Map<Kind, { pieces: PieceIndex[]; pieceCount: number }> = new Map();

  add(kind: Kind, piece: PieceIndex): void {
    const tally = this.tallies.get(kind) ?? { pieces: [], pieceCount: 0 };
    this.tallies.set(kind, tally);
    tally.pieceCount++;
    if (tally.pieces.length < NAMED_PIECES_MAX) tally.pieces.push(piece);
  }

  get(kind: Kind): Tally | undefined {
    return this.tallies.get(kind);
  }
}
