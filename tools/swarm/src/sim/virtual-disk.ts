import type { Block, PartialPiece, PieceIndex } from '@unchoke/pieces';
import type { Content } from './content.js';
import { PieceSet } from './wire-record.js';

const NOTHING = 0;
const RIGHT = 1;
const WRONG = 2;

/**
 * What one member has on disk. Right bytes are not kept, only that they are right; wrong ones are, so that their digests are
 * those of what really stands there.
 */
export class VirtualDisk {
  readonly #content: Content;
  readonly #blocks: Uint8Array;
  readonly #wrong = new Map<number, Uint8Array>();
  /** Pieces whose hash was found right here, whatever anybody believes. */
  readonly verified: PieceSet;
  /** Those of them that have changed since. */
  readonly rotten: Set<PieceIndex> = new Set();
  /** What of that would survive a power cut. */
  readonly durable: PieceSet;

  constructor(content: Content) {
    const { pieceCount, blocksPerPiece } = content.geometry;
    this.#content = content;
    this.#blocks = new Uint8Array(pieceCount * blocksPerPiece);
    this.verified = new PieceSet(pieceCount);
    this.durable = new PieceSet(pieceCount);
  }

  /** Puts a whole piece there, as for a seed. */
  fill(piece: PieceIndex): void {
    for (const block of this.#content.geometry.blocksOf(piece)) this.#blocks[this.#idOf(block)] = RIGHT;
    this.verified.set(piece, true);
    this.durable.set(piece, true);
  }

  /** By copy, as every disk: the bytes are only valid now. */
  store(block: Block, bytes: Uint8Array): void {
    const id = this.#idOf(block);
    const isRight = bytes.length === block.length && this.#content.isRight(block, bytes);
    this.#blocks[id] = isRight ? RIGHT : WRONG;
    if (isRight) this.#wrong.delete(id);
    else this.#wrong.set(id, new Uint8Array(bytes));
  }

  verify(piece: PieceIndex): boolean {
    const isValid = this.isRight(piece);
    this.verified.set(piece, isValid);
    return isValid;
  }

  isRight(piece: PieceIndex): boolean {
    const { geometry } = this.#content;
    const first = geometry.blockIdOf(piece, 0);
    const end = first + geometry.blockCountOf(piece);
    for (let id = first; id < end; id++) if (this.#blocks[id] !== RIGHT) return false;
    return true;
  }

  digestsOf(piece: PieceIndex): Uint8Array {
    return this.#content.digestsOf(piece, (block) => this.#wrong.get(this.#idOf(block)));
  }

  /** What stands there: of any stretch inside one block of the grid, or across two of them. */
  load(block: Block): Uint8Array | undefined {
    if (!this.verified.has(block.piece)) return undefined;
    const bytes = this.#content.bytesOf(block);
    return this.#wrong.size === 0 ? bytes : this.#asItStands(block, bytes);
  }

  /** One byte of the piece is another one now. What is known of the piece is what was true before. */
  rot(piece: PieceIndex, randomBelow: (bound: number) => number): void {
    const blocks = this.#content.geometry.blocksOf(piece);
    const block = blocks[randomBelow(blocks.length)]!;
    const bytes = new Uint8Array(this.#content.bytesOf(block));
    bytes[randomBelow(bytes.length)]! ^= 1 + randomBelow(255);
    this.#blocks[this.#idOf(block)] = WRONG;
    this.#wrong.set(this.#idOf(block), bytes);
    this.rotten.add(piece);
  }

  #asItStands(stretch: Block, trueBytes: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(trueBytes);
    for (const block of this.#content.geometry.blocksOf(stretch.piece)) {
      const wrong = this.#wrong.get(this.#idOf(block));
      const start = Math.max(block.begin, stretch.begin);
      const end = Math.min(block.begin + block.length, stretch.begin + stretch.length);
      if (wrong !== undefined && start < end)
        bytes.set(wrong.subarray(start - block.begin, end - block.begin), start - stretch.begin);
    }
    return bytes;
  }

  /** A stranger's hand: the piece is no longer there. */
  lose(piece: PieceIndex): void {
    this.rotten.delete(piece);
    for (const block of this.#content.geometry.blocksOf(piece)) {
      this.#blocks[this.#idOf(block)] = NOTHING;
      this.#wrong.delete(this.#idOf(block));
    }
    this.verified.set(piece, false);
    this.durable.set(piece, false);
  }

  /** Everything that was verified is now safe. */
  flush(): void {
    for (let piece = 0; piece < this.#content.geometry.pieceCount; piece++) {
      if (this.verified.has(piece)) this.durable.set(piece, true);
    }
  }

  /** The power was cut: of pieces that were not durable yet, only those survive that luck spares. */
  crash(isSpared: () => boolean): void {
    const { geometry } = this.#content;
    for (let index = 0; index < geometry.pieceCount; index++) {
      if (this.durable.has(index)) continue;
      const piece = geometry.pieceAt(index)!;
      if (this.verified.has(index) || !isSpared()) this.lose(piece);
    }
  }

  /** Blocks of pieces that are not verified, as a state file remembers them. */
  partials(): readonly PartialPiece[] {
    const { geometry } = this.#content;
    const partials: PartialPiece[] = [];
    for (let index = 0; index < geometry.pieceCount; index++) {
      const piece = geometry.pieceAt(index)!;
      if (this.verified.has(piece)) continue;
      const blocks = new Uint8Array(Math.ceil(geometry.blockCountOf(piece) / 8));
      for (const block of geometry.blocksOf(piece)) {
        const at = this.#indexOf(block);
        if (this.#blocks[this.#idOf(block)] !== NOTHING) blocks[at >> 3]! |= 0x80 >> (at & 7);
      }
      if (blocks.some((byte) => byte !== 0)) partials.push({ piece, blocks });
    }
    return partials;
  }

  #indexOf(block: Block): number {
    return this.#content.geometry.blockIndexOf(block);
  }

  #idOf(block: Block): number {
    return this.#content.geometry.blockIdOf(block.piece, this.#indexOf(block));
  }
}
