import type { Bitfield, Block, Geometry, PeerKey, PieceIndex, RandomBelow } from '../src/index.js';

const FREE = 0;
const REQUESTED = 1;
const HELD = 2;

/**
 * The picker everybody writes first, and the popular one still is: for each request it looks at every piece, prefers
 * one in progress, and otherwise takes the rarest, ties by chance. It has no endgame, no priorities, no releases.
 */
export class NaivePicker {
  private readonly geometry: Geometry;
  private readonly randomBelow: RandomBelow;
  private readonly blocks: Uint8Array;
  private readonly free: Uint16Array;
  private readonly availability: Uint32Array;
  private readonly peers: Map<PeerKey, Bitfield> = new Map();
  private heldCount = 0;

  constructor(geometry: Geometry, randomBelow: RandomBelow) {
    this.geometry = geometry;
    this.randomBelow = randomBelow;
    this.blocks = new Uint8Array(geometry.pieceCount * geometry.blocksPerPiece);
    this.free = new Uint16Array(geometry.pieceCount).fill(geometry.blocksPerPiece);
    this.availability = new Uint32Array(geometry.pieceCount);
  }

  get isComplete(): boolean {
    return this.heldCount === this.blocks.length;
  }

  peerJoined(peer: PeerKey, has: Bitfield): void {
    this.peers.set(peer, has);
    for (const piece of has) this.availability[piece]!++;
  }

  pick(peer: PeerKey, count: number): readonly Block[] {
    const picked: Block[] = [];
    while (picked.length < count) {
      const piece = this.best(this.peers.get(peer)!);
      if (piece === undefined) break;
      picked.push(this.request(piece));
    }
    return picked;
  }

  blockArrived(_: PeerKey, block: Block): void {
    this.blocks[this.slotOf(block)] = HELD;
    this.heldCount++;
  }

  private best(has: Bitfield): PieceIndex | undefined {
    const { availability, free, geometry } = this;
    const { blocksPerPiece, pieceCount } = geometry;
    let best: PieceIndex | undefined;
    let rarity = Number.POSITIVE_INFINITY;
    let ties = 0;
    for (let index = 0; index < pieceCount; index++) {
      const piece = index as PieceIndex;
      const left = free[index]!;
      if (left === 0 || !has.has(piece)) continue;
      if (left < blocksPerPiece) return piece;
      const holders = availability[index]!;
      if (holders > rarity) continue;
      ties = holders < rarity ? 1 : ties + 1;
      rarity = holders;
      if (ties === 1 || this.randomBelow(ties) === 0) best = piece;
    }
    return best;
  }

  private request(piece: PieceIndex): Block {
    const first = piece * this.geometry.blocksPerPiece;
    let index = 0;
    while (this.blocks[first + index] !== FREE) index++;
    this.blocks[first + index] = REQUESTED;
    this.free[piece]!--;
    return this.geometry.blockOf(piece, index);
  }

  private slotOf(block: Block): number {
    return block.piece * this.geometry.blocksPerPiece + this.geometry.blockIndexOf(block);
  }
}
