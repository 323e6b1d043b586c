import type { Block, Geometry, PeerKey, PieceIndex, PieceStatus } from '../src/index.js';

/** What the model knows of a block: who brought it, or who is asked for it. */
interface BlockState {
  supplier: PeerKey | undefined;
  readonly asked: Set<PeerKey>;
}

interface PieceState {
  settled: 'verifying' | 'have' | undefined;
  priority: number;
  suspect: boolean;
  blocks: BlockState[];
}

export interface PeerState {
  readonly has: Set<number>;
  choking: boolean;
  readonly allowedFast: Set<number>;
  readonly declined: Map<number, 'rejected' | 'timed-out'>;
  /** Requests given up that may still be answered. */
  readonly late: Set<string>;
}

/**
 * The picker's rules, told in the plainest way: every question is answered by looking at every block. It does not
 * choose; it says what may be chosen, and what must not be left lying.
 */
export class NaiveModel {
  readonly geometry: Geometry;
  readonly copiesMax: number;
  readonly pieces: PieceState[];
  readonly peers: Map<PeerKey, PeerState> = new Map();
  nextPeer = 0;

  constructor(geometry: Geometry, have: Iterable<number>, copiesMax: number) {
    this.geometry = geometry;
    this.copiesMax = copiesMax;
    const had = new Set(have);
    this.pieces = Array.from({ length: geometry.pieceCount }, (_, piece) => ({
      settled: had.has(piece) ? 'have' : undefined,
      priority: 4,
      suspect: false,
      blocks: this.freshBlocks(piece),
    }));
  }

  get indexes(): PieceIndex[] {
    return this.pieces.map((_, piece) => piece as PieceIndex);
  }

  statusOf(piece: number): PieceStatus {
    const { settled, priority, blocks } = this.pieces[piece]!;
    if (settled !== undefined) return settled;
    if (priority === 0) return 'unwanted';
    return blocks.some((block) => block.supplier !== undefined || block.asked.size > 0) ? 'partial' : 'missing';
  }

  isWanted(piece: number): boolean {
    return (
      (this.pieces[piece]!.settled !== 'have' && this.pieces[piece]!.priority > 0) ||
      this.statusOf(piece) === 'verifying'
    );
  }

  isFetchable(piece: number): boolean {
    const status = this.statusOf(piece);
    return status === 'missing' || status === 'partial';
  }

  availabilityOf(piece: number): number {
    return [...this.peers.values()].filter((peer) => peer.has.has(piece)).length;
  }

  hasFree(piece: number): boolean {
    return this.isFetchable(piece) && this.pieces[piece]!.blocks.some(isFree);
  }

  isEndgame(): boolean {
    const indexes = this.indexes;
    if (indexes.some((piece) => this.hasFree(piece) && this.availabilityOf(piece) > 0)) return false;
    return indexes.some(
      (piece) => this.isFetchable(piece) && this.pieces[piece]!.blocks.every((block) => !isFree(block)),
    );
  }

  isInterestedIn(peer: PeerState): boolean {
    return this.indexes.some((piece) => this.isWanted(piece) && peer.has.has(piece));
  }

  blockState(block: Block): BlockState {
    return this.pieces[block.piece]!.blocks[this.geometry.blockIndexOf(block)]!;
  }

  requestsOf(key: PeerKey): Block[] {
    return this.indexes.flatMap((piece) =>
      this.geometry.blocksOf(piece).filter((block) => this.blockState(block).asked.has(key)),
    );
  }

  /** The peer may be asked for blocks of the piece, timeouts aside. */
  mayAsk(peer: PeerState, piece: number): boolean {
    if (!peer.has.has(piece) || peer.declined.get(piece) === 'rejected') return false;
    return !peer.choking || (peer.allowedFast.has(piece) && !peer.declined.has(piece));
  }

  /** Blocks of the piece nobody is asked for, unless the piece is suspect and another peer is at work on it. */
  mustOffer(key: PeerKey, piece: number): boolean {
    const { suspect, blocks } = this.pieces[piece]!;
    if (!this.hasFree(piece) || !this.mayAsk(this.peers.get(key)!, piece)) return false;
    return !suspect || blocks.every(({ asked }) => [...asked].every((other) => other === key));
  }

  /** Some block of the piece could be requested once more. */
  mustDouble(key: PeerKey, piece: number): boolean {
    const { suspect, blocks } = this.pieces[piece]!;
    if (suspect || !this.isFetchable(piece) || !this.mayAsk(this.peers.get(key)!, piece)) return false;
    return blocks.some(
      ({ supplier, asked }) =>
        supplier === undefined && !asked.has(key) && asked.size > 0 && asked.size < this.copiesMax,
    );
  }

  /** Takes a request back; its answer may still come. */
  release(key: PeerKey, block: Block): void {
    this.blockState(block).asked.delete(key);
    this.peers.get(key)?.late.add(idOf(block));
  }

  releaseAll(block: Block): { peer: PeerKey; block: Block }[] {
    const asked = [...this.blockState(block).asked];
    for (const peer of asked) this.release(peer, block);
    return asked.map((peer) => ({ peer, block }));
  }

  clear(piece: number): void {
    this.pieces[piece]!.blocks = this.freshBlocks(piece);
  }

  private freshBlocks(piece: number): BlockState[] {
    const count = this.geometry.blockCountOf(piece as PieceIndex);
    return Array.from({ length: count }, () => ({ supplier: undefined, asked: new Set<PeerKey>() }));
  }
}

export function idOf(block: Block): string {
  return `${block.piece}:${block.begin}`;
}

function isFree(block: BlockState): boolean {
  return block.supplier === undefined && block.asked.size === 0;
}
