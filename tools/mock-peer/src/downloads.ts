import { equalBytes } from './bytes.js';
import { BLOCK_BYTES, BLOCK_TIMEOUT_MS, PIPELINE_DEPTH } from './limits.js';
import type { Link } from './link.js';
import type { PieceMessage } from './message.js';
import { pieceLengthOf } from './torrent.js';
import { type BlockRequest, isFast } from './uploads.js';

/** A piece in the making: one connection fetches all of it, so a bad one has one culprit. */
interface OpenPiece {
  readonly piece: number;
  readonly buffer: Uint8Array;
  /** Per block: 0 to be asked for, 1 asked for, 2 here. */
  readonly blocks: Uint8Array;
  nextBlock: number;
  /** Blocks that were asked for in vain, to be asked for again before new ones. */
  readonly again: number[];
  missing: number;
}

/** What a leech fetches on one connection. */
export class Downloads {
  readonly #link: Link;
  readonly #open = new Map<number, OpenPiece>();
  readonly #refused = new Set<number>();
  #inFlight = 0;
  #blockDueMs: number | undefined;
  #refusedUntilMs = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Blocks asked for and not answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  get deadlineMs(): number | undefined {
    if (this.#open.size > 0) return this.#blockDueMs;
    return this.#refused.size > 0 ? this.#refusedUntilMs : undefined;
  }

  /** Asks for as much as the pipeline takes. */
  fill(): void {
    const link = this.#link;
    if (link.peerChoking || !link.amInterested || link.outbox.isClosing) return;
    const depth = Math.min(PIPELINE_DEPTH, Math.max(1, link.theirRequestQueue));
    // Refilled in heaps: one write for many requests.
    if (this.#inFlight > depth / 2) return;
    while (this.#inFlight < depth) {
      const request = this.#nextRequest();
      if (request === undefined) return;
      if (this.#inFlight === 0) this.#blockDueMs = link.nowMs + BLOCK_TIMEOUT_MS;
      this.#inFlight++;
      link.say({ type: 'request', ...request });
    }
  }

  receive(message: PieceMessage): void {
    const open = this.#open.get(message.piece);
    const index = message.begin / BLOCK_BYTES;
    const wanted = open === undefined ? 0 : Math.min(BLOCK_BYTES, open.buffer.length - message.begin);
    if (open === undefined || open.blocks[index] !== 1 || message.block.length !== wanted) {
      this.#link.odd('unasked-block', `piece ${message.piece}, begin ${message.begin}, length ${message.block.length}`);
      return;
    }
    open.buffer.set(message.block, message.begin);
    open.blocks[index] = 2;
    open.missing--;
    this.#inFlight--;
    this.#blockDueMs = this.#link.nowMs + BLOCK_TIMEOUT_MS;
    if (open.missing === 0) this.#judge(open);
  }

  /**
   * BEP 6: this block will not come. Behind a choke that is no wonder, and the rest of the piece is kept for the unchoke;
   * otherwise the piece is not asked for here again for a while, or until the next unchoke.
   */
  rejected(request: BlockRequest): void {
    const open = this.#open.get(request.piece);
    const index = request.begin / BLOCK_BYTES;
    if (open === undefined || open.blocks[index] !== 1) return;
    if (this.#link.peerChoking) this.#askAgain(open, index);
    else this.#refuse(open);
  }

  /** Without BEP 6 a choke drops what was asked for. */
  choked(): void {
    if (isFast(this.#link)) return;
    for (const open of this.#open.values()) {
      open.blocks.forEach((state, index) => {
        if (state === 1) this.#askAgain(open, index);
      });
    }
  }

  unchoked(): void {
    this.#refused.clear();
  }

  /** Nothing came in time, or the connection is gone: others may fetch these pieces. */
  releaseAll(): void {
    for (const open of [...this.#open.values()]) this.#giveBack(open);
  }

  /** The other side took too long: its pieces go to others; it is asked again only after a while. */
  expire(): void {
    if (this.deadlineMs === undefined || this.deadlineMs > this.#link.nowMs) return;
    if (this.#open.size === 0) this.#refused.clear();
    // A long choke is no fault: the pieces go to others, but may be asked for here as soon as it ends.
    else if (this.#inFlight === 0) this.releaseAll();
    else for (const open of [...this.#open.values()]) this.#refuse(open);
  }

  #askAgain(open: OpenPiece, index: number): void {
    open.blocks[index] = 0;
    open.again.push(index);
    this.#inFlight--;
  }

  #refuse(open: OpenPiece): void {
    this.#refused.add(open.piece);
    this.#refusedUntilMs = this.#link.nowMs + BLOCK_TIMEOUT_MS;
    this.#giveBack(open);
  }

  #nextRequest(): BlockRequest | undefined {
    for (const open of this.#open.values()) {
      if (open.again.length > 0 || open.nextBlock < open.blocks.length) return this.#ask(open);
    }
    const { holdings, torrent } = this.#link.options;
    const piece = holdings.claim(this.#link.peerBits, this.#refused);
    if (piece === undefined) return undefined;
    const buffer = new Uint8Array(pieceLengthOf(torrent, piece));
    const blocks = new Uint8Array(Math.ceil(buffer.length / BLOCK_BYTES));
    const open = { piece, buffer, blocks, nextBlock: 0, again: [], missing: blocks.length };
    this.#open.set(piece, open);
    return this.#ask(open);
  }

  #ask(open: OpenPiece): BlockRequest {
    const index = open.again.shift() ?? open.nextBlock++;
    const begin = index * BLOCK_BYTES;
    open.blocks[index] = 1;
    return { piece: open.piece, begin, length: Math.min(BLOCK_BYTES, open.buffer.length - begin) };
  }

  #judge(open: OpenPiece): void {
    const { torrent, sha1, holdings } = this.#link.options;
    const wanted = torrent.pieceHashes.subarray(20 * open.piece, 20 * open.piece + 20);
    this.#open.delete(open.piece);
    if (!equalBytes(sha1(open.buffer), wanted)) {
      this.#release(open.piece);
      this.#link.notify({ type: 'piece-rejected', piece: open.piece });
      // One connection sent all of it, so there is nobody else to suspect.
      this.#link.outbox.close('end', `piece ${open.piece} does not have its hash`);
      return;
    }
    holdings.hold(open.piece);
    this.#link.actions.push({ type: 'store-piece', piece: open.piece, bytes: open.buffer });
    this.#link.notify({ type: 'piece-verified', piece: open.piece });
    this.#link.say({ type: 'have', piece: open.piece });
    if (holdings.isComplete) this.#link.notify({ type: 'completed' });
  }

  #giveBack(open: OpenPiece): void {
    this.#open.delete(open.piece);
    for (const block of open.blocks) if (block === 1) this.#inFlight--;
    this.#release(open.piece);
  }

  #release(piece: number): void {
    this.#link.options.holdings.release(piece);
    this.#link.actions.push({ type: 'pieces-released' });
  }
}
