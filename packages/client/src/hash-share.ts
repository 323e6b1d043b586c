import type { HashTree } from '@unchoke/metainfo';
import type { HashRange } from '@unchoke/wire';
import { LIMITS } from './limits.js';
import type { Peer } from './peer.js';
import type { Scene } from './scene.js';

/** Hashes of pieces for peers that came with a magnet link of version 2 (BEP 52, hash request): their metadata has none. */
export class HashShare {
  readonly #scene: Scene;
  readonly #trees: ReadonlyMap<string, HashTree>;
  readonly #bytesMax: number;
  /** Bytes sent, by peer. */
  readonly #sent = new WeakMap<Peer, number>();

  constructor(scene: Scene, trees: Iterable<readonly [piecesRoot: Uint8Array, tree: HashTree]> = []) {
    this.#scene = scene;
    this.#trees = new Map(Array.from(trees, ([root, tree]) => [root.join(), tree]));
    let byteLength = 0;
    for (const tree of this.#trees.values()) byteLength += tree.byteLength;
    // Half of what is sent may be proof, and is for who asks for long runs, as all clients do.
    this.#bytesMax = LIMITS.hashRepeatsMax * 2 * byteLength;
  }

  /** Every request is answered. Whoever asks for what is not here, or again and again, gets rejects. */
  answer(peer: Peer, { piecesRoot, baseLayer, index, length, proofLayers }: HashRange): void {
    const range = { piecesRoot, baseLayer, index, length, proofLayers };
    const hashes = this.#hashesFor(peer, range);
    if (hashes !== undefined) {
      this.#scene.send(peer, { type: 'hashes', ...range, hashes });
      return;
    }
    this.#scene.send(peer, { type: 'hash-reject', ...range });
    if (++peer.strayRequests > LIMITS.strayRequestsMax) this.#scene.doom(peer, 'flood', 'too many requests for hashes');
  }

  #hashesFor(peer: Peer, range: HashRange): Uint8Array | undefined {
    const sent = this.#sent.get(peer) ?? 0;
    if (peer.isCrowded || sent >= this.#bytesMax) return undefined;
    const hashes = this.#trees.get(range.piecesRoot.join())?.run(range);
    if (hashes !== undefined) this.#sent.set(peer, sent + hashes.length);
    return hashes;
  }
}
