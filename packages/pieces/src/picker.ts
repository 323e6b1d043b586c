import type { ReadonlyBitfield } from './bitfield.js';
import { PiecesError } from './errors.js';
import type { Block, Geometry, PieceIndex } from './geometry.js';
import type { PartialPiece } from './partial-piece.js';
import type { Arrival, Cancel, Rejection } from './picker/arrival.js';
import { Assigner, type PickOptions } from './picker/assigner.js';
import { Deadlines } from './picker/deadlines.js';
import { type Explanation, explain, type Obstacle, obstacles } from './picker/diagnosis.js';
import type { Meter } from './picker/meter.js';
import { NewPieceChooser } from './picker/new-piece-chooser.js';
import type { PeerKey } from './picker/peer-record.js';
import { NOBODY } from './picker/piece-progress.js';
import { type PieceStatus, PieceTable, PRIORITY_MAX } from './picker/piece-table.js';
import type { RandomBelow } from './picker/random-below.js';
import { checkedInteger, type PickerOptions, PickerRules, type Strategy } from './picker/rules.js';
import { Swarm } from './picker/swarm.js';
import { Work } from './picker/work.js';

const NO_CANCELS: readonly Cancel[] = [];
// Nothing is made per block: almost every block that arrives has one of these answers.
const ACCEPTED: Arrival = Object.freeze({ outcome: 'accepted', cancels: NO_CANCELS });
const FILLED: Arrival = Object.freeze({ outcome: 'piece-filled', cancels: NO_CANCELS });
const DUPLICATE: Arrival = Object.freeze({ outcome: 'duplicate', cancels: NO_CANCELS });
const UNREQUESTED: Arrival = Object.freeze({ outcome: 'unrequested', cancels: NO_CANCELS });

/** How many pieces are in each state. */
export type PieceCounts = Readonly<Record<PieceStatus, number>>;

/**
 * Decides which block to request from whom. It is told facts and asked for blocks; it sends nothing, and it has no
 * clock and no chance of its own. Outside endgame, and but for pieces that are late, no block is requested from two peers at once.
 *
 * @example
 * ```ts
 * import { Bitfield, Geometry, Picker } from '@unchoke/pieces';
 *
 * const geometry = new Geometry({ totalLength: 65_536, pieceLength: 32_768 });
 * const picker = new Picker(geometry, Bitfield.empty(2), () => 0);
 * picker.peerJoined(7, 'everything');
 * picker.peerUnchoked(7);
 * for (const block of picker.pick(7, 10)) {
 *   const { outcome } = picker.blockArrived(7, block);
 *   if (outcome === 'piece-filled') picker.pieceVerified(block.piece);
 * }
 * console.assert(picker.isComplete);
 * ```
 */
export class Picker {
  private readonly geometry: Geometry;
  private readonly rules: PickerRules;
  private readonly table: PieceTable;
  private readonly work: Work;
  private readonly swarm: Swarm;
  private readonly deadlines: Deadlines = new Deadlines();
  private readonly assigner: Assigner;
  private readonly meter: Meter = { steps: 0 };

  /** `have` are the pieces verified already; it is copied. */
  constructor(geometry: Geometry, have: ReadonlyBitfield, randomBelow: RandomBelow, options: PickerOptions = {}) {
    if (have.length !== geometry.pieceCount) {
      throw new PiecesError('bad-length', `have is for ${have.length} pieces, the torrent has ${geometry.pieceCount}`);
    }
    const { meter, deadlines } = this;
    this.geometry = geometry;
    this.rules = new PickerRules(options);
    this.table = new PieceTable(have, meter);
    this.work = new Work(geometry, this.table, this.rules.endgameCopiesMax, meter);
    const chooser = new NewPieceChooser(this.table, randomBelow, meter);
    this.swarm = new Swarm(geometry, this.table, this.work, chooser, meter);
    this.assigner = new Assigner(geometry, this.table, this.work, deadlines, chooser, this.swarm, this.rules, meter);
  }

  // --- asked -------------------------------------------------------------------------------------------------------

  /**
   * Up to `count` more blocks to request from the peer, now marked as requested. Nothing for a peer that chokes, but
   * for pieces it allows all the same.
   */
  pick(peer: PeerKey, count: number, options: PickOptions = {}): readonly Block[] {
    return this.assigner.assign(this.swarm.get(peer), count, options);
  }

  /** Does the peer hold something we want? */
  isInterestedIn(peer: PeerKey): boolean {
    return this.swarm.isInterestedIn(peer);
  }

  /** Does the peer hold every piece, whether it said so at once or one by one? */
  hasEverything(peer: PeerKey): boolean {
    return this.swarm.get(peer).pieces?.isFull ?? true;
  }

  /** Does the peer hold this piece? */
  hasPiece(peer: PeerKey, piece: PieceIndex): boolean {
    return this.swarm.get(peer).holds(piece);
  }

  /** How many pieces the peer has. */
  pieceCountOf(peer: PeerKey): number {
    return this.swarm.get(peer).pieces?.count ?? this.geometry.pieceCount;
  }

  statusOf(piece: PieceIndex): PieceStatus {
    return this.table.statusOf(piece);
  }

  priorityOf(piece: PieceIndex): number {
    return this.table.priorityOf(piece);
  }

  /** How many of the joined peers hold the piece. */
  availabilityOf(piece: PieceIndex): number {
    return this.table.availabilityOf(piece);
  }

  /** What is requested from the peer, oldest first. */
  requestsOf(peer: PeerKey): readonly Block[] {
    return [...this.swarm.get(peer).requests.values()];
  }

  /** How many blocks are requested from the peer. */
  requestCountOf(peer: PeerKey): number {
    return this.swarm.get(peer).requests.size;
  }

  /** The verified pieces; changes with the picker. */
  get have(): ReadonlyBitfield {
    return this.table.have;
  }

  get counts(): PieceCounts {
    const of = (status: PieceStatus): number => this.table.countOf(status);
    return {
      missing: of('missing'),
      partial: of('partial'),
      verifying: of('verifying'),
      have: of('have'),
      unwanted: of('unwanted'),
    };
  }

  /** Every wanted piece is verified. */
  get isComplete(): boolean {
    return this.table.wanted.isEmpty;
  }

  /** Every block of every wanted piece that some peer holds is here or requested: the slowest are asked for twice. */
  get isEndgame(): boolean {
    return this.assigner.isEndgame;
  }

  /** Elementary steps so far: what the work of this picker amounts to, on any machine. */
  get steps(): number {
    return this.meter.steps;
  }

  /** Why the peer is, or is not, asked for blocks. Looks at every piece: for people, not for every event. */
  explain(peer: PeerKey): Explanation {
    return explain(this.swarm.get(peer), this.table, this.work, this.assigner);
  }

  /** What keeps the torrent from completing, with the pieces concerned. Looks at everything, as `explain` does. */
  standsBetween(): readonly Obstacle[] {
    return obstacles(this.swarm.values(), this.table, this.work);
  }

  // --- told about peers --------------------------------------------------------------------------------------------

  /** A peer is connected, and chokes us. A bitfield is copied; one that is full counts as `'everything'`. */
  peerJoined(peer: PeerKey, has: ReadonlyBitfield | 'everything' | 'nothing'): void {
    this.swarm.join(peer, has);
  }

  /** The peer has one more piece (`have`). */
  peerAnnounced(peer: PeerKey, piece: PieceIndex): void {
    this.swarm.announce(peer, piece);
  }

  /** The peer has the piece no longer (BEP 54); answers its requests of that piece, now taken back. */
  peerRetracted(peer: PeerKey, piece: PieceIndex): readonly Block[] {
    return this.swarm.retract(peer, piece);
  }

  peerUnchoked(peer: PeerKey): void {
    this.swarm.unchoke(peer);
  }

  /**
   * The peer chokes us. What it was asked for stays requested, since with the fast extension it still answers every
   * request (BEP 6); without it, `release(peer)` is due at once.
   */
  peerChoked(peer: PeerKey): void {
    this.swarm.choke(peer);
  }

  /** The peer lets us request the piece even while it chokes us (BEP 6). */
  peerAllowedFast(peer: PeerKey, piece: PieceIndex): void {
    this.swarm.allowFast(peer, piece);
  }

  /** The connection is gone; answers what was requested over it. Its key must not be used for another one. */
  peerLeft(peer: PeerKey): readonly Block[] {
    return this.swarm.leave(peer);
  }

  /** Takes back all requests of the peer, as after a choke; answers them. Others can be asked for these blocks now. */
  release(peer: PeerKey): readonly Block[] {
    return this.swarm.release(peer);
  }

  /**
   * The peer rejected the request (BEP 6), or let it time out. It is not asked for this piece again: after a rejection
   * until it unchokes us, announces the piece, or `retry` is called; after a timeout while there is anything else to
   * ask it for. False when the block was not requested from it.
   */
  releaseBlock(peer: PeerKey, block: Block, why: 'rejected' | 'timed-out'): boolean {
    return this.swarm.releaseBlock(peer, block, why);
  }

  /** The peer may again be asked for the pieces it declined. */
  retry(peer: PeerKey): void {
    this.swarm.retry(peer);
  }

  // --- told about blocks and pieces --------------------------------------------------------------------------------

  /** Who brought the blocks of a piece that is being verified, each once. */
  contributorsOf(piece: PieceIndex): readonly PeerKey[] {
    const progress = this.work.get(piece);
    return progress?.isFull === true ? [...new Set(progress.suppliers)].filter((peer) => peer !== NOBODY) : [];
  }

  /** A block came from the peer; says whether to keep it, and which other requests to cancel. */
  blockArrived(peer: PeerKey, block: Block): Arrival {
    const { piece } = block;
    const index = this.geometry.blockIndexOf(block);
    if (!this.swarm.get(peer).expected(this.geometry.blockIdOf(piece, index))) return UNREQUESTED;
    let progress = this.work.get(piece);
    // A late answer can begin a piece anew: its bytes are as good as any.
    if (progress === undefined && this.table.isStartable(piece)) progress = this.work.begin(piece, undefined);
    if (progress === undefined || progress.isHeld(index)) return DUPLICATE;
    const others = this.work.hold(progress, index, peer);
    if (others.length === 0) return progress.isFull ? FILLED : ACCEPTED;
    const cancels = others.map((other) => this.swarm.cancel(other, block));
    return { outcome: progress.isFull ? 'piece-filled' : 'accepted', cancels };
  }

  /** The hash of the piece is right. The piece may have come from elsewhere; requests still out are to be cancelled. */
  pieceVerified(piece: PieceIndex): readonly Cancel[] {
    const progress = this.work.get(piece);
    const cancels = progress === undefined ? NO_CANCELS : this.swarm.cancelAll(progress);
    if (progress !== undefined) this.work.forget(progress);
    this.table.setStatus(piece, 'have');
    this.deadlines.delete(piece);
    this.work.suspects.delete(piece);
    return cancels;
  }

  /** The hash of the piece is wrong: all its blocks are wanted again, from one peer at a time until it is right. */
  pieceRejected(piece: PieceIndex): Rejection {
    const progress = this.work.get(piece);
    if (progress?.isFull !== true) {
      throw new PiecesError(
        'wrong-state',
        `piece ${piece} is ${this.statusOf(piece)}; only one being verified can be rejected`,
      );
    }
    const suppliers = progress.suppliers.map((peer) => (peer === NOBODY ? undefined : peer));
    this.work.suspects.add(piece);
    this.work.drop(progress);
    return { piece, suppliers, contributors: [...new Set(suppliers)].filter((peer) => peer !== undefined) };
  }

  /** A verified piece turned out to be damaged, or gone: it is wanted again. */
  pieceLost(piece: PieceIndex): void {
    if (this.statusOf(piece) !== 'have') {
      throw new PiecesError('wrong-state', `piece ${piece} is ${this.statusOf(piece)}; only one we have can be lost`);
    }
    this.table.setStatus(piece, this.priorityOf(piece) > 0 ? 'missing' : 'unwanted');
  }

  // --- told what to prefer -----------------------------------------------------------------------------------------

  /** From 1 to `PRIORITY_MAX`; 0 makes the piece unwanted, keeps its blocks, and answers the requests to cancel. */
  setPriority(piece: PieceIndex, priority: number): readonly Cancel[] {
    checkedInteger('priority', priority, 0, PRIORITY_MAX);
    const before = this.priorityOf(piece);
    if (before === priority) return NO_CANCELS;
    const progress = this.work.get(piece);
    const cancels = priority === 0 && progress?.isFull === false ? this.swarm.cancelAll(progress) : NO_CANCELS;
    this.table.setPriority(piece, priority);
    const status = this.statusOf(piece);
    if (status === 'have' || status === 'verifying') return cancels;
    const current = this.work.get(piece);
    if (current === undefined) this.table.setStatus(piece, priority === 0 ? 'unwanted' : 'missing');
    else if (priority === 0) this.work.park(current);
    else if (before === 0) this.work.resume(current);
    return cancels;
  }

  /** One priority for every piece, as `piecePriorities` makes them from priorities of files. */
  setPriorities(priorities: ArrayLike<number>): readonly Cancel[] {
    if (priorities.length !== this.geometry.pieceCount) {
      throw new PiecesError('bad-length', `${priorities.length} priorities for ${this.geometry.pieceCount} pieces`);
    }
    const cancels: Cancel[] = [];
    for (let index = 0; index < priorities.length; index++) {
      cancels.push(...this.setPriority(this.geometry.pieceAt(index)!, priorities[index]!));
    }
    return cancels;
  }

  setStrategy(strategy: Strategy): void {
    this.rules.strategy = strategy;
  }

  /** The piece is needed at that time; pieces with a deadline come before all others, soonest first. */
  setDeadline(piece: PieceIndex, timeMs: number): void {
    if (this.statusOf(piece) !== 'have') this.deadlines.set(piece, timeMs);
  }

  /** The first deadline after that time: when a piece that is not here becomes late. */
  nextDeadlineMs(nowMs: number): number | undefined {
    return this.deadlines.nextAfter(nowMs);
  }

  hasDeadline(piece: PieceIndex): boolean {
    return this.deadlines.has(piece);
  }

  clearDeadline(piece: PieceIndex): void {
    this.deadlines.delete(piece);
  }

  // --- between runs ------------------------------------------------------------------------------------------------

  /** Which blocks are held of pieces that are not verified. */
  exportPartials(): readonly PartialPiece[] {
    const held = [...this.work.values()].filter((progress) => progress.heldCount > 0);
    return held.map((progress) => ({ piece: progress.piece, blocks: progress.heldBits() }));
  }

  /**
   * Goes on with blocks of an earlier run. Answers the pieces of which every block is held: they are to be verified.
   * Pieces we have, or have begun, are left as they are.
   */
  importPartials(partials: Iterable<PartialPiece>): readonly PieceIndex[] {
    const full: PieceIndex[] = [];
    for (const { piece, blocks } of partials) {
      if (this.statusOf(piece) === 'have' || this.work.get(piece) !== undefined) continue;
      this.work.restore(piece, blocks);
      if (this.statusOf(piece) === 'verifying') full.push(piece);
    }
    return full;
  }
}
