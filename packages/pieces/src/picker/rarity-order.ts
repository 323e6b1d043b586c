import type { PieceIndex } from '../geometry.js';
import type { Meter } from './meter.js';

/**
 * Pieces in buckets by how many peers hold them. A piece enters, leaves and changes its bucket in O(1): the last one
 * of the bucket takes its slot. Which buckets are not empty is kept as bits, so that a gap of a thousand empty ones
 * costs 32 steps.
 */
export class RarityOrder {
  private readonly meter: Meter;
  private readonly slots: Int32Array;
  private readonly buckets: PieceIndex[][] = [];
  private occupied: Uint32Array = new Uint32Array(8);
  private held = 0;

  /** `slots` has a place for every piece of the torrent; orders of disjoint sets of pieces can share one. */
  constructor(slots: Int32Array, meter: Meter) {
    this.slots = slots;
    this.meter = meter;
  }

  get size(): number {
    return this.held;
  }

  /** How many pieces have that many holders. */
  countAt(holders: number): number {
    return this.buckets[holders]?.length ?? 0;
  }

  insert(piece: PieceIndex, holders: number): void {
    const bucket = this.bucketOf(holders);
    this.slots[piece] = bucket.length;
    bucket.push(piece);
    if (bucket.length === 1) this.occupied[holders >>> 5]! |= 1 << (holders & 31);
    this.held++;
  }

  remove(piece: PieceIndex, holders: number): void {
    const bucket = this.buckets[holders]!;
    const last = bucket.pop()!;
    if (last !== piece) {
      const slot = this.slots[piece]!;
      bucket[slot] = last;
      this.slots[last] = slot;
    }
    if (bucket.length === 0) this.occupied[holders >>> 5]! &= ~(1 << (holders & 31));
    this.held--;
  }

  /** The smallest number of holders, at least `least`, that some piece has; -1 when there is none. */
  nextHolders(least: number): number {
    let word = least >>> 5;
    let bits = word < this.occupied.length ? this.occupied[word]! & (-1 << (least & 31)) : 0;
    while (bits === 0) {
      this.meter.steps++;
      if (++word >= this.occupied.length) return -1;
      bits = this.occupied[word]!;
    }
    return word * 32 + 31 - Math.clz32(bits & -bits);
  }

  /** The pieces with that many holders, in no order; valid until the next change. */
  at(holders: number): readonly PieceIndex[] {
    return this.buckets[holders]!;
  }

  private bucketOf(holders: number): PieceIndex[] {
    while (this.buckets.length <= holders) this.buckets.push([]);
    if (holders >>> 5 >= this.occupied.length) {
      const grown = new Uint32Array(this.occupied.length * 2);
      grown.set(this.occupied);
      this.occupied = grown;
    }
    return this.buckets[holders]!;
  }
}
