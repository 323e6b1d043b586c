import { Blame, type Block, type Cancel, type PieceIndex } from '@unchoke/pieces';
import type { BlockSpan, PieceMessage } from '@unchoke/wire';
import { LIMITS } from './limits.js';
import type { Peer } from './peer.js';
import type { Scene } from './scene.js';

const REQUEST_FRAME_BYTES = 17;
const BLOCK_BYTES = 16_384;
/** Blocks asked for ahead: what arrives in so long at the present speed. Ample for a round trip; a late change costs little. */
const PIPELINE_MS = 400;

/** What we ask for, what comes, and what becomes of it. */
export class Downloads {
  readonly #scene: Scene;
  readonly #blame: Blame;
  /** Bytes of blocks that were of no use: duplicates, late ones, pieces that were wrong. */
  wastedBytes = 0;
  receivedBytes = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#blame = new Blame(scene.geometry);
  }

  /** BEP 3: interest is kept exact at all times. */
  updateInterest(peer: Peer): void {
    const { picker } = this.#scene;
    const isInterested = peer.isJoined && picker.isInterestedIn(peer.key);
    if (isInterested === peer.link.local.interested) return;
    this.#scene.send(peer, { type: isInterested ? 'interested' : 'not-interested' });
  }

  /** Asks for more blocks, in one write, once a quarter of what should be under way is missing. */
  fill(peer: Peer): void {
    const { picker, nowMs } = this.#scene;
    if (!peer.isJoined || !peer.link.local.interested || peer.isCrowded) return;
    if (this.#scene.isStalled || this.#scene.isDoomed(peer) || nowMs < peer.restUntilMs) return;
    const depth = this.#depthOf(peer);
    const outstanding = picker.requestCountOf(peer.key);
    const missing = Math.min(depth - outstanding, peer.link.requestRoom);
    if (missing < Math.max(1, depth >> 2) && outstanding > 0) return;
    if (missing <= 0) return;
    const blocks = picker.pick(peer.key, missing);
    if (blocks.length === 0) return;
    if (outstanding === 0) peer.waitingSinceMs = nowMs;
    // What was cancelled and is asked for again is still to be answered: a second request would be one too many.
    this.#request(
      peer,
      peer.cancelled.size === 0 ? blocks : blocks.filter((block) => !peer.cancelled.has(this.#idOf(block))),
    );
  }

  takeBlock(peer: Peer, { piece, begin, block: bytes }: PieceMessage): void {
    const { geometry, picker, nowMs } = this.#scene;
    peer.waitingSinceMs = nowMs;
    peer.stalledSinceMs = undefined;
    peer.timeouts = 0;
    peer.restUntilMs = 0;
    const block = geometry.blockAt(piece, begin, bytes.length);
    if (block !== undefined && peer.cancelled.size > 0) peer.cancelled.delete(this.#idOf(block));
    const arrival = block === undefined ? undefined : picker.blockArrived(peer.key, block);
    if (
      block === undefined ||
      arrival === undefined ||
      arrival.outcome === 'unrequested' ||
      arrival.outcome === 'duplicate'
    ) {
      this.wastedBytes += bytes.length;
      return;
    }
    peer.received.add(bytes.length, nowMs);
    peer.speed.add(bytes.length, nowMs);
    this.receivedBytes += bytes.length;
    this.#scene.do({ type: 'store-block', block, bytes });
    this.cancel(arrival.cancels);
    if (arrival.outcome !== 'piece-filled') return;
    this.#scene.do({ type: 'verify-piece', piece: block.piece, blockDigests: this.#blame.isSuspect(block.piece) });
  }

  /** Tells the peers that a block of theirs is no longer needed. */
  cancel(cancels: readonly Cancel[]): void {
    for (const { peer: key, block } of cancels) {
      const peer = this.#scene.peers.get(key);
      if (peer !== undefined) this.#sendCancel(peer, block);
    }
  }

  /** What a choke or an lt_donthave made void. */
  release(peer: Peer, spans: readonly BlockSpan[]): void {
    const { geometry, picker } = this.#scene;
    for (const { piece, begin, length } of spans) {
      const block = geometry.blockAt(piece, begin, length);
      if (block !== undefined) picker.releaseBlock(peer.key, block, 'timed-out');
    }
    picker.retry(peer.key);
  }

  /** A reject answers a request, or a cancel: then the block may be asked for anew, of this peer too. */
  reject(peer: Peer, { piece, begin, length }: BlockSpan): void {
    const { geometry, picker } = this.#scene;
    const block = geometry.blockAt(piece, begin, length);
    if (block === undefined) return;
    const wasCancelled = peer.cancelled.delete(this.#idOf(block));
    picker.releaseBlock(peer.key, block, wasCancelled ? 'timed-out' : 'rejected');
    if (wasCancelled) picker.retry(peer.key);
  }

  /** Frees what a peer has kept us waiting for, for others; true when it did. The peer may still send it. */
  checkTimeout(peer: Peer): boolean {
    const { picker, nowMs } = this.#scene;
    if (picker.requestCountOf(peer.key) === 0 || nowMs < this.deadlineOf(peer)) return false;
    peer.stalledSinceMs ??= peer.waitingSinceMs;
    peer.restUntilMs = nowMs + Math.min(LIMITS.restMaxMs, LIMITS.restFirstMs * 2 ** peer.timeouts++);
    for (const block of picker.requestsOf(peer.key)) {
      picker.releaseBlock(peer.key, block, 'timed-out');
      this.#sendCancel(peer, block);
    }
    return true;
  }

  isSnubbing(peer: Peer): boolean {
    return peer.stalledSinceMs !== undefined && this.#scene.nowMs - peer.stalledSinceMs >= LIMITS.snubMs;
  }

  /** When a peer has kept us waiting for too long, or has rested long enough. */
  deadlineOf(peer: Peer): number {
    const { picker, nowMs } = this.#scene;
    if (picker.requestCountOf(peer.key) > 0) {
      return peer.waitingSinceMs + (picker.isEndgame ? LIMITS.endgameTimeoutMs : LIMITS.requestTimeoutMs);
    }
    return peer.restUntilMs > nowMs ? peer.restUntilMs : Number.POSITIVE_INFINITY;
  }

  /** The peers that must have lied, when a good copy of a piece shows it. */
  pieceVerified(piece: PieceIndex, digests: Uint8Array | undefined): readonly number[] {
    const liars = digests === undefined ? [] : this.#blame.pieceVerified(piece, digests);
    this.cancel(this.#scene.picker.pieceVerified(piece));
    return liars;
  }

  pieceRejected(piece: PieceIndex, digests: Uint8Array | undefined): readonly number[] {
    const rejection = this.#scene.picker.pieceRejected(piece);
    this.wastedBytes += this.#scene.geometry.lengthOf(piece);
    if (digests !== undefined) return this.#blame.pieceRejected(rejection, digests);
    return rejection.contributors.length === 1 && !rejection.suppliers.includes(undefined)
      ? rejection.contributors
      : [];
  }

  #depthOf(peer: Peer): number {
    const perSecond = peer.speed.perSecond(this.#scene.nowMs);
    const wanted = LIMITS.pipelineMin + Math.ceil((perSecond * PIPELINE_MS) / 1000 / BLOCK_BYTES);
    return Math.min(LIMITS.pipelineMax, wanted);
  }

  #request(peer: Peer, blocks: readonly Block[]): void {
    if (blocks.length === 0) return;
    const bytes = new Uint8Array(blocks.length * REQUEST_FRAME_BYTES);
    let end = 0;
    for (const { piece, begin, length } of blocks) {
      end = peer.link.sendInto({ type: 'request', piece, begin, length }, bytes, end);
    }
    this.#scene.sendBytes(peer, bytes);
  }

  #sendCancel(peer: Peer, block: Block): void {
    if (this.#scene.isDoomed(peer) || peer.cancelled.has(this.#idOf(block))) return;
    const { piece, begin, length } = block;
    this.#scene.send(peer, { type: 'cancel', piece, begin, length });
    if (peer.link.isFast) peer.cancelled.add(this.#idOf(block));
  }

  #idOf(block: Block): number {
    const { geometry } = this.#scene;
    return geometry.blockIdOf(block.piece, geometry.blockIndexOf(block));
  }
}
