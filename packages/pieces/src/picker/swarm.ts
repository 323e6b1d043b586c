import { Bitfield, type ReadonlyBitfield } from '../bitfield.js';
import { PiecesError } from '../errors.js';
import type { Block, Geometry, PieceIndex } from '../geometry.js';
import { ALLOWED_FAST_MAX } from '../limits.js';
import type { Cancel } from './arrival.js';
import type { Meter } from './meter.js';
import type { NewPieceChooser } from './new-piece-chooser.js';
import { type PeerKey, PeerRecord } from './peer-record.js';
import type { PieceProgress } from './piece-progress.js';
import type { PieceTable } from './piece-table.js';
import type { Work } from './work.js';

const NO_BLOCKS: readonly Block[] = [];

/** The peers, and what their coming, going and changing means for pieces and requests. */
export class Swarm {
  private readonly geometry: Geometry;
  private readonly table: PieceTable;
  private readonly work: Work;
  private readonly chooser: NewPieceChooser;
  private readonly meter: Meter;
  private readonly peers: Map<PeerKey, PeerRecord> = new Map();

  constructor(geometry: Geometry, table: PieceTable, work: Work, chooser: NewPieceChooser, meter: Meter) {
    this.geometry = geometry;
    this.table = table;
    this.work = work;
    this.chooser = chooser;
    this.meter = meter;
  }

  get(key: PeerKey): PeerRecord {
    const peer = this.peers.get(key);
    if (peer !== undefined) return peer;
    throw new PiecesError('unknown-peer', `peer ${key} has not joined, or has left`);
  }

  values(): Iterable<PeerRecord> {
    return this.peers.values();
  }

  join(key: PeerKey, has: ReadonlyBitfield | 'everything' | 'nothing'): void {
    if (!Number.isSafeInteger(key) || key < 0) {
      throw new PiecesError('bad-option', `peer key ${key}: expected a whole number from 0`);
    }
    if (this.peers.has(key)) throw new PiecesError('known-peer', `peer ${key} has joined already`);
    const peer = new PeerRecord(key, this.copyOf(has));
    this.peers.set(key, peer);
    this.work.changeHoldersOf(peer, 1);
  }

  announce(key: PeerKey, piece: PieceIndex): void {
    const peer = this.get(key);
    if (peer.declined.delete(piece)) peer.lookAgain();
    if (peer.pieces === undefined || !peer.pieces.add(piece)) return;
    this.work.changeHolders(piece, 1);
    if (piece < peer.wantedFrom) peer.wantedFrom = piece;
    if (this.table.isStartable(piece)) this.chooser.announced(peer, piece);
    if (this.work.open.has(piece)) peer.open.news.push(piece);
    if (this.work.orphans.has(piece)) peer.orphans.news.push(piece);
  }

  retract(key: PeerKey, piece: PieceIndex): readonly Block[] {
    const peer = this.get(key);
    if (!peer.holds(piece)) return NO_BLOCKS;
    if (peer.pieces === undefined) {
      // From here on its pieces are counted one by one.
      this.work.changeHoldersOf(peer, -1);
      peer.pieces = Bitfield.full(this.geometry.pieceCount);
      this.work.changeHoldersOf(peer, 1);
    }
    peer.pieces.delete(piece);
    this.work.changeHolders(piece, -1);
    return this.takeBack(peer, (block) => block.piece === piece);
  }

  unchoke(key: PeerKey): void {
    this.get(key).isChoking = false;
    this.retry(key);
  }

  choke(key: PeerKey): void {
    const peer = this.get(key);
    peer.isChoking = true;
    this.leaveLeads(peer);
  }

  allowFast(key: PeerKey, piece: PieceIndex): void {
    const { allowedFast } = this.get(key);
    if (allowedFast.size < ALLOWED_FAST_MAX) allowedFast.add(piece);
  }

  leave(key: PeerKey): readonly Block[] {
    const peer = this.get(key);
    const blocks = this.release(key);
    this.leaveLeads(peer);
    this.peers.delete(key);
    this.work.changeHoldersOf(peer, -1);
    return blocks;
  }

  release(key: PeerKey): readonly Block[] {
    return this.takeBack(this.get(key), () => true);
  }

  releaseBlock(key: PeerKey, block: Block, why: 'rejected' | 'timed-out'): boolean {
    const peer = this.get(key);
    const id = this.idOf(block);
    if (!peer.requests.has(id)) return false;
    peer.declined.set(block.piece, why);
    this.takeBack(peer, (other) => other.begin === block.begin && other.piece === block.piece);
    return true;
  }

  retry(key: PeerKey): void {
    const peer = this.get(key);
    if (peer.declined.size === 0) return;
    peer.declined.clear();
    peer.lookAgain();
  }

  /** Amortised: what lies below `wantedFrom` is not looked at again. */
  isInterestedIn(key: PeerKey): boolean {
    const peer = this.get(key);
    const { wanted, wantedEpoch } = this.table;
    if (peer.pieces === undefined) return !wanted.isEmpty;
    if (peer.wantedEpoch !== wantedEpoch) {
      peer.wantedEpoch = wantedEpoch;
      peer.wantedFrom = 0;
    }
    const next = wanted.nextCommon(peer.pieces, peer.wantedFrom);
    const from = next ?? wanted.length;
    this.meter.steps += 1 + ((from - peer.wantedFrom) >>> 5);
    peer.wantedFrom = from;
    return next !== undefined;
  }

  /** The block came from elsewhere, or is no longer wanted: the request is forgotten, its answer may still come. */
  cancel(key: PeerKey, block: Block): Cancel {
    const peer = this.get(key);
    const id = this.idOf(block);
    peer.requests.delete(id);
    peer.expectLate(id);
    return { peer: key, block };
  }

  /** Takes back every request of the piece, from everybody. */
  cancelAll(progress: PieceProgress): readonly Cancel[] {
    const cancels: Cancel[] = [];
    for (let index = 0; index < progress.blockCount && progress.requestedCount > 0; index++) {
      for (const key of progress.askedFor(index)) {
        cancels.push(this.cancel(key, this.geometry.blockOf(progress.piece, index)));
        this.work.release(progress, index, key);
      }
    }
    return cancels;
  }

  private takeBack(peer: PeerRecord, concerns: (block: Block) => boolean): readonly Block[] {
    if (peer.requests.size === 0) return NO_BLOCKS;
    const blocks = [...peer.requests.values()].filter(concerns);
    for (const block of blocks) {
      this.cancel(peer.key, block);
      this.work.release(this.work.get(block.piece)!, this.geometry.blockIndexOf(block), peer.key);
    }
    return blocks;
  }

  private leaveLeads(peer: PeerRecord): void {
    for (const piece of peer.leads) {
      const progress = this.work.get(piece);
      if (progress?.lead === peer.key) this.work.dropLead(progress);
    }
    peer.leads.clear();
  }

  private idOf(block: Block): number {
    return this.geometry.blockIdOf(block.piece, this.geometry.blockIndexOf(block));
  }

  private copyOf(has: ReadonlyBitfield | 'everything' | 'nothing'): Bitfield | undefined {
    const { pieceCount } = this.geometry;
    if (has === 'everything') return undefined;
    if (has === 'nothing') return Bitfield.empty(pieceCount);
    if (has.length === pieceCount) return has.isFull ? undefined : has.clone();
    throw new PiecesError('bad-length', `a bitfield of ${has.length} pieces; the torrent has ${pieceCount}`);
  }
}
