import { createHash } from 'node:crypto';
import { type Block, Geometry, type PieceIndex } from '@unchoke/pieces';

const DIGEST_BYTES = 20;

/**
 * The bytes of the torrent, once for the whole swarm: what a member has is compared with them as it arrives and not
 * kept, so that five thousand members need one copy.
 */
export class Content {
  readonly geometry: Geometry;
  readonly #bytes: Uint8Array;
  readonly #digests = new Map<number, Uint8Array>();

  constructor(seed: number, shape: { readonly totalLength: number; readonly pieceLength: number }) {
    this.geometry = new Geometry(shape);
    const words = new Uint32Array(Math.ceil(shape.totalLength / 4));
    for (let index = 0; index < words.length; index++) words[index] = mixed(index + Math.imul(seed, 0x9e3779b1));
    this.#bytes = new Uint8Array(words.buffer, 0, shape.totalLength);
  }

  /** The true bytes; a view that nobody may write to. */
  bytesOf(block: Block): Uint8Array {
    const start = block.piece * this.geometry.pieceLength + block.begin;
    return this.#bytes.subarray(start, start + block.length);
  }

  isRight(block: Block, bytes: Uint8Array): boolean {
    return Buffer.compare(bytes, this.bytesOf(block)) === 0;
  }

  /** The digests of all blocks of a piece, where `wrong` says which bytes stand in place of the true ones. */
  digestsOf(piece: PieceIndex, wrong: (block: Block) => Uint8Array | undefined): Uint8Array {
    const blocks = this.geometry.blocksOf(piece);
    const digests = new Uint8Array(blocks.length * DIGEST_BYTES);
    for (const [index, block] of blocks.entries()) {
      const bytes = wrong(block);
      digests.set(bytes === undefined ? this.#trueDigest(block) : sha1(bytes), index * DIGEST_BYTES);
    }
    return digests;
  }

  #trueDigest(block: Block): Uint8Array {
    const id = this.geometry.blockIdOf(block.piece, this.geometry.blockIndexOf(block));
    let digest = this.#digests.get(id);
    if (digest === undefined) {
      digest = sha1(this.bytesOf(block));
      this.#digests.set(id, digest);
    }
    return digest;
  }
}

function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest();
}

/** Every bit of the number has a say in every bit of the result. */
function mixed(value: number): number {
  let word = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  word = Math.imul(word ^ (word >>> 15), 0x846ca68b);
  return (word ^ (word >>> 16)) >>> 0;
}
