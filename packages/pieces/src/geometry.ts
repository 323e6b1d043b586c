import { PiecesError } from './errors.js';
import { BLOCK_BYTES, PIECE_BYTES_MAX, PIECE_COUNT_MAX } from './limits.js';

/** The number of a piece that is known to exist. Only a `Geometry` makes one out of a number. */
export type PieceIndex = number & { readonly __brand: 'PieceIndex' };

/** A stretch of one piece, as it travels in `request`, `piece` and `cancel` messages (BEP 3). */
export interface Block {
  readonly piece: PieceIndex;
  /** Byte offset inside the piece. */
  readonly begin: number;
  readonly length: number;
}

/** What a torrent says about its size; parsed metainfo fits as it is. */
export interface Shape {
  readonly totalLength: number;
  readonly pieceLength: number;
  /** The bytes that have an owner, where files begin on a piece each and leave holes (BEP 52); must be in order. */
  readonly files?: Iterable<{ readonly offset: number; readonly length: number }>;
  /** `v2` alone: what lies behind the end of a file in its last piece can be asked for, as zeros (see `paddedLengthOf`). */
  readonly version?: 'v1' | 'v2' | 'hybrid';
}

/**
 * All arithmetic of pieces and blocks. A number from outside is turned into a `PieceIndex` or a `Block` here, once, and
 * needs no check anywhere below. Byte offsets are plain numbers up to 2^53 − 1; nothing is cut to 32 bits, and rounding
 * a quotient is exact: one that is not whole is at least 1/divisor away from every integer, and a double below 2^53 is
 * never off by that much.
 *
 * @example
 * ```ts
 * import { Geometry } from '@unchoke/pieces';
 *
 * const geometry = new Geometry({ totalLength: 100_000, pieceLength: 65_536 });
 * geometry.pieceCount; // 2
 * const last = geometry.pieceAt(1)!;
 * geometry.lengthOf(last); // 34464
 * geometry.blocksOf(last).map((block) => block.length); // [16384, 16384, 1696]
 * geometry.pieceAt(2); // undefined
 * ```
 */
export class Geometry {
  readonly totalLength: number;
  readonly pieceLength: number;
  readonly pieceCount: number;
  /** Bytes of all pieces: less than `totalLength` where there are holes between files. */
  readonly byteCount: number;
  /** Blocks of a whole piece; the last one, and one before a hole, may have fewer. */
  readonly blocksPerPiece: number;
  /** Pieces that a hole cuts short. */
  private readonly cutPieces: ReadonlyMap<number, number>;
  private readonly isPadded: boolean;

  constructor(shape: Shape) {
    const { totalLength, pieceLength } = shape;
    if (!Number.isSafeInteger(totalLength) || totalLength < 0) {
      throw new PiecesError('bad-geometry', `totalLength ${totalLength}: expected an integer from 0 to 2^53 - 1`);
    }
    if (!Number.isSafeInteger(pieceLength) || pieceLength < 1 || pieceLength > PIECE_BYTES_MAX) {
      throw new PiecesError('bad-geometry', `pieceLength ${pieceLength}: expected an integer from 1 to 2^30`);
    }
    const pieceCount = Math.ceil(totalLength / pieceLength);
    if (pieceCount > PIECE_COUNT_MAX) {
      throw new PiecesError(
        'bad-geometry',
        `${totalLength} bytes in pieces of ${pieceLength} are ${pieceCount} pieces, more than ${PIECE_COUNT_MAX}; use longer pieces`,
      );
    }
    this.totalLength = totalLength;
    this.pieceLength = pieceLength;
    this.pieceCount = pieceCount;
    this.blocksPerPiece = Math.ceil(pieceLength / BLOCK_BYTES);
    this.cutPieces = shape.files === undefined ? new Map() : cutPiecesOf(shape.files, shape);
    this.isPadded = shape.version === 'v2';
    this.byteCount = totalLength;
    for (const length of this.cutPieces.values()) this.byteCount -= pieceLength - length;
  }

  /** The piece of that number, or undefined when there is none: a number from outside enters here. */
  pieceAt(index: number): PieceIndex | undefined {
    return Number.isInteger(index) && index >= 0 && index < this.pieceCount ? mintPiece(index) : undefined;
  }

  /** The piece that holds the byte at `offset` of the torrent, or undefined beyond its end. */
  pieceAtOffset(offset: number): PieceIndex | undefined {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset >= this.totalLength) return undefined;
    return mintPiece(Math.floor(offset / this.pieceLength));
  }

  /** The pieces `offset` to `offset + length` touches, as a half-open range; a file of no bytes touches none. */
  piecesIn(offset: number, length: number): { readonly start: number; readonly end: number } {
    if (!this.covers(offset, length)) {
      throw new PiecesError('out-of-range', `bytes ${offset} + ${length} are not inside the ${this.totalLength} bytes`);
    }
    const start = Math.floor(offset / this.pieceLength);
    if (length === 0) return { start, end: start };
    return { start, end: Math.floor((offset + length - 1) / this.pieceLength) + 1 };
  }

  /** Where the piece begins in the torrent, in bytes. */
  offsetOf(piece: PieceIndex): number {
    return piece * this.pieceLength;
  }

  /** The length of the piece; the last one can be short, and one before a hole. */
  lengthOf(piece: PieceIndex): number {
    if (piece === this.pieceCount - 1) return this.totalLength - this.offsetOf(piece);
    return this.cutPieces.size === 0 ? this.pieceLength : (this.cutPieces.get(piece) ?? this.pieceLength);
  }

  /**
   * How far a request may go. BEP 52 cuts it at the end of the file, but libtorrent before 2.0.13 asks, in torrents of version 2
   * alone, as if zeros filled every last piece of a file, that of the torrent too.
   */
  paddedLengthOf(piece: PieceIndex): number {
    return this.isPadded ? this.pieceLength : this.lengthOf(piece);
  }

  blockCountOf(piece: PieceIndex): number {
    return Math.ceil(this.lengthOf(piece) / BLOCK_BYTES);
  }

  /** All blocks of the piece, in order. A loop over `blockOf` makes no array. */
  blocksOf(piece: PieceIndex): readonly Block[] {
    const count = this.blockCountOf(piece);
    const blocks: Block[] = [];
    for (let index = 0; index < count; index++) blocks.push(this.blockOf(piece, index));
    return blocks;
  }

  /** The block of that number in the piece; `index` is below `blockCountOf(piece)`. */
  blockOf(piece: PieceIndex, index: number): Block {
    const begin = index * BLOCK_BYTES;
    return { piece, begin, length: Math.min(BLOCK_BYTES, this.lengthOf(piece) - begin) };
  }

  /** One number for a block of the whole torrent: exact, since there are at most 2^23 × 2^16 of them. */
  blockIdOf(piece: PieceIndex, index: number): number {
    return piece * this.blocksPerPiece + index;
  }

  /** The number of a block in its piece. */
  blockIndexOf(block: Block): number {
    return Math.floor(block.begin / BLOCK_BYTES);
  }

  /**
   * The block a peer sent, or undefined unless it is exactly one of ours: on the 16 KiB grid and of the full length.
   * We only ever request such blocks, so nothing else can be an answer.
   */
  blockAt(piece: number, begin: number, length: number): Block | undefined {
    const found = this.rangeAt(piece, begin, length);
    if (found === undefined || begin % BLOCK_BYTES !== 0) return undefined;
    return length === Math.min(BLOCK_BYTES, this.lengthOf(found.piece) - begin) ? found : undefined;
  }

  /**
   * What a peer may request from us: 1 byte to 16 KiB anywhere inside one piece; undefined for anything else. Its first byte is
   * one of a file, its last one may be padding.
   */
  rangeAt(piece: number, begin: number, length: number): Block | undefined {
    const index = this.pieceAt(piece);
    if (index === undefined || !Number.isInteger(begin) || !Number.isInteger(length)) return undefined;
    if (begin < 0 || length < 1 || length > BLOCK_BYTES) return undefined;
    // Both sides are below 2^30 + 2^14 once begin is: no rounding, no overflow.
    if (begin >= this.lengthOf(index) || length > this.paddedLengthOf(index) - begin) return undefined;
    return { piece: index, begin, length };
  }

  private covers(offset: number, length: number): boolean {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) return false;
    return offset <= this.totalLength && length <= this.totalLength - offset;
  }
}

/** BEP 52: a file begins on a piece, and the last piece of the file before ends with that file. */
function cutPiecesOf(files: NonNullable<Shape['files']>, { totalLength, pieceLength }: Shape): Map<number, number> {
  const cut = new Map<number, number>();
  let end = 0;
  for (const { offset, length } of files) {
    if (length === 0) continue;
    const isHole = offset > end && offset % pieceLength === 0 && offset - end < pieceLength;
    if (!Number.isSafeInteger(offset + length) || length < 0 || (offset !== end && !isHole)) {
      throw new PiecesError(
        'bad-geometry',
        `a file of ${length} bytes at ${offset} cannot follow one that ends at ${end}`,
      );
    }
    if (isHole) cut.set(Math.floor(end / pieceLength), end % pieceLength);
    end = offset + length;
  }
  if (end === totalLength) return cut;
  throw new PiecesError('bad-geometry', `the files end at ${end}, the torrent at ${totalLength}`);
}

/** For this package only: names an index that is in range because of where it came from. */
export function mintPiece(index: number): PieceIndex {
  return index as PieceIndex;
}
