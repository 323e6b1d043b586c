import { Blame, type Block, type Cancel, type PieceIndex } from '@unchoke/pieces';
import type { BlockSpan, PieceMessage } from '@unchoke/wire';
import type { PeerKey } from './events.js';
import { LIMITS } from './limits.js';
import type { Peer } from './peer.js';
import { Probation } from './probation.js';
import type { RateLimit } from './rate-limit.js';
import type { Scene } from './scene.js';

const REQUEST_FRAME_BYTES = 17;
const HAVE_FRAME_BYTES = 9;
const BLOCK_BYTES = 16_384;
/** Blocks asked for ahead: what arrives in so long at the present speed. Ample for a round trip; a late change costs little. */
const PIPELINE_MS = 400;
/** How much the latest block counts in the pace of a peer. */
const PACE_SHARE = 1 / 8;
/** A peer that takes so many times as long as usual for a block is taken for as slow as that … */
const PACES_SILENT = 2;
/** … and for late. */
const PACES_LATE = 4;
/** Having been held back is told for so long: between two looks of a person. */
const HELD_BACK_MS = 2_000;

/** What we ask for, what comes, and what becomes of it. */
export class Downloads {
  readonly #scene: Scene;
  readonly #blame: Blame;
  readonly #probation: Probation;
  readonly limit: RateLimit<PeerKey>;
  /** Bytes of blocks that were of no use: duplicates, late ones, pieces that were wrong. */
  wastedBytes = 0;
  receivedBytes = 0;
  #isEndgame = false;
  /** From one block to the next with a peer of which nothing else is known: as with the others. */
  #usualPaceMs = 0;
  /** When a request was last held back, because the limit was reached. */
  #heldBackMs = Number.NEGATIVE_INFINITY;

  constructor(scene: Scene, limit: RateLimit<PeerKey>) {
    this.#scene = scene;
    this.limit = limit;
    this.#blame = new Blame(scene.geometry);
    this.#probation = new Probation(scene);
  }

  /** BEP 3: interest is kept exact at all times. */
  updateInterest(peer: Peer): void {
    const { picker } = this.#scene;
    const isInterested = peer.isJoined && picker.isInterestedIn(peer.key);
    if (isInterested === peer.link.local.interested) return;
    this.#scene.send(peer, { type: isInterested ? 'interested' : 'not-interested' });
  }

  /** What a peer has or we want may have changed. */
  goOn(peer: Peer): void {
    if (!peer.isJoined || this.#scene.isDoomed(peer)) return;
    this.updateInterest(peer);
    this.fill(peer);
  }

  /** Asks for more blocks, in one write, once a quarter of what should be under way is missing. */
  fill(peer: Peer): void {
    const { picker, nowMs } = this.#scene;
    const wanted = this.#countWanted(peer);
    const granted = this.limit.isLimited ? this.#grant(peer, wanted) : wanted;
    if (granted === 0) return;
    const isIdle = picker.requestCountOf(peer.key) === 0;
    const leave = this.#probation.leaveFor(peer, granted);
    const blocks = picker.pick(peer.key, leave.blocks, { ...leave, nowMs, timeLeftMs: this.#timeLeftMs });
    if (blocks.length < granted) this.#giveBack(peer, granted - blocks.length);
    if (blocks.length === 0) return;
    if (isIdle) peer.waitingSinceMs = nowMs;
    // What was cancelled and is asked for again is still to be answered: a second request would be one too many.
    this.#request(
      peer,
      peer.cancelled.size === 0 ? blocks : blocks.filter((block) => !peer.cancelled.has(this.#idOf(block))),
    );
  }

  #countWanted(peer: Peer): number {
    const { picker, nowMs } = this.#scene;
    if (!peer.isJoined || !peer.link.local.interested || peer.isCrowded) return 0;
    if (peer.link.remote.choking && !peer.allowsSome) return 0;
    if (this.#scene.isStalled || this.#scene.isDoomed(peer) || nowMs < peer.restUntilMs) return 0;
    const depth = this.#depthOf(peer);
    const outstanding = picker.requestCountOf(peer.key);
    const missing = Math.min(depth - outstanding, peer.link.requestRoom);
    if (missing < Math.max(1, depth >> 2) && outstanding > 0) return 0;
    return Math.max(0, missing);
  }

  /** Of so many blocks, how many the limit lets us ask for: nothing comes that was not asked for, so that no buffer fills. */
  #grant(peer: Peer, wanted: number): number {
    const { nowMs } = this.#scene;
    let granted = 0;
    while (granted < wanted && this.limit.take(peer.key, BLOCK_BYTES, nowMs)) granted++;
    if (wanted === 0) this.limit.leave(peer.key);
    else if (granted < wanted) this.#heldBackMs = nowMs;
    return granted;
  }

  /** It has nothing more that we want: others may have the place in the line as well. */
  #giveBack(peer: Peer, blockCount: number): void {
    this.limit.giveBack(blockCount * BLOCK_BYTES);
    this.limit.leave(peer.key);
  }

  /** Those who waited for the limit first, then everybody. */
  passTime(): void {
    const { picker } = this.#scene;
    const { isEndgame } = picker;
    this.#giveUpLate(isEndgame);
    this.#fillAll();
    // What was asked for just now may have been the last: whoever is late by the measure of the endgame was not, a moment ago.
    if (isEndgame || !picker.isEndgame) return;
    this.#giveUpLate(true);
    this.#fillAll();
  }

  #fillAll(): void {
    const { peers } = this.#scene;
    for (let { first } = this.limit; first !== undefined; { first } = this.limit) {
      const peer = peers.get(first);
      if (peer === undefined) this.limit.leave(first);
      else this.fill(peer);
      if (this.limit.first === first) break;
    }
    for (const peer of peers.values()) {
      this.fill(peer);
      this.tellRest(peer);
    }
  }

  /** Now that the last block is asked for, who idled can be asked for what others were asked for. */
  enterEndgame(): void {
    const { picker, peers } = this.#scene;
    const wasEndgame = this.#isEndgame;
    this.#isEndgame = picker.isEndgame;
    if (this.#isEndgame && !wasEndgame) for (const peer of peers.values()) this.fill(peer);
  }

  /** Its requests will not be answered any more. */
  peerLeft(peer: Peer): void {
    this.limit.leave(peer.key);
    if (peer.isJoined) this.limit.giveBack(this.#scene.picker.requestCountOf(peer.key) * BLOCK_BYTES);
  }

  /** Whether it would be faster without the limit. */
  get isHeldBack(): boolean {
    if (!this.limit.isLimited) return false;
    return this.limit.first !== undefined || this.#scene.nowMs - this.#heldBackMs < HELD_BACK_MS;
  }

  takeBlock(peer: Peer, { piece, begin, block: bytes }: PieceMessage): void {
    const { geometry, picker, nowMs } = this.#scene;
    if (picker.requestCountOf(peer.key) > 0) this.#measurePace(peer);
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
    this.#probation.blockArrived(peer);
    peer.received.add(bytes.length, nowMs);
    peer.speed.add(bytes.length, nowMs);
    this.receivedBytes += bytes.length;
    this.#scene.do({ type: 'store-block', block, bytes });
    this.cancel(arrival.cancels);
    if (arrival.outcome !== 'piece-filled') return;
    this.#scene.do({ type: 'verify-piece', piece: block.piece, blockDigests: this.#blame.isSuspect(block.piece) });
  }

  /**
   * A piece is ours (BEP 3, have). Who has it itself is told along with the next requests: it waits for nothing, and each
   * write of its own would be a system call at both ends.
   */
  announce(peer: Peer, piece: PieceIndex): void {
    if (!peer.isJoined || !this.#scene.picker.hasPiece(peer.key, piece))
      this.#scene.send(peer, { type: 'have', piece });
    else if (peer.untold.push(piece) >= LIMITS.untoldMax) this.tellRest(peer);
  }

  /** … or now. */
  tellRest(peer: Peer): void {
    if (peer.untold.length > 0 && !this.#scene.isDoomed(peer)) this.#write(peer, []);
  }

  /** What is wanted has changed. */
  prioritize(priorities: ArrayLike<number>): void {
    this.cancel(this.#scene.picker.setPriorities(priorities));
    this.#probation.forget();
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
      if (block === undefined) continue;
      this.limit.giveBack(length);
      picker.releaseBlock(peer.key, block, 'timed-out');
    }
    picker.retry(peer.key);
  }

  /** The peer has lost a piece (BEP 54). With the fast extension it still answers what it was asked of it, with rejects. */
  retract(peer: Peer, piece: PieceIndex): void {
    // It may lack what it was not told of yet, because it had everything.
    peer.isSeed = false;
    this.tellRest(peer);
    const blocks = this.#scene.picker.peerRetracted(peer.key, piece);
    if (peer.link.isFast) for (const block of blocks) peer.cancelled.add(this.#idOf(block));
  }

  /** A reject answers a request, or a cancel: then the block may be asked for anew, of this peer too. */
  reject(peer: Peer, { piece, begin, length }: BlockSpan): void {
    const { geometry, picker } = this.#scene;
    const block = geometry.blockAt(piece, begin, length);
    if (block === undefined) return;
    this.limit.giveBack(length);
    const wasCancelled = peer.cancelled.delete(this.#idOf(block));
    picker.releaseBlock(peer.key, block, wasCancelled ? 'timed-out' : 'rejected');
    if (wasCancelled) picker.retry(peer.key);
    else peer.askAgainMs = Math.min(peer.askAgainMs, this.#scene.nowMs + LIMITS.rejectedRestMs);
  }

  isSnubbing(peer: Peer): boolean {
    return peer.stalledSinceMs !== undefined && this.#scene.nowMs - peer.stalledSinceMs >= LIMITS.snubMs;
  }

  /** When the first peer has kept us waiting for too long, or has rested long enough. */
  get deadlineMs(): number {
    let deadlineMs = Number.POSITIVE_INFINITY;
    const { picker, peers } = this.#scene;
    const { isEndgame } = picker;
    for (const peer of peers.values()) {
      if (peer.isJoined) deadlineMs = Math.min(deadlineMs, this.#deadlineOf(peer, isEndgame));
    }
    return deadlineMs;
  }

  #deadlineOf(peer: Peer, isEndgame: boolean): number {
    const { picker, nowMs } = this.#scene;
    // Of most peers nothing is asked, and their link knows that sooner than the picker.
    if (peer.link.local.requestCount > 0 && picker.requestCountOf(peer.key) > 0) {
      return Math.min(peer.askAgainMs, peer.waitingSinceMs + this.#patienceMs(peer, isEndgame));
    }
    return peer.restUntilMs > nowMs ? Math.min(peer.askAgainMs, peer.restUntilMs) : peer.askAgainMs;
  }

  /** The peers that must have lied, when a good copy of a piece shows it. */
  pieceVerified(piece: PieceIndex, digests: Uint8Array | undefined): readonly number[] {
    const liars = digests === undefined ? [] : this.#blame.pieceVerified(piece, digests);
    this.#probation.convict(liars);
    this.#probation.pieceVerified(piece);
    this.cancel(this.#scene.picker.pieceVerified(piece));
    return liars;
  }

  pieceRejected(piece: PieceIndex, digests: Uint8Array | undefined): readonly number[] {
    const rejection = this.#scene.picker.pieceRejected(piece);
    this.#probation.pieceRejected(rejection);
    this.wastedBytes += this.#scene.geometry.lengthOf(piece);
    const { peers, nowMs } = this.#scene;
    if (!this.#probation.isExplained(rejection)) {
      for (const key of rejection.contributors) peers.get(key)?.score.note('sent-false-piece', nowMs);
    }
    const isOfOne = rejection.contributors.length === 1 && !rejection.suppliers.includes(undefined);
    const guilty = isOfOne ? rejection.contributors : [];
    const liars = digests === undefined ? guilty : this.#blame.pieceRejected(rejection, digests);
    this.#probation.convict(liars);
    return liars;
  }

  /**
   * Frees what peers have kept us waiting for, for others; they may still send it. Who is late is settled for all before anything
   * is freed: that can end an endgame, and then its shorter limit, until the freed blocks are asked for elsewhere.
   */
  #giveUpLate(isEndgame: boolean): void {
    const { picker, nowMs, peers } = this.#scene;
    const late: Peer[] = [];
    for (const peer of peers.values()) {
      if (!peer.isJoined || this.#scene.isDoomed(peer)) continue;
      if (nowMs >= peer.askAgainMs) {
        peer.askAgainMs = Number.POSITIVE_INFINITY;
        picker.retry(peer.key);
      }
      if (picker.requestCountOf(peer.key) > 0 && nowMs >= this.#deadlineOf(peer, isEndgame)) late.push(peer);
    }
    for (const peer of late) this.#giveUp(peer);
  }

  #giveUp(peer: Peer): void {
    const { picker, nowMs } = this.#scene;
    peer.stalledSinceMs ??= peer.waitingSinceMs;
    peer.score.note('stalled', nowMs);
    peer.restUntilMs = nowMs + Math.min(LIMITS.restMaxMs, LIMITS.restFirstMs * 2 ** peer.timeouts++);
    for (const block of picker.requestsOf(peer.key)) {
      picker.releaseBlock(peer.key, block, 'timed-out');
      this.#sendCancel(peer, block);
    }
  }

  /** When all else is asked for, everything waits for the last ones: but a slow line is not a stalled one. */
  #patienceMs(peer: Peer, isEndgame: boolean): number {
    if (!isEndgame) return LIMITS.requestTimeoutMs;
    const slowMs = PACES_LATE * (peer.paceMs ?? this.#usualPaceMs);
    return Math.min(LIMITS.requestTimeoutMs, Math.max(LIMITS.endgameTimeoutMs, slowMs));
  }

  #measurePace(peer: Peer): void {
    const gapMs = this.#scene.nowMs - peer.waitingSinceMs;
    peer.paceMs = peer.paceMs === undefined ? gapMs : peer.paceMs + (gapMs - peer.paceMs) * PACE_SHARE;
    this.#usualPaceMs += (peer.paceMs - this.#usualPaceMs) * PACE_SHARE;
  }

  /** At the pace so far; or slower, when it keeps us waiting for much longer than that already. */
  readonly #timeLeftMs = (key: PeerKey, position: number): number => {
    const { peers, picker, nowMs } = this.#scene;
    const peer = peers.get(key)!;
    const waitedMs = picker.requestCountOf(key) > 0 ? nowMs - peer.waitingSinceMs : 0;
    const paceMs = peer.paceMs ?? this.#usualPaceMs;
    return waitedMs > PACES_SILENT * paceMs ? position * waitedMs : position * paceMs - Math.min(waitedMs, paceMs);
  };

  #depthOf(peer: Peer): number {
    const perSecond = peer.speed.perSecond(this.#scene.nowMs);
    const wanted = LIMITS.pipelineMin + Math.ceil((perSecond * PIPELINE_MS) / 1000 / BLOCK_BYTES);
    return Math.min(LIMITS.pipelineMax, wanted);
  }

  #request(peer: Peer, blocks: readonly Block[]): void {
    if (blocks.length > 0) this.#write(peer, blocks);
  }

  #write(peer: Peer, blocks: readonly Block[]): void {
    const bytes = new Uint8Array(peer.untold.length * HAVE_FRAME_BYTES + blocks.length * REQUEST_FRAME_BYTES);
    let end = 0;
    for (const piece of peer.untold.splice(0)) end = peer.link.sendInto({ type: 'have', piece }, bytes, end);
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
