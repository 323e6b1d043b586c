import type { BlockSpan } from './messages.js';
import type { Pieces } from './torrent-shape.js';

const BLOCK = 16_384;

/**
 * The requests of one side that are not answered yet, in the order they were sent. A block is one number and its length another,
 * so a request costs no object; nothing is allocated before the first.
 */
export class RequestTable {
  #lengths: Map<number, number> | undefined;
  #blocksPerPiece = 1;
  #pieceLength = 1;

  get size(): number {
    return this.#lengths?.size ?? 0;
  }

  has(piece: number, begin: number, length: number): boolean {
    return this.#isInside(begin) && this.#lengths?.get(this.#keyOf(piece, begin)) === length;
  }

  /** Whether anything waits at this place, of whatever length. */
  hasAt(piece: number, begin: number): boolean {
    return this.#isInside(begin) && this.#lengths?.has(this.#keyOf(piece, begin)) === true;
  }

  add({ piece, begin, length }: BlockSpan, pieces: Pieces): void {
    if (this.#lengths === undefined) {
      this.#lengths = new Map();
      this.#pieceLength = pieces.pieceLength;
      this.#blocksPerPiece = Math.ceil(pieces.pieceLength / BLOCK);
    }
    this.#lengths.set(this.#keyOf(piece, begin), length);
  }

  delete(piece: number, begin: number, length: number): boolean {
    const key = this.#keyOf(piece, begin);
    return this.#isInside(begin) && this.#lengths?.get(key) === length && this.#lengths.delete(key);
  }

  /** Removes those that match and says which they were. */
  take(matches: (span: BlockSpan) => boolean): readonly BlockSpan[] {
    const taken = this.list().filter(matches);
    for (const { piece, begin, length } of taken) this.delete(piece, begin, length);
    return taken;
  }

  list(): readonly BlockSpan[] {
    return Array.from(this.#lengths ?? [], ([key, length]) => this.#spanOf(key, length));
  }

  /** Behind the end of its piece a block would have the key of one in the next piece. */
  #isInside(begin: number): boolean {
    return begin < this.#pieceLength;
  }

  /** Blocks on the usual grid get small integers, which a Map finds fastest; all others the negative of their offset. */
  #keyOf(piece: number, begin: number): number {
    if (begin % BLOCK === 0) return piece * this.#blocksPerPiece + begin / BLOCK;
    return -1 - (piece * this.#pieceLength + begin);
  }

  #spanOf(key: number, length: number): BlockSpan {
    const [place, perPiece, unit] = key < 0 ? [-1 - key, this.#pieceLength, 1] : [key, this.#blocksPerPiece, BLOCK];
    return { piece: Math.floor(place / perPiece), begin: (place % perPiece) * unit, length };
  }
}
