import { createHash, hash } from 'node:crypto';
import { BLOCK_BYTES } from '../limits.js';
import type { Layout } from './layout.js';

/** The hash of one piece, fed from its start. */
export interface PieceHash {
  /** All but the last stretch are whole blocks. */
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

/** What pieces are compared with: SHA-1 of the bytes (BEP 3), or the piece layer of BEP 52. */
export type HashAlgorithm = 'sha1' | 'sha256';

export function digestLengthOf(algorithm: HashAlgorithm): number {
  return algorithm === 'sha1' ? 20 : 32;
}

export function startPieceHash(algorithm: HashAlgorithm, layout: Layout, piece: number): PieceHash {
  if (algorithm === 'sha256') return startMerkleHash(layout, piece);
  const sha1 = createHash('sha1');
  return {
    update(bytes) {
      sha1.update(bytes);
    },
    digest: () => sha1.digest(),
  };
}

/** The whole piece at once. */
export function digestPiece(algorithm: HashAlgorithm, layout: Layout, piece: number, bytes: Uint8Array): Uint8Array {
  if (algorithm === 'sha1') return hash('sha1', bytes, 'buffer');
  const merkle = startMerkleHash(layout, piece);
  merkle.update(bytes);
  return merkle.digest();
}

/** One digest a block, in the torrent's algorithm: what tells a liar from the others later. */
export function digestBlocks(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array {
  const length = digestLengthOf(algorithm);
  const digests = new Uint8Array(Math.ceil(bytes.length / BLOCK_BYTES) * length);
  for (let block = 0; block * BLOCK_BYTES < bytes.length; block++) {
    const begin = block * BLOCK_BYTES;
    digests.set(hash(algorithm, bytes.subarray(begin, begin + BLOCK_BYTES), 'buffer'), block * length);
  }
  return digests;
}

/**
 * BEP 52: the root over the SHA-256 of each 16 KiB of the piece's file; leaves behind the end of the file are zero. A
 * file of one piece has only as many leaves as its own blocks need (a power of two), a longer one as many as a piece.
 */
function startMerkleHash(layout: Layout, piece: number): PieceHash {
  const { pieceLength } = layout.shape;
  const start = piece * pieceLength;
  const [span] = layout.spans(start, pieceLength);
  const file = span === undefined ? { offset: start, length: 0 } : layout.files[span.file]!;
  let left = Math.min(pieceLength, file.offset + file.length - start);
  const leafCount = file.length > pieceLength ? pieceLength / BLOCK_BYTES : powerOfTwoFrom(left / BLOCK_BYTES);
  const layer: Uint8Array[] = [];
  return {
    update(bytes) {
      const end = Math.min(left, bytes.length);
      for (let begin = 0; begin < end; begin += BLOCK_BYTES) {
        layer.push(hash('sha256', bytes.subarray(begin, Math.min(begin + BLOCK_BYTES, end)), 'buffer'));
      }
      left -= end;
    },
    digest: () => rootOf(layer, leafCount),
  };
}

function rootOf(leaves: readonly Uint8Array[], leafCount: number): Uint8Array {
  let layer = leaves;
  let empty = new Uint8Array(32);
  for (let width = leafCount; width > 1; width /= 2) {
    const above: Uint8Array[] = [];
    for (let index = 0; index < layer.length; index += 2)
      above.push(hashPair(layer[index]!, layer[index + 1] ?? empty));
    layer = above;
    empty = hashPair(empty, empty);
  }
  return layer[0] ?? empty;
}

function hashPair(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(left).update(right).digest());
}

function powerOfTwoFrom(count: number): number {
  let power = 1;
  while (power < count) power *= 2;
  return power;
}
