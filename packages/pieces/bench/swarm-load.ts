import { Bitfield, BLOCK_BYTES, type Block, Geometry, type PeerKey, Picker, type PieceIndex } from '../src/index.js';
import { randomFrom } from '../test/random-from.js';
import { NaivePicker } from './naive-picker.js';

/** A swarm to download from, and what of it each peer holds. */
export interface Load {
  readonly name: string;
  readonly peerCount: number;
  readonly pieceCount: number;
  readonly bitfields: readonly Bitfield[];
  /** Requests under way with each peer. */
  readonly depth: number;
}

/** 256 KiB pieces. */
export const BLOCKS_PER_PIECE = 16;

export function geometryOf({ pieceCount }: Load): Geometry {
  const pieceLength = BLOCKS_PER_PIECE * BLOCK_BYTES;
  return new Geometry({ totalLength: pieceCount * pieceLength, pieceLength });
}

/** Every tenth peer holds everything; the others a random half of all pieces from the first common one on. */
export function swarmOf(peerCount: number, pieceCount: number, commonFrom: number): Load {
  const random = randomFrom(peerCount);
  const bitfields = Array.from({ length: peerCount }, (_, peer) => {
    if (peer % 10 === 0) return Bitfield.full(pieceCount);
    const field = Bitfield.empty(pieceCount);
    for (let piece = commonFrom; piece < pieceCount; piece++) if (random(2) === 0) field.add(piece as PieceIndex);
    return field;
  });
  const where = commonFrom === 0 ? 'anything' : 'the common half only';
  return {
    name: `${peerCount} × ${pieceCount.toLocaleString('en')}, ${where}`,
    peerCount,
    pieceCount,
    bitfields,
    depth: 32,
  };
}

/** What a download needs of a picker. */
export interface Downloader {
  readonly isComplete: boolean;
  pick(peer: PeerKey, count: number): readonly Block[];
  deliver(peer: PeerKey, block: Block): void;
}

export function oursFor(load: Load): Downloader {
  const picker = new Picker(geometryOf(load), Bitfield.empty(load.pieceCount), randomFrom(1));
  load.bitfields.forEach((has, peer) => {
    picker.peerJoined(peer, has);
    picker.peerUnchoked(peer);
  });
  return {
    get isComplete() {
      return picker.isComplete;
    },
    pick: (peer, count) => picker.pick(peer, count),
    deliver(peer, block) {
      if (picker.blockArrived(peer, block).outcome === 'piece-filled') picker.pieceVerified(block.piece);
    },
  };
}

export function naiveFor(load: Load): Downloader {
  const picker = new NaivePicker(geometryOf(load), randomFrom(1));
  load.bitfields.forEach((has, peer) => {
    picker.peerJoined(peer, has);
  });
  return {
    get isComplete() {
      return picker.isComplete;
    },
    pick: (peer, count) => picker.pick(peer, count),
    deliver: (peer, block) => picker.blockArrived(peer, block),
  };
}

/** One download that can be stopped and gone on with: peers take turns, as sockets do. */
export class Download {
  private readonly downloader: Downloader;
  private readonly load: Load;
  private readonly underway: Block[][];
  private turn = 0;

  constructor(downloader: Downloader, load: Load) {
    this.downloader = downloader;
    this.load = load;
    this.underway = load.bitfields.map(() => []);
  }

  get isComplete(): boolean {
    return this.downloader.isComplete;
  }

  /** A peer's turn: what it was asked for arrives, and it is asked for as much again. Answers how many were picked. */
  next(): number {
    const peer = this.turn++ % this.load.peerCount;
    for (const block of this.underway[peer]!) this.downloader.deliver(peer, block);
    const picked = this.downloader.pick(peer, this.load.depth);
    this.underway[peer] = [...picked];
    return picked.length;
  }
}
