import { Bitfield, type ReadonlyBitfield } from '../bitfield.js';
import type { PieceIndex } from '../geometry.js';
import type { Meter } from './meter.js';
import { PieceQueue } from './piece-queue.js';
import { RarityOrder } from './rarity-order.js';

/** Every piece is in exactly one of these. */
export type PieceStatus = 'missing' | 'partial' | 'verifying' | 'have' | 'unwanted';

const STATUSES: readonly PieceStatus[] = ['missing', 'partial', 'verifying', 'have', 'unwanted'];
const CODES: Readonly<Record<PieceStatus, number>> = { missing: 0, partial: 1, verifying: 2, have: 3, unwanted: 4 };

/** The highest priority a piece can have; 0 means unwanted. */
export const PRIORITY_MAX = 7;
/** What every piece begins with. */
export const PRIORITY_NORMAL = 4;

/** The pieces of one priority that can be begun, in both forms the chooser needs. */
export interface Level {
  readonly pieces: Bitfield;
  readonly order: RarityOrder;
}

/**
 * What is known of every piece: its state, its priority, and how many peers hold it. Peers that hold everything are
 * one number, so they cost nothing to join or leave; the order of rarity is the same with or without them.
 */
export class PieceTable {
  readonly pieceCount: number;
  readonly have: Bitfield;
  /** Neither had nor unwanted. */
  readonly wanted: Bitfield;
  /** Changes when a piece becomes wanted. */
  wantedEpoch = 0;
  /** How many peers hold everything. */
  seeds = 0;
  /** How many pieces can be begun: those that are missing. */
  startableCount = 0;
  /** Changes when a piece can be begun again, or at another priority. */
  startableEpoch = 0;
  /** Changes with every priority. */
  priorityEpoch = 0;
  /** Pieces that can be begun and once could not. */
  readonly returned: PieceQueue;
  private readonly meter: Meter;
  private readonly codes: Uint8Array;
  private readonly counts: [number, number, number, number, number] = [0, 0, 0, 0, 0];
  private readonly priorities: Uint8Array;
  private readonly holders: Uint32Array;
  private readonly slots: Int32Array;
  private readonly levels: (Level | undefined)[] = [];

  constructor(have: ReadonlyBitfield, meter: Meter) {
    this.pieceCount = have.length;
    this.have = have.clone();
    this.wanted = Bitfield.full(have.length).andNot(have);
    this.meter = meter;
    this.returned = new PieceQueue(meter);
    this.codes = new Uint8Array(have.length).fill(CODES.missing);
    this.priorities = new Uint8Array(have.length).fill(PRIORITY_NORMAL);
    this.holders = new Uint32Array(have.length);
    this.slots = new Int32Array(have.length);
    for (const piece of have) this.codes[piece] = CODES.have;
    this.counts[CODES.have] = have.count;
    this.counts[CODES.missing] = this.wanted.count;
    for (const piece of this.wanted) this.addStartable(piece);
  }

  statusOf(piece: PieceIndex): PieceStatus {
    return STATUSES[this.codes[piece]!]!;
  }

  countOf(status: PieceStatus): number {
    return this.counts[CODES[status]]!;
  }

  priorityOf(piece: PieceIndex): number {
    return this.priorities[piece]!;
  }

  /** How many peers hold the piece. */
  availabilityOf(piece: PieceIndex): number {
    return this.holders[piece]! + this.seeds;
  }

  /** How many peers hold it, not counting those that hold everything. */
  holdersOf(piece: PieceIndex): number {
    return this.holders[piece]!;
  }

  isStartable(piece: PieceIndex): boolean {
    return this.codes[piece] === CODES.missing;
  }

  /** The pieces of that priority that can be begun; undefined when there never were any. */
  level(priority: number): Level | undefined {
    return this.levels[priority];
  }

  /** Pieces that can be begun and that some peer holds. */
  get availableStartableCount(): number {
    if (this.seeds > 0) return this.startableCount;
    let count = this.startableCount;
    for (const level of this.levels) count -= level?.order.countAt(0) ?? 0;
    return count;
  }

  setStatus(piece: PieceIndex, status: PieceStatus): void {
    const from = this.codes[piece]!;
    const to = CODES[status];
    if (from === to) return;
    this.counts[from]!--;
    this.counts[to]!++;
    this.codes[piece] = to;
    if (from === CODES.missing) {
      this.removeStartable(piece);
      this.returned.delete(piece);
    }
    if (to === CODES.missing) {
      this.startableEpoch++;
      this.addStartable(piece);
      this.returned.append(piece);
    }
    if (to === CODES.have) this.have.add(piece);
    else if (from === CODES.have) this.have.delete(piece);
    if (to === CODES.have || to === CODES.unwanted) this.wanted.delete(piece);
    else if (this.wanted.add(piece)) this.wantedEpoch++;
  }

  /** The caller puts the piece into the state that follows from a priority of 0, or no longer 0. */
  setPriority(piece: PieceIndex, priority: number): void {
    const startable = this.isStartable(piece);
    if (startable) this.removeStartable(piece);
    this.priorities[piece] = priority;
    this.priorityEpoch++;
    if (!startable) return;
    this.startableEpoch++;
    this.addStartable(piece);
  }

  /** One more peer, or one fewer, holds the piece; answers how many do, not counting those that hold everything. */
  changeHolders(piece: PieceIndex, by: 1 | -1): number {
    this.meter.steps++;
    const holders = this.holders[piece]!;
    this.holders[piece] = holders + by;
    if (this.isStartable(piece)) {
      const { order } = this.levels[this.priorities[piece]!]!;
      order.remove(piece, holders);
      order.insert(piece, holders + by);
    }
    return holders + by;
  }

  private addStartable(piece: PieceIndex): void {
    const priority = this.priorities[piece]!;
    let level = this.levels[priority];
    if (level === undefined) {
      level = { pieces: Bitfield.empty(this.pieceCount), order: new RarityOrder(this.slots, this.meter) };
      this.levels[priority] = level;
    }
    level.pieces.add(piece);
    level.order.insert(piece, this.holders[piece]!);
    this.startableCount++;
  }

  private removeStartable(piece: PieceIndex): void {
    const level = this.levels[this.priorities[piece]!]!;
    level.pieces.delete(piece);
    level.order.remove(piece, this.holders[piece]!);
    this.startableCount--;
  }
}
