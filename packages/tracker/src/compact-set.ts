import { readI32, readU16 } from './byte-order.js';

/** Slots for each peer there may be: three of four stay free, so that searches end at once. */
const SLOTS_PER_PEER = 4;

// Most lists are of one family; the set for the other costs nothing.
const NO_BYTES = new Uint8Array(0);
const NO_SLOTS = new Uint16Array(1);

/**
 * Distinct compact peers, in the order of their arrival, packed as they are sent. A `Set` of texts or of `bigint`s does the
 * same at many times the cost, and a tracker may send hundreds of thousands of duplicates.
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
    this.#peers = countMax === 0 ? NO_BYTES : new Uint8Array(countMax * stride);
    this.#slots = countMax === 0 ? NO_SLOTS : new Uint16Array(2 << (31 - Math.clz32(countMax * SLOTS_PER_PEER)));
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

  /** Adds the peer that stands at `offset`, unless it is there already. The caller watches `count`. */
  add(bytes: Uint8Array, offset: number): void {
    const slot = this.#slotOf(bytes, offset);
    if (this.#slots[slot] !== 0) return;
    copyPeer(bytes, offset, this.#peers, this.#count * this.#stride, this.#stride);
    this.#count += 1;
    this.#slots[slot] = this.#count;
  }

  /** The slot of this peer, or the free one where it belongs. */
  #slotOf(bytes: Uint8Array, offset: number): number {
    const slots = this.#slots;
    const stride = this.#stride;
    const mask = slots.length - 1;
    let slot = hashOf(bytes, offset, stride) & mask;
    for (let number = slots[slot]!; number !== 0; number = slots[slot]!) {
      if (areEqual(this.#peers, (number - 1) * stride, bytes, offset, stride)) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}

function areEqual(left: Uint8Array, leftStart: number, right: Uint8Array, rightStart: number, length: number): boolean {
  for (let index = 0; index < length; index++) {
    if (left[leftStart + index] !== right[rightStart + index]) return false;
  }
  return true;
}

/** Written out two bytes at a time: a loop over single bytes took half of the time of the whole filter. */
function copyPeer(from: Uint8Array, fromStart: number, to: Uint8Array, toStart: number, stride: number): void {
  for (let index = 0; index < stride; index += 6) {
    to[toStart + index] = from[fromStart + index]!;
    to[toStart + index + 1] = from[fromStart + index + 1]!;
    to[toStart + index + 2] = from[fromStart + index + 2]!;
    to[toStart + index + 3] = from[fromStart + index + 3]!;
    to[toStart + index + 4] = from[fromStart + index + 4]!;
    to[toStart + index + 5] = from[fromStart + index + 5]!;
  }
}

function hashOf(bytes: Uint8Array, offset: number, stride: number): number {
  let hash = 0;
  // Both strides are multiples of 6, the size of an IPv4 peer.
  for (let at = offset; at < offset + stride; at += 6) {
    hash = Math.imul(hash ^ readI32(bytes, at) ^ Math.imul(readU16(bytes, at + 4), 0x85eb_ca6b), 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  return hash;
}
