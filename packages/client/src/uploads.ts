import type { Block, PieceIndex } from '@unchoke/pieces';
import type { BlockSpan } from '@unchoke/wire';
import type { AllowedFast } from './allowed-fast.js';
import { chooseUnchoked } from './choker.js';
import type { PeerKey } from './events.js';
import { LIMITS } from './limits.js';
import type { Peer } from './peer.js';
import type { RateLimit } from './rate-limit.js';
import type { Scene } from './scene.js';
import { uploadSlotsFor } from './upload-slots.js';

const PIECE_HEADER_BYTES = 13;
/** Peers that came within this time count as new to the choker. */
const NEWCOMER_MS = 60_000;
/** Having been held back is told for so long: between two looks of a person. */
const HELD_BACK_MS = 2_000;

/** What peers ask of us, and who may ask. */
export class Uploads {
  readonly #scene: Scene;
  readonly #slots: number | undefined;
  readonly #allowedFast: AllowedFast;
  readonly limit: RateLimit<PeerKey>;
  #heldBackMs = Number.NEGATIVE_INFINITY;
  #round = 0;
  #optimistic: number | undefined;
  sentBytes = 0;

  /** Without a number of slots it follows from the limit. */
  constructor(scene: Scene, slots: number | undefined, limit: RateLimit<PeerKey>, allowedFast: AllowedFast) {
    this.#scene = scene;
    this.#slots = slots;
    this.limit = limit;
    this.#allowedFast = allowedFast;
  }

  get #slotCount(): number {
    return this.#slots ?? uploadSlotsFor(this.limit.perSecond);
  }

  /** Whether it would be faster without the limit. */
  get isHeldBack(): boolean {
    if (!this.limit.isLimited) return false;
    return this.limit.first !== undefined || this.#scene.nowMs - this.#heldBackMs < HELD_BACK_MS;
  }

  /** What it has is known. */
  welcome(peer: Peer): void {
    this.#allowedFast.offer(peer);
  }

  /** A request that is in order: the link has checked that it lies in a piece and that the peer may ask. */
  request(peer: Peer, span: BlockSpan): void {
    const { geometry, picker } = this.#scene;
    const block = geometry.rangeAt(span.piece, span.begin, span.length);
    const isHere = block !== undefined && picker.have.has(block.piece);
    const { choking } = peer.link.local;
    if (isHere && (!choking || this.#allowedFast.grant(peer, block))) {
      peer.uploads.push(block);
      this.serve(peer);
      return;
    }
    this.#refuse(peer, span);
    if (choking) this.#countStray(peer);
  }

  /** A request that was not allowed: answered with a reject where that exists, counted everywhere. */
  stray(peer: Peer, span: BlockSpan): void {
    peer.score.note('asked-without-leave', this.#scene.nowMs);
    if (peer.link.isFast)
      this.#scene.send(peer, { type: 'reject', piece: span.piece, begin: span.begin, length: span.length });
    this.#countStray(peer);
  }

  #countStray(peer: Peer): void {
    if (++peer.strayRequests > LIMITS.strayRequestsMax)
      this.#scene.doom(peer, 'flood', 'too many requests that were not allowed');
  }

  cancel(peer: Peer, span: BlockSpan): void {
    const waiting = peer.uploads.findIndex((block) => isSame(block, span));
    const loading = waiting === -1 ? [...peer.loads].find((block) => isSame(block, span)) : undefined;
    if (waiting === -1 && loading === undefined) return;
    if (loading === undefined) peer.uploads.splice(waiting, 1);
    else {
      peer.loads.delete(loading);
      this.limit.giveBack(loading.length);
    }
    // BEP 6: a cancelled request is answered too. Without it the link has forgotten the request already.
    if (peer.link.isFast) this.#refuse(peer, span);
  }

  /**
   * Has the next blocks read, as far as the peer's socket takes them; several at once, for the disk's thread sleeps in between, and
   * waking it for each cost a seventh of a seed's processor time.
   */
  serve(peer: Peer): void {
    if (!this.limit.isLimited && peer.loads.size > LIMITS.uploadLoadsMax / 2) return;
    while (peer.uploads.length > 0 && peer.loads.size < LIMITS.uploadLoadsMax && !peer.isCrowded) {
      const block = peer.uploads[0]!;
      if (this.limit.isLimited && !this.limit.take(peer.key, block.length, this.#scene.nowMs)) {
        this.#heldBackMs = this.#scene.nowMs;
        return;
      }
      peer.uploads.shift();
      peer.loads.add(block);
      this.#scene.do({ type: 'load-block', peer: peer.key, block });
    }
    if (this.limit.isLimited) this.limit.leave(peer.key);
  }

  /** Those whose blocks the limit held back, in their order. */
  passTime(): void {
    for (let { first } = this.limit; first !== undefined; { first } = this.limit) {
      const peer = this.#scene.peers.get(first);
      if (peer === undefined || this.#scene.isDoomed(peer)) this.limit.leave(first);
      else this.serve(peer);
      if (this.limit.first === first) break;
    }
  }

  peerLeft(peer: Peer): void {
    this.limit.leave(peer.key);
    for (const { length } of peer.loads) this.limit.giveBack(length);
  }

  /** Whom the limit held back may not wait for it any more. */
  serveAll(): void {
    for (const peer of this.#scene.peers.values()) if (!this.#scene.isDoomed(peer)) this.serve(peer);
  }

  /** Whether the bytes were sent. */
  loaded(peer: Peer, block: Block, bytes: Uint8Array | undefined): boolean {
    // One that was cancelled meanwhile is of no use, but others may have waited for its place.
    const isWanted = peer.loads.delete(block);
    if (isWanted && bytes !== undefined) this.#answer(peer, block, bytes);
    else if (isWanted) this.#dropLoaded(peer, block);
    this.serve(peer);
    return isWanted;
  }

  /**
   * Pieces that were announced are gone, and it is said (BEP 54) to whom speaks that. One with the fast extension may
   * stay without: each request of a lost piece is answered with a reject (BEP 6). To any other a request would just never
   * be answered; it is let go, and finds in the bitfield of its next visit what we have.
   */
  retract(pieces: readonly PieceIndex[]): void {
    for (const peer of this.#scene.peers.values()) {
      peer.untold = peer.untold.filter((piece) => !pieces.includes(piece));
      if (!peer.isGreeted || this.#scene.isDoomed(peer)) continue;
      if (peer.link.remote.extensions.has('lt_donthave')) {
        for (const piece of pieces) this.#scene.send(peer, { type: 'dont-have', piece });
      } else if (!peer.link.isFast) this.#scene.doom(peer, 'pieces-lost', 'cannot be told that pieces are gone');
    }
  }

  /** BEP 3, choking: every ten seconds. */
  rechoke(isSeeding: boolean, isSnubbing: (peer: Peer) => boolean): void {
    const { peers, nowMs, randomBelow } = this.#scene;
    const known = [...peers.values()].filter((peer) => peer.isJoined && !this.#scene.isDoomed(peer));
    const decision = chooseUnchoked(
      known.map((peer) => ({
        key: peer.key,
        isInterested: peer.link.remote.interested,
        isSnubbing: isSnubbing(peer),
        rate: (isSeeding ? peer.sent : peer.received).perSecond(nowMs),
        isNew: nowMs - peer.openedMs < NEWCOMER_MS,
        unchokedSinceMs: peer.unchokedSinceMs,
        waitingSinceMs: peer.chokedSinceMs,
      })),
      {
        slots: this.#slotCount,
        optimistic: this.#optimistic,
        rotate: this.#round++ % LIMITS.optimisticRounds === 0,
        isSeeding,
        nowMs,
      },
      randomBelow,
    );
    this.#optimistic = decision.optimistic;
    for (const peer of known) this.#setChoking(peer, !decision.unchoked.has(peer.key));
  }

  /** A slot that nobody holds is given at once: a newcomer need not wait for the round. */
  fillFreeSlot(peer: Peer): void {
    if (!peer.link.local.choking || !peer.link.remote.interested) return;
    if (this.#hasFreeSlot) this.#setChoking(peer, false);
  }

  /**
   * Who wants nothing any more, or goes, passes its slot on at once: until the next round it would serve nobody. Without
   * anybody who waits nothing changes.
   */
  passSlotOn(peer: Peer): void {
    if (peer.link.local.choking || !this.#hasFreeSlot) return;
    const next = this.#nextInLine();
    if (next === undefined) return;
    if (this.#scene.peers.has(peer.key)) this.#setChoking(peer, true);
    this.#setChoking(next, false);
  }

  get #hasFreeSlot(): boolean {
    let held = 0;
    for (const { link } of this.#scene.peers.values()) if (!link.local.choking && link.remote.interested) held++;
    return held < this.#slotCount;
  }

  /** Of those that wait for a slot, who gave us most lately; who waits longest where nobody did. */
  #nextInLine(): Peer | undefined {
    const { peers, nowMs, picker } = this.#scene;
    let next: Peer | undefined;
    let nextRate = 0;
    for (const peer of peers.values()) {
      const { link, received, chokedSinceMs } = peer;
      if (!peer.isJoined || !link.local.choking || !link.remote.interested || this.#scene.isDoomed(peer)) continue;
      const rate = picker.isComplete ? 0 : received.perSecond(nowMs);
      const isBetter = rate > nextRate || (rate === nextRate && chokedSinceMs < (next?.chokedSinceMs ?? nowMs + 1));
      if (!isBetter) continue;
      next = peer;
      nextRate = rate;
    }
    return next;
  }

  #setChoking(peer: Peer, isChoking: boolean): void {
    if (peer.link.local.choking === isChoking) return;
    this.#scene.send(peer, { type: isChoking ? 'choke' : 'unchoke' });
    peer.unchokedSinceMs = isChoking ? undefined : this.#scene.nowMs;
    if (isChoking) peer.chokedSinceMs = this.#scene.nowMs;
    if (!isChoking) {
      peer.strayRequests = 0;
      return;
    }
    // BEP 6, Reject Request: what is allowed fast is not rejected by a choke.
    const isKept = ({ piece }: Block) => peer.link.local.allowsFast(piece);
    const dropped = [...peer.loads, ...peer.uploads].filter((block) => !isKept(block));
    for (const block of dropped) if (peer.loads.delete(block)) this.limit.giveBack(block.length);
    peer.uploads.splice(0, peer.uploads.length, ...peer.uploads.filter(isKept));
    if (peer.uploads.length === 0) this.limit.leave(peer.key);
    // Without the fast extension a choke has dropped them in itself.
    if (peer.link.isFast) for (const block of dropped) this.#refuse(peer, block);
  }

  #dropLoaded(peer: Peer, block: Block): void {
    this.limit.giveBack(block.length);
    this.#refuse(peer, block);
  }

  #answer(peer: Peer, { piece, begin }: Block, bytes: Uint8Array): void {
    const header = new Uint8Array(PIECE_HEADER_BYTES);
    peer.link.sendInto({ type: 'piece', piece, begin, block: bytes }, header, 0);
    this.#scene.sendBytes(peer, header, bytes);
    peer.sent.add(bytes.length, this.#scene.nowMs);
    this.sentBytes += bytes.length;
  }

  /** A request that will not be answered with data. With the fast extension it is said (BEP 6, Reject Request). */
  #refuse(peer: Peer, { piece, begin, length }: BlockSpan): void {
    if (peer.link.isFast) this.#scene.send(peer, { type: 'reject', piece, begin, length });
    else peer.link.drop({ piece, begin, length });
  }
}

function isSame(one: BlockSpan, other: BlockSpan): boolean {
  return one.piece === other.piece && one.begin === other.begin && one.length === other.length;
}
