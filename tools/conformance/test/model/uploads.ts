import { type Block, key } from './block.js';
import type { ModelPeer } from './peer.js';

const BLOCK = 16_384;
const QUEUE_MAX = 500;

/** What one peer asks the model client for, and what becomes of it. */
export class Uploads {
  readonly #peer: ModelPeer;
  #queue: Block[] = [];
  readonly #sent = new Set<string>();
  readonly #asked = new Set<string>();
  #requests = 0;
  #asksForMuch = false;

  constructor(peer: ModelPeer) {
    this.#peer = peer;
  }

  requested(block: Block): void {
    const peer = this.#peer;
    const { client } = peer;
    const { store } = client;
    const isGood =
      store !== undefined &&
      block.piece < store.pieceCount &&
      block.length > 0 &&
      block.length <= 128 * 1024 &&
      block.begin + block.length <= store.lengthOf(block.piece);
    this.#note(block);
    if (!isGood) {
      if (client.flaw('serves-anything'))
        peer.say(7, block.piece, block.begin, new Uint8Array(Math.min(block.length, BLOCK)));
      peer.odd('bad-request');
      peer.close();
      return;
    }
    const isAllowed = !peer.amChoking || client.flaw('serves-choked') || client.allowedFast(peer).includes(block.piece);
    const isHere = store.have[block.piece] === true || client.flaw('serves-missing');
    if (isAllowed && isHere && this.#queue.length < QUEUE_MAX) {
      this.#queue.push(block);
      setTimeout(() => this.serve(), client.flaw('one-at-a-time') ? client.ms(30_000) : 0);
    } else if (peer.isFast && !client.flaw('forgets-rejects')) peer.reject(block);
  }

  /** Many requests: which of the three ways to ask too much is it? */
  #note(block: Block): void {
    const peer = this.#peer;
    this.#asked.add(key(block));
    if (++this.#requests === 11_000) peer.odd('request-flood');
    if (this.#requests === 500 && this.#asked.size === 1) peer.odd('flood-of-one-request');
    if (this.#requests === 500 && this.#asked.size > 1) this.#asksForMuch = true;
    // Told by what waits, as no machine's buffers hold all that was asked for: how soon they are full is another matter.
    if (this.#asksForMuch && this.#queue.length >= QUEUE_MAX) peer.odd('never-read');
  }

  cancelled(block: Block): void {
    const at = this.#queue.findIndex((one) => key(one) === key(block));
    if (at < 0) {
      this.#peer.odd(this.#sent.has(key(block)) ? 'cancel-of-the-sent' : 'cancel-of-the-unasked');
      return;
    }
    this.#queue.splice(at, 1);
    if (this.#peer.isFast && !this.#peer.client.flaw('silent-cancel')) this.#peer.reject(block);
  }

  /** As long as the socket takes it. */
  serve(): void {
    const peer = this.#peer;
    while (this.#queue.length > 0 && !peer.isOver && !peer.socket.writableNeedDrain) {
      const block = this.#queue.shift()!;
      this.#sent.add(key(block));
      peer.client.sendBlock(peer, block);
    }
  }

  /** A choke drops what waits. */
  drop(): void {
    const dropped = this.#queue;
    this.#queue = [];
    if (!this.#peer.isFast || this.#peer.client.flaw('forgets-rejects')) return;
    for (const block of dropped) this.#peer.reject(block);
  }
}
