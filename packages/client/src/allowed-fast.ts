import type { HashFunction } from '@unchoke/metainfo';
import type { Block } from '@unchoke/pieces';
import { packAddress } from '@unchoke/tracker';
import { allowedFastSet } from '@unchoke/wire';
import { LIMITS } from './limits.js';
import type { Peer } from './peer.js';
import type { Scene } from './scene.js';

/**
 * What a peer that has next to nothing gets while it is choked, so that it soon has something to give (BEP 6, Allowed Fast): the
 * pieces of its canonical set, each once. In a small torrent there are fewer of them, or choking would mean nothing there.
 */
export class AllowedFast {
  readonly #scene: Scene;
  readonly #infoHash: Uint8Array;
  readonly #sha1: HashFunction | undefined;
  readonly #count: number;

  constructor(scene: Scene, infoHash: Uint8Array, sha1: HashFunction | undefined) {
    this.#scene = scene;
    this.#infoHash = infoHash;
    this.#sha1 = sha1;
    const { pieceCount } = scene.geometry;
    this.#count = Math.min(LIMITS.allowedFastMax, Math.floor(pieceCount / LIMITS.allowedFastShare));
  }

  /** Says which pieces those are. BEP 6 has a rule for IPv4 only. */
  offer(peer: Peer): void {
    const ip = packAddress(peer.address.host);
    if (this.#sha1 === undefined || ip?.length !== 4 || !peer.link.isFast || !this.#isStarting(peer)) return;
    const { pieceCount } = this.#scene.geometry;
    const set = allowedFastSet({ infoHash: this.#infoHash, ip, pieceCount, count: this.#count }, this.#sha1);
    for (const piece of set) this.#scene.send(peer, { type: 'allowed-fast', piece });
  }

  /** Whether a choked peer is given this block. Once it has as many pieces it can trade for more. */
  grant(peer: Peer, { piece, length }: Block): boolean {
    if (!peer.link.local.allowsFast(piece) || !this.#isStarting(peer)) return false;
    if (peer.fastBytes + length > this.#count * this.#scene.geometry.pieceLength) return false;
    peer.fastBytes += length;
    return true;
  }

  #isStarting(peer: Peer): boolean {
    return this.#scene.picker.pieceCountOf(peer.key) < this.#count;
  }
}
