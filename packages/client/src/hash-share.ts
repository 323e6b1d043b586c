import type { HashRange } from '@unchoke/wire';
import { LeafShare } from './leaf-share.js';
import { LIMITS } from './limits.js';
import type { Peer } from './peer.js';
import type { Scene } from './scene.js';
import type { SharedTree, TorrentOptions } from './torrent-options.js';

/**
 * Hashes of pieces for peers that came with a magnet link of version 2 (BEP 52, hash request): their metadata has none. Layers between
 * those of the pieces and of the blocks are not given: nobody needs them.
 */
export class HashShare {
  readonly #scene: Scene;
  readonly #trees = new Map<string, SharedTree>();
  /** … and of their blocks. */
  readonly leaves: LeafShare;
  #bytesMax = 0;
  /** Bytes sent, by peer. */
  readonly #sent = new WeakMap<Peer, number>();

  constructor(scene: Scene, { hashTrees = [], sha256 }: Pick<TorrentOptions, 'hashTrees' | 'sha256'>) {
    this.#scene = scene;
    this.leaves = new LeafShare(scene, sha256);
    this.add(hashTrees);
  }

  /** These can be given from now on. */
  add(hashTrees: Iterable<SharedTree>): void {
    for (const shared of hashTrees) this.#trees.set(shared[0].join(), shared);
    let byteLength = 0;
    for (const [, tree] of this.#trees.values()) byteLength += tree.byteLength;
    // Half of what is sent may be proof, and is for who asks for long runs, as all clients do.
    this.#bytesMax = LIMITS.hashRepeatsMax * 2 * byteLength;
  }

  /** Every request is answered. Whoever asks for what is not here, or again and again, gets rejects. */
  answer(peer: Peer, { piecesRoot, baseLayer, index, length, proofLayers }: HashRange): void {
    // Its bytes are only lent to us, and the answer may take a while.
    const range = { piecesRoot: new Uint8Array(piecesRoot), baseLayer, index, length, proofLayers };
    const hashes = this.#hashesFor(peer, range);
    if (hashes !== undefined) {
      this.#scene.send(peer, { type: 'hashes', ...range, hashes });
      return;
    }
    const [, tree, file] = this.#trees.get(range.piecesRoot.join()) ?? [];
    const isOfBlocks = baseLayer === 0 && tree !== undefined && file !== undefined;
    if (isOfBlocks && !peer.isCrowded && this.leaves.begin(peer, range, tree, file)) return;
    this.#scene.send(peer, { type: 'hash-reject', ...range });
    if (++peer.strayRequests > LIMITS.strayRequestsMax) this.#scene.doom(peer, 'flood', 'too many requests for hashes');
  }

  #hashesFor(peer: Peer, range: HashRange): Uint8Array | undefined {
    const sent = this.#sent.get(peer) ?? 0;
    if (peer.isCrowded || sent >= this.#bytesMax) return undefined;
    const hashes = this.#trees.get(range.piecesRoot.join())?.[1].run(range);
    if (hashes !== undefined) this.#sent.set(peer, sent + hashes.length);
    return hashes;
  }
}
