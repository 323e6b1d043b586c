import { readU16, readU32 } from './byte-order.js';

const FULL_TO_EMPTY = 4;

/**
 * Distinct compact peers, in the order of their arrival, packed as they are sent. A `Set` of texts or of `bigint`s does the
 * same at thirty times the cost, and a tracker may send hundreds of thousands of duplicates.
 */
export class CompactSet {
  readonly #stride: number;
  readonly #peers: Uint8Array;
  /** Open addressing: each slot holds the number of a peer, counted from 1; 0 is free. */
  readonly #slots: Uint16Array;
  #count = 0;

  /** Holds at most `countMax` (below 65,536 / 4) peers of `stride` bytes. */
  constructor(stride: number, countMax: number) {
    this.#stride = stride;
    this.#peers = new Uint8Array(countMax * stride);
    this.#slots = new Uint16Array(powerOfTwo(countMax * FULL_TO_EMPTY));
  }

  get count(): number {
    return this.#count;
  }

  /** A copy of what was added, and no more memory than that. */
  toBytes(): Uint8Array {
    return this.#peers.slice(0, this.#count * this.#stride);
  }

  has(bytes: Uint8Array, offset: number): boolean {
    return this.#count > 0 && this.#slots[this.#slotOf(bytes, offset)] !== 0;
  }

  /** Adds the peer that stands at `offset`; `false` when it is there already. The caller watches `count`. */
  add(bytes: Uint8Array, offset: number): boolean {
    const slot = this.#slotOf(bytes, offset);
    if (this.#slots[slot] !== 0) return false;
    const start = this.#count * this.#stride;
    for (let index = 0; index < this.#stride; index++) this.#peers[start + index] = bytes[offset + index]!;
    this.#count += 1;
    this.#slots[slot] = this.#count;
    return true;
  }

  /** The slot of this peer, or the free one where it belongs. */
  #slotOf(bytes: Uint8Array, offset: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(bytes, offset) & mask;
    while (this.#slots[slot] !== 0 && !this.#holds((this.#slots[slot]! - 1) * this.#stride, bytes, offset)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #holds(start: number, bytes: Uint8Array, offset: number): boolean {
    for (let index = 0; index < this.#stride; index++) {
      if (this.#peers[start + index] !== bytes[offset + index]) return false;
    }
    return true;
  }

  #hash(bytes: Uint8Array, offset: number): number {
    let hash = readU16(bytes, offset + this.#stride - 2);
    for (let index = 0; index < this.#stride - 2; index += 4) {
      hash = Math.imul(hash ^ readU32(bytes, offset + index), 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(least, 2)));
}
