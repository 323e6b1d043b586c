import { type Block, key } from './block.js';
import type { ModelClient } from './client.js';
import type { ModelPeer } from './peer.js';
import type { Store } from './store.js';

const BLOCK = 16_384;

interface Partial {
  readonly bytes: Uint8Array;
  readonly from: Map<number, ModelPeer>;
  /** After a bad mixture one peer brings all of it. */
  sole: ModelPeer | undefined;
}

/** What the model client asks for, and what becomes of it. */
export class Downloads {
  readonly #client: ModelClient;
  #store: Store | undefined;
  #order: number[] = [];
  readonly #partial = new Map<number, Partial>();
  readonly #sentAt = new Map<ModelPeer, number>();
  readonly #mixed = new Set<number>();

  constructor(client: ModelClient) {
    this.#client = client;
  }

  begin(store: Store): void {
    this.#store = store;
    this.#order = Array.from({ length: store.pieceCount }, (_, piece) => piece);
    if (this.#client.flaw('in-order')) return;
    // From the middle on and around: nobody's idea of front to back.
    this.#order = this.#order.map((_, i) => (i + Math.floor(store.pieceCount / 2)) % store.pieceCount);
  }

  get isBusy(): boolean {
    return this.#client.peers.some(({ asked }) => asked.size > 0);
  }

  ask(peer: ModelPeer): void {
    const store = this.#store;
    const { flaw } = this.#client;
    if (store === undefined || peer.isOver || (!peer.amInterested && !flaw('asks-without-interest'))) return;
    const depth = Math.min(flaw('one-request') ? 1 : 12, peer.requestQueue);
    const isEndGame = this.#isEndGame();
    for (const piece of this.#order) {
      if (peer.asked.size >= depth) return;
      const isThere = peer.hasPiece(piece) || flaw('asks-for-anything');
      if (store.have[piece] === true || !isThere) continue;
      if (peer.isChoking && !peer.allowed.has(piece) && !flaw('asks-while-choked')) continue;
      this.#askForPiece(peer, piece, depth, isEndGame);
    }
  }

  #askForPiece(peer: ModelPeer, piece: number, depth: number, isEndGame: boolean): void {
    const store = this.#store!;
    const { flaw } = this.#client;
    const partial = this.#partial.get(piece);
    if (partial?.sole !== undefined && partial.sole !== peer) return;
    const step = flaw('long-blocks') ? 2 * BLOCK : BLOCK;
    for (let begin = 0; begin < store.lengthOf(piece); begin += step) {
      if (peer.asked.size >= depth) return;
      const length = flaw('beyond-the-end') ? step : Math.min(step, store.lengthOf(piece) - begin);
      const block = { piece, begin, length };
      const isOpen = this.#client.peers.some((other) => other.asked.has(key(block)) && (other === peer || !isEndGame));
      if (partial?.from.has(begin) === true || isOpen || peer.refused.has(key(block))) continue;
      peer.request(block);
      if (flaw('asks-twice')) peer.request(block);
      if (!this.#sentAt.has(peer)) this.#sentAt.set(peer, performance.now());
    }
  }

  /** Everything that is missing has been asked for. */
  #isEndGame(): boolean {
    const store = this.#store!;
    const asked = new Set(this.#client.peers.flatMap((peer) => [...peer.asked.keys()]));
    for (let piece = 0; piece < store.pieceCount; piece++) {
      if (store.have[piece] === true) continue;
      for (let begin = 0; begin < store.lengthOf(piece); begin += BLOCK) {
        if (!asked.has(key({ piece, begin })) && this.#partial.get(piece)?.from.has(begin) !== true) return false;
      }
    }
    return true;
  }

  received(peer: ModelPeer, piece: number, begin: number, bytes: Uint8Array): void {
    const store = this.#store;
    const { flaw } = this.#client;
    const block = peer.asked.get(key({ piece, begin }));
    if (flaw('trusts-blocks') && store !== undefined && piece < store.pieceCount) {
      store.write(piece * store.pieceLength + begin, bytes);
      for (const one of this.#client.peers) one.asked.delete(key({ piece, begin }));
      if (begin + BLOCK >= store.lengthOf(piece)) this.#finish(piece);
      return;
    }
    if (block === undefined || block.length !== bytes.length || store === undefined) {
      this.#oddBlock(peer, piece, begin, bytes.length);
      if (flaw('writes-unasked') && store !== undefined && piece < store.pieceCount) {
        store.write(piece * store.pieceLength + begin, bytes);
        store.have[piece] = true;
      }
      // BEP 6: a block that nobody asked for ends the connection; without it, it is only not taken.
      if (block === undefined && peer.isFast && !flaw('keeps-unasked')) peer.close();
      else if (block !== undefined && !flaw('never-times-out')) peer.close();
      return;
    }
    peer.asked.delete(key(block));
    peer.delivered.add(key(block));
    this.#sentAt.set(peer, performance.now());
    peer.gaveBytes += bytes.length;
    this.#client.downloaded += flaw('counts-nothing') ? 0 : bytes.length;
    for (const other of [...this.#client.peers]) other.cancel(block);
    const partial = this.#partial.get(piece) ?? {
      bytes: new Uint8Array(store.lengthOf(piece)),
      from: new Map(),
      sole: undefined,
    };
    this.#partial.set(piece, partial);
    partial.bytes.set(bytes, begin);
    partial.from.set(begin, peer);
    if (partial.from.size < Math.ceil(store.lengthOf(piece) / BLOCK)) return;
    this.#partial.delete(piece);
    if (store.isRight(piece, partial.bytes) || flaw('trusts-pieces')) {
      store.keep(piece, partial.bytes);
      this.#finish(piece);
    } else this.#blame(piece, partial);
  }

  /** Not what was asked: why, as precisely as it can be told. */
  #oddBlock(peer: ModelPeer, piece: number, begin: number, length: number): void {
    const store = this.#store;
    const name = key({ piece, begin });
    if (peer.asked.has(name)) this.#client.odd(`block-of-${length}-bytes`);
    else if (store !== undefined && piece >= store.pieceCount) this.#client.odd('block-out-of-range');
    else if (peer.delivered.has(name)) this.#client.odd(store?.have[piece] === true ? 'block-had' : 'block-again');
    else if (!peer.everAsked.has(name)) this.#client.odd('unasked-block');
  }

  #finish(piece: number): void {
    this.#store!.have[piece] = true;
    this.#client.completedPiece(piece);
  }

  #blame(piece: number, partial: Partial): void {
    const { flaw } = this.#client;
    this.#client.odd('bad-piece');
    if (flaw('announces-bad-pieces')) for (const peer of this.#client.peers) peer.say(4, piece);
    if (flaw('serves-bad-pieces')) {
      this.#store!.write(piece * this.#store!.pieceLength, partial.bytes);
      this.#store!.have[piece] = true;
      return;
    }
    if (flaw('never-bans')) return;
    const suspects = new Set(partial.from.values());
    const [only] = suspects;
    if (suspects.size === 1 && only !== undefined) {
      this.#client.ban(only);
      return;
    }
    this.#mixed.add(piece);
    const sole = this.#client.peers.find((peer) => !peer.isChoking && peer.hasPiece(piece) && suspects.has(peer));
    this.#partial.set(piece, { bytes: new Uint8Array(partial.bytes.length), from: new Map(), sole });
  }

  /** Refused once, not asked again of the same peer until it unchokes again. */
  refused(peer: ModelPeer, block: Block): void {
    if (this.#client.flaw('waits-for-the-refused')) peer.asked.set(key(block), block);
    else peer.refused.add(key(block));
  }

  lost(peer: ModelPeer): void {
    peer.asked.clear();
    for (const [piece, partial] of this.#partial) if (partial.sole === peer) this.#partial.delete(piece);
  }

  /** Who does not deliver is left. */
  expire(now: number): void {
    if (this.#client.flaw('never-times-out')) return;
    for (const peer of [...this.#client.peers]) {
      const since = this.#sentAt.get(peer);
      if (peer.asked.size === 0) this.#sentAt.delete(peer);
      else if (since !== undefined && now - since > this.#client.ms(40_000)) peer.close();
    }
  }
}
