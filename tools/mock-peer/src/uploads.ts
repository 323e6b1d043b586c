import { Fifo } from './fifo.js';
import { BLOCK_BYTES, REQUEST_QUEUE_MAX } from './limits.js';
import type { Link } from './link.js';
import { type Message, offersFast } from './message.js';
import { isInside } from './torrent.js';

/** A request, as BEP 3 writes it. */
export interface BlockRequest {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
}

/** What the other side asked for and has not got yet. */
export class Uploads {
  readonly #link: Link;
  readonly #queue = new Fifo<BlockRequest>();

  constructor(link: Link) {
    this.#link = link;
  }

  request(request: BlockRequest): void {
    const link = this.#link;
    const at = `piece ${request.piece}, begin ${request.begin}, length ${request.length}`;
    if (link.amChoking) link.odd('request-while-choked', at);
    else if (
      !isInside(link.options.torrent, request.piece, request.begin, request.length) ||
      request.length > BLOCK_BYTES
    ) {
      link.odd('request-out-of-range', at);
    } else if (!link.options.holdings.has(request.piece)) link.odd('request-for-missing-piece', at);
    else if (this.#queue.length >= REQUEST_QUEUE_MAX) link.odd('too-many-requests', at);
    else {
      this.#queue.push(request);
      return;
    }
    this.refuse(request);
  }

  /** BEP 6: every request is answered; without it a refused one is passed over in silence. */
  refuse(request: BlockRequest): void {
    if (isFast(this.#link)) this.#link.say({ type: 'reject', ...blockOf(request) });
  }

  cancel(request: BlockRequest): void {
    const found = this.#queue.remove(
      (waiting) =>
        waiting.piece === request.piece && waiting.begin === request.begin && waiting.length === request.length,
    );
    if (found !== undefined) this.refuse(found);
  }

  /** We choked: BEP 6 rejects what waits, BEP 3 forgets it. */
  forget(): void {
    for (const request of this.#queue.clear()) this.refuse(request);
  }

  /** Answers as many as there is room for. */
  serve(): void {
    const { outbox, options } = this.#link;
    while (outbox.hasRoom && this.#queue.length > 0) {
      const { piece, begin, length } = this.#queue.shift()!;
      const block = options.content.read(piece * options.torrent.pieceLength + begin, length);
      this.#link.say({ type: 'piece', piece, begin, block });
    }
  }
}

/** BEP 6 holds when both handshakes offered it. */
export function isFast(link: Link): boolean {
  return (
    link.ours !== undefined &&
    link.theirs !== undefined &&
    offersFast(link.ours.reserved) &&
    offersFast(link.theirs.reserved)
  );
}

export function blockOf(message: BlockRequest | (Message & BlockRequest)): BlockRequest {
  return { piece: message.piece, begin: message.begin, length: message.length };
}
