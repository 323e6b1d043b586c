import { type HashRun, RUN_LENGTH_MAX } from './hash-tree.js';
import { BLOCK_LENGTH, type HashFunction, hashPair, merkleRoot } from './merkle.js';

const HASH_LENGTH = 32;

/** Which layer: that of a v2 file of several pieces. */
export interface LayerShape {
  /** The root of the file, 32 bytes. */
  readonly piecesRoot: Uint8Array;
  /** Pieces of the file, two or more. */
  readonly pieceCount: number;
  readonly pieceLength: number;
}

/**
 * The piece layer of a v2 file, put together from runs that peers send (BEP 52, hash request): the other side of
 * {@link HashTree}. Each run is proven on its own, so that nothing false is kept and who sent it is known. What is held grows
 * with what was proven, not with what the file says of its length.
 *
 * @example
 * ```ts
 * import { HashTree, LayerAssembly, pieceLayerRoot } from '@unchoke/metainfo';
 * import { sha256 } from '@unchoke/metainfo/node';
 *
 * const layer = new Uint8Array(3 * 32).fill(1);
 * const shape = { piecesRoot: pieceLayerRoot(layer, 16_384, sha256), pieceCount: 3, pieceLength: 16_384 };
 * const assembly = new LayerAssembly(shape, sha256);
 * const hashes = new HashTree(layer, 16_384, sha256).run(assembly.runAt(0));
 * console.assert(assembly.take(0, hashes!) && assembly.join()?.length === 3 * 32);
 * ```
 */
export class LayerAssembly {
  readonly piecesRoot: Uint8Array;
  readonly #pieceCount: number;
  readonly #baseLayer: number;
  readonly #height: number;
  readonly #sha256: HashFunction;
  /** By its place in the layer: the hashes of a run, without those beyond the last piece. */
  readonly #runs = new Map<number, Uint8Array>();

  constructor({ piecesRoot, pieceCount, pieceLength }: LayerShape, sha256: HashFunction) {
    this.piecesRoot = piecesRoot;
    this.#pieceCount = pieceCount;
    this.#baseLayer = Math.log2(pieceLength / BLOCK_LENGTH);
    this.#height = Math.ceil(Math.log2(pieceCount));
    this.#sha256 = sha256;
  }

  /** How many runs make the layer. */
  get runCount(): number {
    return Math.ceil(this.#pieceCount / RUN_LENGTH_MAX);
  }

  get isComplete(): boolean {
    return this.#runs.size === this.runCount;
  }

  /** What to ask for: of the last run not more than there is, up to the next power of two. */
  runAt(place: number): HashRun {
    const index = place * RUN_LENGTH_MAX;
    const count = Math.min(RUN_LENGTH_MAX, this.#pieceCount - index);
    const length = Math.max(2, 2 ** Math.ceil(Math.log2(count)));
    return { baseLayer: this.#baseLayer, index, length, proofLayers: this.#height - 1 };
  }

  has(place: number): boolean {
    return this.#runs.has(place);
  }

  /** Keeps a run, copied, when its hashes and those beside their ancestors lead to the root; otherwise says `false`. */
  take(place: number, hashes: Uint8Array): boolean {
    const { index, length } = this.runAt(place);
    if (!this.#isProven(hashes, index, length)) return false;
    const count = Math.min(length, this.#pieceCount - index);
    this.#runs.set(place, new Uint8Array(hashes.subarray(0, count * HASH_LENGTH)));
    return true;
  }

  /** The whole layer, as it stands in a torrent; `undefined` while runs are missing. */
  join(): Uint8Array | undefined {
    if (!this.isComplete) return undefined;
    const layer = new Uint8Array(this.#pieceCount * HASH_LENGTH);
    for (const [place, hashes] of this.#runs) layer.set(hashes, place * RUN_LENGTH_MAX * HASH_LENGTH);
    return layer;
  }

  #isProven(hashes: Uint8Array, index: number, length: number): boolean {
    const uncleCount = this.#height - Math.log2(length);
    if (hashes.length !== (length + uncleCount) * HASH_LENGTH) return false;
    let node = merkleRoot(hashes.subarray(0, length * HASH_LENGTH), this.#sha256);
    let position = index / length;
    for (let at = length; at < length + uncleCount; at++) {
      const uncle = hashes.subarray(at * HASH_LENGTH, (at + 1) * HASH_LENGTH);
      node = position % 2 === 0 ? hashPair(node, uncle, this.#sha256) : hashPair(uncle, node, this.#sha256);
      position = Math.floor(position / 2);
    }
    return node.every((byte, at) => byte === this.piecesRoot[at]);
  }
}
