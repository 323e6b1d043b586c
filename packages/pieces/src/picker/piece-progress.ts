import { PiecesError } from '../errors.js';
import type { PieceIndex } from '../geometry.js';
import type { Meter } from './meter.js';
import type { PeerKey } from './peer-record.js';

/** Nobody: peer keys are 0 and up. */
export const NOBODY: PeerKey = -1;

const HELD = 0xff;

/**
 * A piece in progress: for every block whether it is held, and by whom it is being fetched or was brought. Blocks are
 * handed out in order, so that a piece is written and hashed front to back.
 */
export class PieceProgress {
  readonly piece: PieceIndex;
  readonly blockCount: number;
  /** From how many peers a block may be requested at once. */
  readonly copiesMax: number;
  /** The peer that is to fetch the piece alone as long as others have something else to do. */
  lead: PeerKey = NOBODY;
  freeCount: number;
  heldCount = 0;
  /** Blocks requested from as many peers as may be. */
  private saturatedCount = 0;
  /** HELD, or from how many peers the block is requested. */
  private readonly copies: Uint8Array;
  /** Who was asked first, or who brought the block. */
  private readonly first: PeerKey[];
  /** Who else was asked, in endgame. */
  private others: Map<number, PeerKey[]> | undefined;
  /** No block below this one is free. */
  private freeFrom = 0;
  /** Where the next search for a block to double begins. */
  private doubleFrom = 0;

  constructor(piece: PieceIndex, blockCount: number, copiesMax: number) {
    this.piece = piece;
    this.copiesMax = copiesMax;
    this.blockCount = blockCount;
    this.freeCount = blockCount;
    this.copies = new Uint8Array(blockCount);
    this.first = new Array<PeerKey>(blockCount).fill(NOBODY);
  }

  /** Goes on with blocks of an earlier run, one bit each; nobody known brought them. */
  static from(piece: PieceIndex, blockCount: number, copiesMax: number, held: Uint8Array): PieceProgress {
    const spare = 0xff >>> (blockCount % 8);
    const isWhole = held.length === Math.ceil(blockCount / 8);
    if (!isWhole || (blockCount % 8 !== 0 && (held[held.length - 1]! & spare) !== 0)) {
      throw new PiecesError(
        'bad-length',
        `the blocks of piece ${piece}: expected ${blockCount} bits and no spare one set`,
      );
    }
    const progress = new PieceProgress(piece, blockCount, copiesMax);
    for (let index = 0; index < blockCount; index++) {
      if ((held[index >>> 3]! & (0x80 >>> (index & 7))) !== 0) progress.hold(index, NOBODY);
    }
    return progress;
  }

  get requestedCount(): number {
    return this.blockCount - this.freeCount - this.heldCount;
  }

  /** Some block on its way may be asked for once more. */
  get hasRoom(): boolean {
    return this.requestedCount > this.saturatedCount;
  }

  get isFull(): boolean {
    return this.heldCount === this.blockCount;
  }

  isHeld(index: number): boolean {
    return this.copies[index] === HELD;
  }

  isFree(index: number): boolean {
    return this.copies[index] === 0;
  }

  /** From how many peers the block is requested. */
  copiesOf(index: number): number {
    const copies = this.copies[index]!;
    return copies === HELD ? 0 : copies;
  }

  /** Marks the first free block as requested from the peer; there must be one. */
  takeFree(peer: PeerKey): number {
    let index = this.freeFrom;
    while (this.copies[index] !== 0) index++;
    this.copies[index] = 1;
    this.first[index] = peer;
    this.freeCount--;
    if (this.copiesMax === 1) this.saturatedCount++;
    this.freeFrom = index + 1;
    return index;
  }

  /** Marks one more request of the block; it is requested already. */
  double(index: number, peer: PeerKey): void {
    this.copies[index]!++;
    if (this.copies[index] === this.copiesMax) this.saturatedCount++;
    this.others ??= new Map();
    const others = this.others.get(index);
    if (others === undefined) this.others.set(index, [peer]);
    else others.push(peer);
    this.doubleFrom = index + 1;
  }

  /**
   * The block requested from the fewest peers, below `copiesMax`, and not from this one; -1 when there is none. Looks at
   * every block of the piece at most once.
   */
  findDouble(peer: PeerKey, meter: Meter): number {
    let found = -1;
    let fewest = this.copiesMax;
    for (let step = 0; step < this.blockCount && fewest > 1; step++) {
      meter.steps++;
      const index = (this.doubleFrom + step) % this.blockCount;
      if (this.copies[index]! >= fewest || !this.canDouble(index, peer)) continue;
      found = index;
      fewest = this.copies[index]!;
    }
    return found;
  }

  /** The block is on its way, from fewer peers than may be, and not from this one. */
  canDouble(index: number, peer: PeerKey): boolean {
    const copies = this.copies[index]!;
    return copies > 0 && copies < this.copiesMax && !this.isAsked(index, peer);
  }

  /** Takes back a request; true when the block is free again. */
  release(index: number, peer: PeerKey): boolean {
    if (this.first[index] === peer) {
      const others = this.others?.get(index);
      this.first[index] = others?.shift() ?? NOBODY;
      if (others?.length === 0) this.others?.delete(index);
    } else {
      const others = this.others!.get(index)!;
      others.splice(others.indexOf(peer), 1);
      if (others.length === 0) this.others!.delete(index);
    }
    if (this.copies[index] === this.copiesMax) this.saturatedCount--;
    this.copies[index]!--;
    if (this.copies[index] !== 0) return false;
    this.freeCount++;
    if (index < this.freeFrom) this.freeFrom = index;
    return true;
  }

  /** Marks the block as held and says who else was asked for it. */
  hold(index: number, supplier: PeerKey): readonly PeerKey[] {
    const first = this.first[index]!;
    const alone = (first === supplier || first === NOBODY) && this.others?.has(index) !== true;
    const asked = alone ? NO_PEERS : this.askedFor(index).filter((peer) => peer !== supplier);
    if (this.copies[index] === 0) this.freeCount--;
    if (this.copies[index] === this.copiesMax) this.saturatedCount--;
    this.copies[index] = HELD;
    this.first[index] = supplier;
    this.others?.delete(index);
    this.heldCount++;
    return asked;
  }

  /** Everyone who is asked for the block. */
  askedFor(index: number): readonly PeerKey[] {
    const first = this.first[index]!;
    if (first === NOBODY || this.copies[index] === HELD) return NO_PEERS;
    const others = this.others?.get(index);
    return others === undefined ? [first] : [first, ...others];
  }

  /** Who brought each block; `NOBODY` for those of an earlier run. Only meaningful for held blocks. */
  get suppliers(): readonly PeerKey[] {
    return this.first;
  }

  /** One bit a block, as in a bitfield. */
  heldBits(): Uint8Array {
    const bits = new Uint8Array(Math.ceil(this.blockCount / 8));
    for (let index = 0; index < this.blockCount; index++) {
      if (this.isHeld(index)) bits[index >>> 3]! |= 0x80 >>> (index & 7);
    }
    return bits;
  }

  private isAsked(index: number, peer: PeerKey): boolean {
    return this.first[index] === peer || this.others?.get(index)?.includes(peer) === true;
  }
}

const NO_PEERS: readonly PeerKey[] = [];
