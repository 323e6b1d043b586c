import type { Block, Geometry, PieceIndex } from '../geometry.js';
import { ENDGAME_REQUESTS_MAX, ENDGAME_TIME_SHARE } from '../limits.js';
import type { Deadlines } from './deadlines.js';
import type { Meter } from './meter.js';
import type { NewPieceChooser } from './new-piece-chooser.js';
import type { PeerKey, PeerRecord } from './peer-record.js';
import type { PieceProgress } from './piece-progress.js';
import type { PieceTable } from './piece-table.js';
import type { PickerRules } from './rules.js';
import type { Swarm } from './swarm.js';
import type { Work } from './work.js';

/** What a single pick may do; everything, unless said otherwise. */
export interface PickOptions {
  /** For a fast peer: begin a piece of its own rather than help with pieces others have begun. */
  readonly wholePieces?: boolean;
  /** False: only go on with pieces that are in progress, as when no buffer is left for another one. */
  readonly newPieces?: boolean;
  /** False: only what the peer has begun and what others left behind; it gets no part in what they are at. */
  readonly sharedPieces?: boolean;
  /** The time: what is still missing of a piece whose deadline has passed is asked for from several peers at once. */
  readonly nowMs?: number;
  /**
   * How long a peer needs until it has sent the block at that position of its requests, the next one being 1. In endgame
   * a block is asked for once more only where this says that it comes much sooner. Without it every other peer is
   * taken for slower.
   */
  readonly timeLeftMs?: (peer: PeerKey, position: number) => number;
}

/** Orphans a peer looks at before it begins a piece; the next pick goes on from there. */
const ORPHAN_LOOKS_MAX = 8;

/**
 * Pieces and blocks a peer looks at for one to double, the oldest first. Every one of them is being fetched by somebody,
 * so nothing is lost by a look that comes later, and ten thousand idle peers stay cheap.
 */
const DOUBLE_LOOKS_MAX = 256;

/** A block that is on its way, and when it is expected. */
interface Expected {
  readonly progress: PieceProgress;
  readonly index: number;
  readonly inMs: number;
}

/** Decides which blocks a peer is asked for, and marks them as requested. */
export class Assigner {
  private readonly geometry: Geometry;
  private readonly table: PieceTable;
  private readonly work: Work;
  private readonly deadlines: Deadlines;
  private readonly chooser: NewPieceChooser;
  private readonly swarm: Swarm;
  private readonly rules: PickerRules;
  private readonly meter: Meter;

  constructor(
    geometry: Geometry,
    table: PieceTable,
    work: Work,
    deadlines: Deadlines,
    chooser: NewPieceChooser,
    swarm: Swarm,
    rules: PickerRules,
    meter: Meter,
  ) {
    this.geometry = geometry;
    this.table = table;
    this.work = work;
    this.deadlines = deadlines;
    this.chooser = chooser;
    this.swarm = swarm;
    this.rules = rules;
    this.meter = meter;
  }

  /** Every block of every wanted piece that some peer holds is here or requested. */
  get isEndgame(): boolean {
    return this.work.busy.size > 0 && this.work.availableOpenCount === 0 && this.table.availableStartableCount === 0;
  }

  assign(peer: PeerRecord, count: number, options: PickOptions): Block[] {
    const blocks: Block[] = [];
    if (peer.isChoking) {
      this.assignAllowedFast(peer, count, options, blocks);
      return blocks;
    }
    this.assignAll(peer, count, options, blocks);
    if (blocks.length === 0 && forgiveTimeouts(peer)) this.assignAll(peer, count, options, blocks);
    return blocks;
  }

  /** In endgame a block of the piece can be asked for once more, of this peer. */
  mayDouble(peer: PeerRecord, piece: PieceIndex): boolean {
    return this.isEndgame && peer.requests.size < ENDGAME_REQUESTS_MAX && this.hasDouble(peer, piece);
  }

  private hasDouble(peer: PeerRecord, piece: PieceIndex): boolean {
    if (!this.work.doubles.has(piece) || !this.work.isFor(peer, piece)) return false;
    return this.work.get(piece)!.findDouble(peer.key, this.meter) !== -1;
  }

  private assignAll(peer: PeerRecord, count: number, options: PickOptions, blocks: Block[]): void {
    const { wholePieces = false, newPieces = true, sharedPieces = true } = options;
    const isCrowded = this.table.countOf('partial') >= this.rules.partialPiecesMax;
    if (this.deadlines.size > 0 && sharedPieces) this.assignDeadlines(peer, count, options, blocks);
    this.assignLed(peer, count, blocks);
    if (!wholePieces) this.assignOrphans(peer, count, blocks);
    if (isCrowded && sharedPieces) this.assignShared(peer, count, blocks);
    if (newPieces) this.assignNew(peer, count, blocks);
    if (wholePieces) this.assignOrphans(peer, count, blocks);
    if (!sharedPieces) return;
    this.assignShared(peer, count, blocks);
    if (blocks.length < count && this.isEndgame) this.assignDoubles(peer, count, options, blocks);
  }

  /** Pieces needed soon come from everybody who has them, so that none waits for one slow peer. */
  private assignDeadlines(peer: PeerRecord, count: number, options: PickOptions, blocks: Block[]): void {
    const { newPieces = true, nowMs = Number.NEGATIVE_INFINITY } = options;
    for (const piece of this.deadlines.inOrder()) {
      if (blocks.length >= count) return;
      this.meter.steps++;
      if (!peer.offers(piece)) continue;
      if (this.table.isStartable(piece)) {
        if (newPieces) this.take(this.beginShared(piece, peer), peer, count, blocks);
      } else if (this.work.open.has(piece) && this.work.isFor(peer, piece))
        this.take(this.work.get(piece)!, peer, count, blocks);
      if (this.deadlines.timeOf(piece) <= nowMs) this.takeDoubles(piece, peer, count, blocks);
    }
  }

  private assignLed(peer: PeerRecord, count: number, blocks: Block[]): void {
    for (const piece of peer.leads) {
      if (blocks.length >= count) return;
      this.meter.steps++;
      const progress = this.work.get(piece);
      // Others may have taken its last blocks meanwhile, or it was taken over.
      if (progress?.lead !== peer.key || progress.freeCount === 0) peer.leads.delete(piece);
      else if (peer.offers(piece)) this.take(progress, peer, count, blocks);
    }
  }

  private assignOrphans(peer: PeerRecord, count: number, blocks: Block[]): void {
    while (blocks.length < count) {
      const piece = this.work.orphans.first(peer.orphans, offers, peer, ORPHAN_LOOKS_MAX);
      if (piece === undefined) return;
      const progress = this.work.get(piece)!;
      this.work.setLead(progress, peer);
      this.take(progress, peer, count, blocks);
    }
  }

  private assignNew(peer: PeerRecord, count: number, blocks: Block[]): void {
    while (blocks.length < count) {
      const piece = this.choose(peer);
      if (piece === undefined) return;
      this.take(this.work.begin(piece, peer), peer, count, blocks);
    }
  }

  private choose(peer: PeerRecord): PieceIndex | undefined {
    if (this.rules.strategy === 'sequential') return this.chooser.first(peer);
    const begun = this.table.countOf('have') + this.table.countOf('verifying') + this.table.countOf('partial');
    return begun < this.rules.randomFirstPieces ? this.chooser.random(peer) : this.chooser.rarest(peer);
  }

  /** Nothing is left to begin: help another peer with its piece. */
  private assignShared(peer: PeerRecord, count: number, blocks: Block[]): void {
    while (blocks.length < count) {
      const piece = this.work.open.first(peer.open, this.canShare, peer);
      if (piece === undefined) return;
      this.take(this.work.get(piece)!, peer, count, blocks);
    }
  }

  /** Endgame: a peer with hardly anything left to do is asked for what would come last, if it is much sooner from it. */
  private assignDoubles(peer: PeerRecord, count: number, { timeLeftMs }: PickOptions, blocks: Block[]): void {
    while (blocks.length < count && peer.requests.size < ENDGAME_REQUESTS_MAX) {
      const last = this.lastExpected(peer, timeLeftMs);
      if (last === undefined) return;
      const ownMs = timeLeftMs?.(peer.key, peer.requests.size + 1) ?? 0;
      if (ownMs >= last.inMs * ENDGAME_TIME_SHARE) return;
      this.double(last.progress, last.index, peer, blocks);
    }
  }

  /** Of the blocks on their way that may be asked of one more peer, the one that is expected last. */
  private lastExpected(peer: PeerRecord, timeLeftMs: PickOptions['timeLeftMs']): Expected | undefined {
    let last: Expected | undefined;
    let looks = 0;
    for (const piece of this.work.doubles.values()) {
      if (looks++ >= DOUBLE_LOOKS_MAX) break;
      this.meter.steps++;
      if (!peer.offers(piece) || !this.work.isFor(peer, piece)) continue;
      const progress = this.work.get(piece)!;
      if (timeLeftMs === undefined) {
        const index = progress.findDouble(peer.key, this.meter);
        if (index !== -1) return { progress, index, inMs: Number.POSITIVE_INFINITY };
        continue;
      }
      for (let index = progress.blockCount - 1; index >= 0 && looks < DOUBLE_LOOKS_MAX; index--) {
        if (!progress.canDouble(index, peer.key)) continue;
        looks++;
        const inMs = this.expectedMs(progress, index, timeLeftMs);
        if (last === undefined || inMs > last.inMs) last = { progress, index, inMs };
      }
    }
    return last;
  }

  private expectedMs(
    progress: PieceProgress,
    index: number,
    timeLeftMs: NonNullable<PickOptions['timeLeftMs']>,
  ): number {
    const id = this.geometry.blockIdOf(progress.piece, index);
    const times = progress
      .askedFor(index)
      .map((key) => timeLeftMs(key, this.swarm.get(key).positionOf(id, this.meter)));
    return Math.min(...times);
  }

  /** What is late is asked of everybody. */
  private takeDoubles(piece: PieceIndex, peer: PeerRecord, count: number, blocks: Block[]): void {
    while (blocks.length < count && this.hasDouble(peer, piece)) {
      const progress = this.work.get(piece)!;
      this.double(progress, progress.findDouble(peer.key, this.meter), peer, blocks);
    }
  }

  private double(progress: PieceProgress, index: number, peer: PeerRecord, blocks: Block[]): void {
    this.work.double(progress, index, peer);
    this.ask(peer, progress.piece, index, blocks);
  }

  /** BEP 6: some pieces may be requested from a peer that chokes. */
  private assignAllowedFast(peer: PeerRecord, count: number, { newPieces = true }: PickOptions, blocks: Block[]): void {
    for (const piece of peer.allowedFast) {
      if (blocks.length >= count) return;
      this.meter.steps++;
      if (!peer.offers(piece)) continue;
      if (this.work.open.has(piece) && this.work.isFor(peer, piece))
        this.take(this.work.get(piece)!, peer, count, blocks);
      else if (newPieces && this.table.isStartable(piece)) {
        this.take(this.beginShared(piece, peer), peer, count, blocks);
      }
    }
  }

  /** A piece for everybody, unless it has to be one peer's alone. */
  private beginShared(piece: PieceIndex, peer: PeerRecord): PieceProgress {
    return this.work.begin(piece, this.work.suspects.has(piece) ? peer : undefined);
  }

  private readonly canShare = (peer: PeerRecord, piece: PieceIndex): boolean =>
    peer.offers(piece) && this.work.isFor(peer, piece);

  private take(progress: PieceProgress, peer: PeerRecord, count: number, blocks: Block[]): void {
    while (blocks.length < count && progress.freeCount > 0) {
      this.meter.steps++;
      this.ask(peer, progress.piece, this.work.takeFree(progress, peer), blocks);
    }
  }

  private ask(peer: PeerRecord, piece: PieceIndex, index: number, blocks: Block[]): void {
    const block = this.geometry.blockOf(piece, index);
    peer.requests.set(this.geometry.blockIdOf(piece, index), block);
    blocks.push(block);
  }
}

function offers(peer: PeerRecord, piece: PieceIndex): boolean {
  return peer.offers(piece);
}

/** A peer that has nothing else gets another chance with what it let time out; true when there was such a piece. */
function forgiveTimeouts(peer: PeerRecord): boolean {
  const before = peer.declined.size;
  for (const [piece, why] of peer.declined) if (why === 'timed-out') peer.declined.delete(piece);
  if (peer.declined.size === before) return false;
  peer.lookAgain();
  return true;
}
