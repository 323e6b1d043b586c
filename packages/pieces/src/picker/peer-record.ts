import type { Bitfield } from '../bitfield.js';
import type { Block, PieceIndex } from '../geometry.js';
import { LATE_BLOCKS_MAX } from '../limits.js';
import type { Meter } from './meter.js';
import type { QueueView } from './piece-queue.js';

/** The caller's number for a connection: a whole number from 0, never used again for another one. */
export type PeerKey = number;

/** Pieces one peer could begin, the best one last; made by the chooser when looking at the rarest ones did not help. */
export interface Shortlist {
  readonly pieces: PieceIndex[];
  /** Nothing the peer could begin is missing from the list. */
  complete: boolean;
  /** Pieces that could be begun again up to this stamp are on the list. */
  readonly returned: QueueView;
  /** The list was made under these priorities. */
  readonly epoch: number;
}

/** Everything the picker knows of one peer. */
export class PeerRecord {
  readonly key: PeerKey;
  /** What the peer holds; undefined for one that holds everything, which costs nothing to join or leave. */
  pieces: Bitfield | undefined;
  isChoking = true;
  /** Pieces the peer lets us request while it chokes (BEP 6). */
  readonly allowedFast: Set<PieceIndex> = new Set();
  /** What is requested from the peer, oldest first, by block id. */
  readonly requests: Map<number, Block> = new Map();
  /** Pieces in progress this peer is to finish alone. */
  readonly leads: Set<PieceIndex> = new Set();
  /** Pieces not to be asked for: the peer rejected a request, or let one time out. */
  readonly declined: Map<PieceIndex, 'rejected' | 'timed-out'> = new Map();
  readonly open: QueueView = { seen: 0, news: [] };
  readonly orphans: QueueView = { seen: 0, news: [] };
  shortlist: Shortlist | undefined;
  /** Of each priority: no piece below this index can be begun with the peer, in sequential order. */
  readonly sequentialFrom: number[] = [];
  sequentialEpoch = 0;
  /** No wanted piece of the peer has an index below this one. */
  wantedFrom = 0;
  wantedEpoch = 0;
  private readonly late: Set<number> = new Set();

  constructor(key: PeerKey, pieces: Bitfield | undefined) {
    this.key = key;
    this.pieces = pieces;
  }

  holds(piece: PieceIndex): boolean {
    return this.pieces === undefined || this.pieces.has(piece);
  }

  /** Holds the piece and has not declined it. Whether it chokes is another matter. */
  offers(piece: PieceIndex): boolean {
    return this.holds(piece) && (this.declined.size === 0 || !this.declined.has(piece));
  }

  /** When the requested block is its turn, answered in order: the next one is 1. */
  positionOf(id: number, meter: Meter): number {
    let position = 1;
    for (const other of this.requests.keys()) {
      if (other === id) break;
      position++;
    }
    meter.steps += position;
    return position;
  }

  /** Forgets what was of no use, because something about the peer itself changed. */
  lookAgain(): void {
    for (const view of [this.open, this.orphans]) {
      view.seen = 0;
      view.news.length = 0;
    }
    this.shortlist = undefined;
    this.sequentialFrom.length = 0;
  }

  /** Remembers that a block given up may still arrive. The oldest memory makes room. */
  expectLate(id: number): void {
    if (this.late.size >= LATE_BLOCKS_MAX) this.late.delete(this.late.values().next().value as number);
    this.late.add(id);
  }

  /** Was the block asked for, now or earlier? Each request is answered once. */
  expected(id: number): boolean {
    return this.requests.delete(id) || this.late.delete(id);
  }
}
