import type { Geometry, PieceIndex } from '../geometry.js';
import type { Meter } from './meter.js';
import type { PeerKey, PeerRecord } from './peer-record.js';
import { NOBODY, PieceProgress } from './piece-progress.js';
import { PieceQueue } from './piece-queue.js';
import type { PieceTable } from './piece-table.js';

/**
 * The pieces in progress, and three queues of those that are wanted:
 *
 * - open: some block is free;
 * - orphans: open, and no peer is to finish the piece alone;
 * - doubles: no block is free, and one on its way may be asked for once more, in endgame.
 *
 * A piece enters a queue again (and every peer looks at it again) whenever it could have become useful to someone.
 */
export class Work {
  readonly open: PieceQueue;
  readonly orphans: PieceQueue;
  readonly doubles: PieceQueue;
  /** Wanted pieces without a free block of which some are on their way. */
  readonly busy: Set<PieceIndex> = new Set();
  /** Pieces rejected once: one peer at a time fetches them, so that the next verdict tells who lied. */
  readonly suspects: Set<PieceIndex> = new Set();
  private readonly geometry: Geometry;
  private readonly table: PieceTable;
  private readonly copiesMax: number;
  private readonly pieces: Map<PieceIndex, PieceProgress> = new Map();
  /** Open pieces nobody holds but peers that hold everything. */
  private uncoveredCount = 0;

  constructor(geometry: Geometry, table: PieceTable, copiesMax: number, meter: Meter) {
    this.copiesMax = copiesMax;
    this.geometry = geometry;
    this.table = table;
    this.open = new PieceQueue(meter);
    this.orphans = new PieceQueue(meter);
    this.doubles = new PieceQueue(meter);
  }

  /** The piece while it is in progress, being verified, or unwanted with blocks held. */
  get(piece: PieceIndex): PieceProgress | undefined {
    return this.pieces.get(piece);
  }

  values(): IterableIterator<PieceProgress> {
    return this.pieces.values();
  }

  /** Open pieces that some peer holds. */
  get availableOpenCount(): number {
    return this.open.size - (this.table.seeds > 0 ? 0 : this.uncoveredCount);
  }

  /** May the peer be asked for blocks of this piece in progress? A suspect piece is for its lead alone. */
  isFor(peer: PeerRecord, piece: PieceIndex): boolean {
    if (!this.suspects.has(piece)) return true;
    const lead = this.pieces.get(piece)?.lead ?? NOBODY;
    return lead === NOBODY || lead === peer.key;
  }

  begin(piece: PieceIndex, lead: PeerRecord | undefined): PieceProgress {
    const progress = new PieceProgress(piece, this.geometry.blockCountOf(piece), this.copiesMax);
    this.pieces.set(piece, progress);
    this.table.setStatus(piece, 'partial');
    this.setOpen(piece, true);
    if (lead === undefined) this.orphans.append(piece);
    else this.setLead(progress, lead);
    return progress;
  }

  setLead(progress: PieceProgress, lead: PeerRecord): void {
    progress.lead = lead.key;
    lead.leads.add(progress.piece);
    this.orphans.delete(progress.piece);
  }

  /** The piece is anybody's again. */
  dropLead(progress: PieceProgress): void {
    if (progress.lead === NOBODY) return;
    progress.lead = NOBODY;
    const { piece } = progress;
    if (!this.open.has(piece)) return;
    this.orphans.append(piece);
    // Peers that passed the piece by because it was one peer's alone have to look again.
    if (this.suspects.has(piece)) this.open.append(piece);
  }

  /** Requests the first free block from the peer. */
  takeFree(progress: PieceProgress, peer: PeerRecord): number {
    const index = progress.takeFree(peer.key);
    if (progress.freeCount === 0) {
      peer.leads.delete(progress.piece);
      this.close(progress);
    }
    return index;
  }

  /** Requests a block on its way once more. */
  double(progress: PieceProgress, index: number, peer: PeerRecord): void {
    progress.double(index, peer.key);
    if (!progress.hasRoom) this.doubles.delete(progress.piece);
  }

  /** Takes back a request. A piece of which nothing is held and nothing requested is no longer in progress. */
  release(progress: PieceProgress, index: number, peer: PeerKey): void {
    const { piece } = progress;
    const isFree = progress.release(index, peer);
    if (isFree && progress.heldCount === 0 && progress.requestedCount === 0) this.drop(progress);
    else if (isFree) this.reopen(progress);
    else if (this.busy.has(piece)) this.doubles.append(piece);
  }

  /** The block is here; answers who else was asked for it. */
  hold(progress: PieceProgress, index: number, supplier: PeerKey): readonly PeerKey[] {
    const asked = progress.hold(index, supplier);
    if (progress.isFull) {
      this.leaveQueues(progress);
      this.table.setStatus(progress.piece, 'verifying');
    } else if (progress.freeCount === 0 && this.open.has(progress.piece)) this.close(progress);
    else if (!progress.hasRoom) this.doubles.delete(progress.piece);
    // A suspect piece is its lead's alone only while the lead is at work on it.
    if (progress.requestedCount === 0 && this.suspects.has(progress.piece)) this.dropLead(progress);
    return asked;
  }

  /** Takes the piece out of progress; it is missing then, or unwanted. */
  drop(progress: PieceProgress): void {
    this.forget(progress);
    this.table.setStatus(progress.piece, this.table.priorityOf(progress.piece) > 0 ? 'missing' : 'unwanted');
  }

  /** Takes the piece out of progress, whatever its state is to be. */
  forget(progress: PieceProgress): void {
    this.leaveQueues(progress);
    this.pieces.delete(progress.piece);
  }

  /** Keeps the blocks of a piece that is no longer wanted; the caller has taken back its requests. */
  park(progress: PieceProgress): void {
    this.leaveQueues(progress);
    progress.lead = NOBODY;
    this.table.setStatus(progress.piece, 'unwanted');
  }

  /** Goes on with a piece of which an earlier run held these blocks. */
  restore(piece: PieceIndex, held: Uint8Array): void {
    const progress = PieceProgress.from(piece, this.geometry.blockCountOf(piece), this.copiesMax, held);
    if (progress.heldCount > 0) this.resume(progress);
  }

  /** Goes on with a piece of which some blocks are held. */
  resume(progress: PieceProgress): void {
    const { piece } = progress;
    this.pieces.set(piece, progress);
    if (progress.isFull) this.table.setStatus(piece, 'verifying');
    else if (this.table.priorityOf(piece) > 0) {
      this.table.setStatus(piece, 'partial');
      this.reopen(progress);
    }
  }

  /** One more peer, or one fewer, holds the piece. */
  changeHolders(piece: PieceIndex, by: 1 | -1): void {
    const holders = this.table.changeHolders(piece, by);
    if (holders === (by === 1 ? 1 : 0) && this.open.has(piece)) this.uncoveredCount -= by;
  }

  /** One more peer, or one fewer, holds all that this one holds: O(1) for a peer that holds everything. */
  changeHoldersOf(peer: PeerRecord, by: 1 | -1): void {
    if (peer.pieces === undefined) this.table.seeds += by;
    else for (const piece of peer.pieces) this.changeHolders(piece, by);
  }

  /** A piece that gets a block back is anybody's. */
  private reopen(progress: PieceProgress): void {
    const { piece } = progress;
    this.busy.delete(piece);
    this.doubles.delete(piece);
    this.setOpen(piece, true);
    if (progress.lead !== NOBODY) this.dropLead(progress);
    else if (!this.orphans.has(piece)) this.orphans.append(piece);
  }

  /** No block is free any more. */
  private close({ piece, hasRoom }: PieceProgress): void {
    this.setOpen(piece, false);
    this.orphans.delete(piece);
    this.busy.add(piece);
    if (hasRoom) this.doubles.append(piece);
  }

  private leaveQueues({ piece }: PieceProgress): void {
    this.setOpen(piece, false);
    this.orphans.delete(piece);
    this.busy.delete(piece);
    this.doubles.delete(piece);
  }

  private setOpen(piece: PieceIndex, open: boolean): void {
    if (this.open.has(piece) === open) return;
    if (open) this.open.append(piece);
    else this.open.delete(piece);
    if (this.table.holdersOf(piece) === 0) this.uncoveredCount += open ? 1 : -1;
  }
}
