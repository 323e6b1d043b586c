import { createHash } from 'node:crypto';
import { dict } from '../../src/client/bencode.js';
import type { Read } from './bencode.js';
import type { ModelClient } from './client.js';
import type { ModelPeer } from './peer.js';

const METADATA_PIECE = 16_384;

/** BEP 9 from both sides. */
export class Metadata {
  readonly #client: ModelClient;

  constructor(client: ModelClient) {
    this.#client = client;
  }

  /** Asks, if there is anything to ask for. */
  want(peer: ModelPeer): void {
    if (this.#client.store !== undefined || peer.metadataFailed || peer.metadataSize === 0) return;
    if (this.#client.flaw('never-asks-for-metadata')) return;
    if (
      this.#client.flaw('one-metadata-source') &&
      this.#client.peers.some((other) => other !== peer && (other.metadataSize > 0 || other.metadataFailed))
    )
      return;
    const count = this.#client.flaw('one-piece-of-metadata') ? 1 : Math.ceil(peer.metadataSize / METADATA_PIECE);
    for (let piece = 0; piece < count; piece++) peer.extended('ut_metadata', dict({ msg_type: 0, piece }));
  }

  take(peer: ModelPeer, header: ReadonlyMap<string, Read>, payload: Uint8Array): void {
    const piece = header.get('piece');
    const type = header.get('msg_type');
    if (typeof piece !== 'number' || piece < 0) {
      this.#client.odd('bad-metadata-message');
      return;
    }
    if (type === 0) {
      this.#serve(peer, piece);
      return;
    }
    if (
      this.#client.store !== undefined ||
      this.#client.infoBytes !== undefined ||
      peer.metadata.get(piece) !== undefined ||
      peer.metadataSize === 0
    ) {
      this.#client.odd('unasked-metadata');
      return;
    }
    if (type === 2) {
      this.#failed(peer);
      return;
    }
    if (payload.length > METADATA_PIECE) this.#client.odd('oversized-metadata');
    peer.metadata.set(piece, new Uint8Array(payload));
    const count = Math.ceil(peer.metadataSize / METADATA_PIECE);
    if (peer.metadata.size < count) return;
    const bytes = Buffer.concat(Array.from({ length: count }, (_, i) => peer.metadata.get(i) ?? new Uint8Array(0)));
    const isRight = createHash('sha1').update(bytes).digest().equals(Buffer.from(this.#client.infoHash));
    if (!isRight) {
      this.#failed(peer);
      return;
    }
    if (!this.#client.open(new Uint8Array(bytes))) this.#client.refuse('the metadata cannot be used');
    for (const one of this.#client.peers) one.inventory();
    this.#client.fill();
  }

  #failed(peer: ModelPeer): void {
    this.#client.odd('bad-metadata');
    peer.metadataFailed = true;
    peer.metadata.clear();
    if (this.#client.flaw('one-metadata-source')) return;
    for (const one of this.#client.peers) this.want(one);
  }

  #serve(peer: ModelPeer, piece: number): void {
    const info = this.#client.infoBytes;
    if (info === undefined) return;
    const from = this.#client.flaw('serves-any-metadata') ? 0 : piece * METADATA_PIECE;
    const part = info.slice(from, from + METADATA_PIECE);
    if (part.length === 0) {
      this.#client.odd('metadata-out-of-range');
      peer.extended('ut_metadata', dict({ msg_type: 2, piece }));
      return;
    }
    if (this.#client.flaw('serves-other-metadata') && part.length > 0) part[5] = part[5]! ^ 1;
    peer.extended('ut_metadata', dict({ msg_type: 1, piece, total_size: info.length }), part);
  }
}
