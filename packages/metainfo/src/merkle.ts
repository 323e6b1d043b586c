/**
 * A hash function, given by the caller: the core has none of its own. `@unchoke/metainfo/node` has both.
 *
 * @example
 * ```ts
 * import { createHash } from 'node:crypto';
 * import type { HashFunction } from '@unchoke/metainfo';
 *
 * const sha256: HashFunction = (bytes) => createHash('sha256').update(bytes).digest();
 * console.assert(sha256(new Uint8Array(0)).length === 32);
 * ```
 */
export type HashFunction = (bytes: Uint8Array) => Uint8Array;

/** BEP 52: the leaves of every merkle tree are the hashes of blocks of 16 KiB. */
export const BLOCK_LENGTH = 16_384;
const HASH_LENGTH = 32;

/**
 * BEP 52: the root over all blocks of a file, or the hash of one piece of it in a piece layer. A file has its leaves
 * filled up with zeros to the next power of two; a piece of a longer file to as many as a whole piece has (`leafCount`).
 *
 * @example
 * ```ts
 * import { blocksRoot } from '@unchoke/metainfo';
 * import { sha256 } from '@unchoke/metainfo/node';
 *
 * const content = new Uint8Array(20_000); // two blocks
 * console.assert(blocksRoot(content, sha256).length === 32);
 * ```
 */
export function blocksRoot(content: Uint8Array, sha256: HashFunction, leafCount = 1): Uint8Array {
  const count = Math.max(1, Math.ceil(content.length / BLOCK_LENGTH));
  const leaves = new Uint8Array(count * HASH_LENGTH);
  for (let index = 0; index < count; index++) {
    leaves.set(sha256(content.subarray(index * BLOCK_LENGTH, (index + 1) * BLOCK_LENGTH)), index * HASH_LENGTH);
  }
  return merkleRoot(leaves, sha256, leafCount);
}

/**
 * The root of a binary tree over hashes of 32 bytes. Missing leaves are zeros: up to `leafCount`, a power of two, and in
 * any case to the next one.
 *
 * @example
 * ```ts
 * import { merkleRoot } from '@unchoke/metainfo';
 * import { sha256 } from '@unchoke/metainfo/node';
 *
 * const pair = new Uint8Array(64).fill(7);
 * console.assert(merkleRoot(pair, sha256).every((byte, index) => byte === sha256(pair)[index]));
 * ```
 */
export function merkleRoot(leaves: Uint8Array, sha256: HashFunction, leafCount = 1): Uint8Array {
  return rootAbove(leaves, sha256, leafCount, new Uint8Array(HASH_LENGTH));
}

/**
 * BEP 52: the root that a piece layer leads to. Pieces that the file does not have count as pieces of zeros.
 *
 * @example
 * ```ts
 * import { pieceLayerRoot } from '@unchoke/metainfo';
 * import { sha256 } from '@unchoke/metainfo/node';
 *
 * const layer = new Uint8Array(3 * 32).fill(1); // three pieces, counted as four
 * console.assert(pieceLayerRoot(layer, 65_536, sha256).length === 32);
 * ```
 */
export function pieceLayerRoot(layer: Uint8Array, pieceLength: number, sha256: HashFunction): Uint8Array {
  return rootAbove(layer, sha256, 1, zeroRoot(pieceLength / BLOCK_LENGTH, sha256));
}

/** The root over `leafCount` zero leaves. */
export function zeroRoot(leafCount: number, sha256: HashFunction): Uint8Array {
  let root: Uint8Array = new Uint8Array(HASH_LENGTH);
  for (let count = 1; count < leafCount; count *= 2) root = hashPair(root, root, sha256);
  return root;
}

/** Level by level, in a copy. What is missing on a level is one hash (`filler`), so it is never written out. */
function rootAbove(leaves: Uint8Array, sha256: HashFunction, leafCount: number, filler: Uint8Array): Uint8Array {
  // Not `slice`: that of a Buffer is a view, and the caller’s hashes would be written over.
  const level = new Uint8Array(leaves);
  let count = level.length / HASH_LENGTH;
  let missing = filler;
  for (let width = Math.max(leafCount, count); width > 1; width = Math.ceil(width / 2)) {
    const pairs = count >>> 1;
    for (let pair = 0; pair < pairs; pair++) {
      level.set(sha256(level.subarray(pair * 64, pair * 64 + 64)), pair * HASH_LENGTH);
    }
    if (count % 2 === 1) {
      const odd = level.subarray((count - 1) * HASH_LENGTH, count * HASH_LENGTH);
      level.set(hashPair(odd, missing, sha256), pairs * HASH_LENGTH);
    }
    count = Math.ceil(count / 2);
    missing = hashPair(missing, missing, sha256);
  }
  return level.slice(0, HASH_LENGTH);
}

/** The hash above two. */
export function hashPair(left: Uint8Array, right: Uint8Array, sha256: HashFunction): Uint8Array {
  const pair = new Uint8Array(2 * HASH_LENGTH);
  pair.set(left);
  pair.set(right, HASH_LENGTH);
  return sha256(pair);
}
