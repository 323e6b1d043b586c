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
}

/** A shape that was checked, and what follows from it. */
export class Pieces {
  readonly count: number;
  readonly pieceLength: number;
  readonly #lastLength: number;

  constructor({ totalLength, pieceLength }: TorrentShape) {
    if (!isPositive(totalLength) || !isPositive(pieceLength)) {
      const problem = `a torrent has positive whole lengths, not ${totalLength} in pieces of ${pieceLength}`;
      throw new LocalProtocolError('bad-argument', problem);
    }
    this.pieceLength = pieceLength;
    this.count = Math.ceil(totalLength / pieceLength);
    this.#lastLength = totalLength - (this.count - 1) * pieceLength;
  }

  /** Whether these bytes lie in one piece of the torrent. Every number may be anything. */
  contains(piece: number, begin: number, length: number): boolean {
    if (piece >= this.count || length === 0) return false;
    const pieceLength = piece === this.count - 1 ? this.#lastLength : this.pieceLength;
    return begin + length <= pieceLength;
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
