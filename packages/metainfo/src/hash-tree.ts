import { joinBytes } from './join-bytes.js';
import { BLOCK_LENGTH, type HashFunction, hashPair, merkleRoot, zeroRoot } from './merkle.js';

const HASH_LENGTH = 32;
/** BEP 52, hash request: nobody should ask for more at once. */
export const RUN_LENGTH_MAX = 512;

/**
 * Which hashes of a file are meant, in the words of BEP 52, hash request.
 *
 * @example
 * ```ts
 * import type { HashRun } from '@unchoke/metainfo';
 *
 * // The pieces 512 to 1023 in a torrent with pieces of 64 KiB, and what proves them in a file of 2,048 pieces.
 * const run: HashRun = { baseLayer: 2, index: 512, length: 512, proofLayers: 10 };
 * console.assert(run.index % run.length === 0);
 * ```
 */
export interface HashRun {
  /** Layers between the blocks of 16 KiB and the hashes that are asked for. */
  readonly baseLayer: number;
  readonly index: number;
  readonly length: number;
  readonly proofLayers: number;
}

/**
 * The merkle tree of a v2 file above its piece layer: gives runs of that layer, each with the hashes that prove it (BEP 52). It
 * is built when it is first asked, which is as much work as proving the layer was.
 *
 * @example
 * ```ts
 * import { HashTree } from '@unchoke/metainfo';
 * import { sha256 } from '@unchoke/metainfo/node';
 *
 * const tree = new HashTree(new Uint8Array(3 * 32).fill(1), 16_384, sha256); // three pieces, counted as four
 * const hashes = tree.run({ baseLayer: 0, index: 0, length: 2, proofLayers: 1 });
 * console.assert(hashes?.length === 3 * 32); // two, and the one that stands beside their parent
 * ```
 */
export class HashTree {
  readonly #pieceLayer: Uint8Array;
  readonly #baseLayer: number;
  readonly #height: number;
  readonly #sha256: HashFunction;
  /** Bottom up, without what is missing at the end of each; and what counts there instead. */
  #levels: { readonly hashes: Uint8Array; readonly missing: Uint8Array }[] = [];

  constructor(pieceLayer: Uint8Array, pieceLength: number, sha256: HashFunction) {
    this.#pieceLayer = pieceLayer;
    this.#sha256 = sha256;
    this.#baseLayer = Math.log2(pieceLength / BLOCK_LENGTH);
    this.#height = Math.ceil(Math.log2(pieceLayer.length / HASH_LENGTH));
  }

  /** Bytes of the layer. */
  get byteLength(): number {
    return this.#pieceLayer.length;
  }

  /** Blocks of 16 KiB in a whole piece: so many hashes are the leaves below one hash of the layer. */
  get blocksPerPiece(): number {
    return 2 ** this.#baseLayer;
  }

  /** The hashes of the run, then those beside its ancestors, upwards. `undefined` when the layer has no such run. */
  run({ baseLayer, index, length, proofLayers }: HashRun): Uint8Array | undefined {
    const runHeight = Math.log2(length);
    const isRun = length >= 2 && length <= RUN_LENGTH_MAX && Number.isInteger(runHeight) && index % length === 0;
    if (!isRun || baseLayer !== this.#baseLayer) return undefined;
    if (index + length > 2 ** this.#height || proofLayers >= this.#height) return undefined;
    const hashes = Array.from({ length }, (_, at) => this.#hashAt(0, index + at));
    for (let level = runHeight; level <= proofLayers; level++) hashes.push(this.#hashAt(level, (index >> level) ^ 1));
    const bytes = new Uint8Array(hashes.length * HASH_LENGTH);
    for (const [at, hash] of hashes.entries()) bytes.set(hash, at * HASH_LENGTH);
    return bytes;
  }

  /**
   * A run of the blocks of one piece, as {@link run}, by the hashes of all its blocks: zeros for those beyond the end of the file.
   * `undefined` also when these are not the blocks of that piece.
   */
  leafRun({ baseLayer, index, length, proofLayers }: HashRun, leaves: Uint8Array): Uint8Array | undefined {
    const { blocksPerPiece } = this;
    const runHeight = Math.log2(length);
    const isRun = length >= 2 && length <= blocksPerPiece && Number.isInteger(runHeight) && index % length === 0;
    const piece = Math.floor(index / blocksPerPiece);
    const start = piece * HASH_LENGTH;
    if (!isRun || baseLayer !== 0 || length > RUN_LENGTH_MAX || leaves.length !== blocksPerPiece * HASH_LENGTH)
      return undefined;
    if (start >= this.#pieceLayer.length || proofLayers >= this.#baseLayer + this.#height) return undefined;
    const root = merkleRoot(leaves, this.#sha256);
    if (!root.every((byte, at) => byte === this.#pieceLayer[start + at])) return undefined;
    const first = (index % blocksPerPiece) * HASH_LENGTH;
    const parts = [leaves.subarray(first, first + length * HASH_LENGTH)];
    for (let level = runHeight; level <= proofLayers; level++) {
      if (level >= this.#baseLayer) parts.push(this.#hashAt(level - this.#baseLayer, (index >> level) ^ 1));
      else {
        const beside = (((index % blocksPerPiece) >> level) ^ 1) * 2 ** level * HASH_LENGTH;
        parts.push(merkleRoot(leaves.subarray(beside, beside + 2 ** level * HASH_LENGTH), this.#sha256));
      }
    }
    return joinBytes(parts);
  }

  #hashAt(level: number, index: number): Uint8Array {
    if (this.#levels.length === 0) this.#build();
    const { hashes, missing } = this.#levels[level]!;
    const at = index * HASH_LENGTH;
    return at < hashes.length ? hashes.subarray(at, at + HASH_LENGTH) : missing;
  }

  #build(): void {
    let hashes = this.#pieceLayer;
    let missing = zeroRoot(2 ** this.#baseLayer, this.#sha256);
    this.#levels = [{ hashes, missing }];
    while (this.#levels.length < this.#height) {
      const above = new Uint8Array(Math.ceil(hashes.length / (2 * HASH_LENGTH)) * HASH_LENGTH);
      for (let at = 0; at < above.length; at += HASH_LENGTH) {
        const right = hashes.subarray(2 * at + HASH_LENGTH, 2 * at + 2 * HASH_LENGTH);
        const left = hashes.subarray(2 * at, 2 * at + HASH_LENGTH);
        above.set(hashPair(left, right.length === 0 ? missing : right, this.#sha256), at);
      }
      hashes = above;
      missing = hashPair(missing, missing, this.#sha256);
      this.#levels.push({ hashes, missing });
    }
  }
}
