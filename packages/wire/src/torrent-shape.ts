import { LocalProtocolError } from './errors.js';
import { bitfieldLength } from './frame-lengths.js';

/**
 * What of a torrent the wire needs to know. A metainfo or a piece geometry fits as it is.
 *
 * @example
 * ```ts
 * import type { TorrentShape } from '@unchoke/wire';
 *
 * const shape: TorrentShape = { totalLength: 1_000_000, pieceLength: 262_144 };
 * console.assert(Math.ceil(shape.totalLength / shape.pieceLength) === 4);
 * ```
 */
export interface TorrentShape {
  readonly totalLength: number;
  readonly pieceLength: number;
  /** The length of a piece that is there, where others than the last can be short (BEP 52); a piece geometry has it. */
  lengthOf?(piece: number): number;
  /** How far requests may go in a piece that is there, where that is further than its length; a piece geometry has it. */
  paddedLengthOf?(piece: number): number;
}

/** A shape that was checked, and what follows from it. */
export class Pieces {
  readonly count: number;
  readonly pieceLength: number;
  readonly #lengthOf: (piece: number) => number;
  readonly #paddedLengthOf: (piece: number) => number;

  constructor(shape: TorrentShape) {
    const { totalLength, pieceLength } = shape;
    if (!isPositive(totalLength) || !isPositive(pieceLength)) {
      const problem = `a torrent has positive whole lengths, not ${totalLength} in pieces of ${pieceLength}`;
      throw new LocalProtocolError('bad-argument', problem);
    }
    this.pieceLength = pieceLength;
    this.count = Math.ceil(totalLength / pieceLength);
    const last = this.count - 1;
    this.#lengthOf = (piece) =>
      shape.lengthOf?.(piece) ?? (piece === last ? totalLength - last * pieceLength : pieceLength);
    this.#paddedLengthOf = (piece) => shape.paddedLengthOf?.(piece) ?? this.#lengthOf(piece);
  }

  /** Whether these bytes lie in one piece of the torrent. Every number may be anything. */
  contains(piece: number, begin: number, length: number): boolean {
    if (piece >= this.count || length === 0) return false;
    return begin + length <= this.#lengthOf(piece);
  }

  /** Whether they can be asked for: they begin in the piece, and end in it or in the padding behind it. */
  mayBeAsked(piece: number, begin: number, length: number): boolean {
    if (piece >= this.count || length === 0) return false;
    return begin < this.#lengthOf(piece) && begin + length <= this.#paddedLengthOf(piece);
  }

  /** Whether a bitfield has the right length, and whether its spare bits are clear. */
  bitfieldBreach(byteLength: number, lastByte: number): 'bitfield-length-wrong' | 'bitfield-spare-bits' | undefined {
    if (byteLength !== bitfieldLength(this.count)) return 'bitfield-length-wrong';
    const spareBits = 8 * byteLength - this.count;
    return (lastByte & ((1 << spareBits) - 1)) === 0 ? undefined : 'bitfield-spare-bits';
  }
}

function isPositive(length: number): boolean {
  return Number.isSafeInteger(length) && length > 0;
}
