import { mintPiece, type PieceIndex } from '../geometry.js';
import { RAREST_LOOKS_MAX, SHORTLIST_MIN, SHORTLIST_SHARE, SHORTLIST_TORRENT_SHARE } from '../limits.js';
import type { Meter } from './meter.js';
import type { PeerRecord, Shortlist } from './peer-record.js';
import { type Level, type PieceTable, PRIORITY_MAX } from './piece-table.js';
import type { RandomBelow } from './random-below.js';

/**
 * Which piece a peer is to begin: always one of the highest priority it offers, and among those a random one, the
 * rarest, or the first.
 *
 * Rarest-first without a scan. The order of rarity is exact and shared by all peers, so most peers find one of their
 * rarest pieces within a few looks. A peer that lacks the rare ones (when seeds hold everything, there can be many
 * thousands that only they hold) would look in vain. So after `RAREST_LOOKS_MAX` looks it gets a shortlist: the rarest
 * eighth of what it could begin, from one pass over its pieces. The next pass comes when all on the list are gone,
 * that is when an eighth of what it could begin has been begun. The passes shrink like (7/8)^n and together cost eight
 * times the first, and a list that has everything is never made again: O(pieces of the peer) in its lifetime, however
 * many peers there are. What the list gives up is freshness: its order is that of the moment it was made.
 */
export class NewPieceChooser {
  private readonly table: PieceTable;
  private readonly randomBelow: RandomBelow;
  private readonly meter: Meter;
  private readonly listMin: number;

  constructor(table: PieceTable, randomBelow: RandomBelow, meter: Meter) {
    this.table = table;
    this.randomBelow = randomBelow;
    this.meter = meter;
    this.listMin = Math.max(SHORTLIST_MIN, Math.floor(table.pieceCount / SHORTLIST_TORRENT_SHARE));
  }

  /** A rarest piece of the highest priority the peer offers. */
  rarest(peer: PeerRecord): PieceIndex | undefined {
    if (this.table.startableCount === 0 || this.hasNone(peer)) return undefined;
    const found = this.lookAtRarest(peer);
    return found === 'unknown' ? this.fromShortlist(peer) : found;
  }

  /** Any piece of the highest priority the peer offers, each as likely as the others. */
  random(peer: PeerRecord): PieceIndex | undefined {
    for (let priority = PRIORITY_MAX; priority > 0; priority--) {
      const level = this.table.level(priority);
      if (level === undefined || level.order.size === 0) continue;
      for (let look = 0; look < RAREST_LOOKS_MAX; look++) {
        this.meter.steps++;
        const piece = mintPiece(this.randomBelow(this.table.pieceCount));
        if (level.pieces.has(piece) && peer.offers(piece)) return piece;
      }
      const all = this.offeredOf(level, peer);
      if (all.length > 0) return all[this.randomBelow(all.length)];
    }
    return undefined;
  }

  /** The first piece of the highest priority the peer offers. */
  first(peer: PeerRecord): PieceIndex | undefined {
    if (peer.sequentialEpoch !== this.table.startableEpoch) {
      peer.sequentialEpoch = this.table.startableEpoch;
      peer.sequentialFrom.length = 0;
    }
    for (let priority = PRIORITY_MAX; priority > 0; priority--) {
      const level = this.table.level(priority);
      if (level === undefined || level.order.size === 0) continue;
      let from = peer.sequentialFrom[priority] ?? 0;
      let piece = this.next(level, peer, from);
      while (piece !== undefined && !peer.offers(piece)) piece = this.next(level, peer, piece + 1);
      from = piece ?? this.table.pieceCount;
      peer.sequentialFrom[priority] = from;
      if (piece !== undefined) return piece;
    }
    return undefined;
  }

  /** The peer announced a piece that can be begun. */
  announced(peer: PeerRecord, piece: PieceIndex): void {
    if (peer.shortlist !== undefined) this.addTo(peer.shortlist, piece);
    const priority = this.table.priorityOf(piece);
    const from = peer.sequentialFrom[priority];
    if (from !== undefined && piece < from) peer.sequentialFrom[priority] = piece;
  }

  private hasNone({ shortlist }: PeerRecord): boolean {
    if (shortlist === undefined || !shortlist.complete || shortlist.pieces.length > 0) return false;
    return shortlist.epoch === this.table.priorityEpoch && shortlist.returned.seen === this.table.returned.newest;
  }

  private lookAtRarest(peer: PeerRecord): PieceIndex | undefined | 'unknown' {
    const budget = { looks: RAREST_LOOKS_MAX };
    for (let priority = PRIORITY_MAX; priority > 0; priority--) {
      const order = this.table.level(priority)?.order;
      if (order === undefined || order.size === 0) continue;
      // Pieces without holders are held by seeds only.
      let holders = order.nextHolders(peer.pieces === undefined ? 0 : 1);
      for (; holders !== -1; holders = order.nextHolders(holders + 1)) {
        const found = this.lookInto(order.at(holders), peer, budget);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** An offered piece of the bucket, by chance; undefined when there is none, 'unknown' when the looks do not suffice. */
  private lookInto(
    bucket: readonly PieceIndex[],
    peer: PeerRecord,
    budget: { looks: number },
  ): PieceIndex | undefined | 'unknown' {
    // Of a short bucket every piece is looked at, from a random one on; of a long one, random pieces.
    const isShort = bucket.length <= budget.looks;
    let at = this.randomBelow(bucket.length);
    for (let looks = isShort ? bucket.length : budget.looks; looks > 0; looks--) {
      budget.looks--;
      this.meter.steps++;
      const piece = bucket[at]!;
      if (peer.offers(piece)) return piece;
      at = isShort ? (at + 1) % bucket.length : this.randomBelow(bucket.length);
    }
    return isShort ? undefined : 'unknown';
  }

  private fromShortlist(peer: PeerRecord): PieceIndex | undefined {
    for (;;) {
      let list = peer.shortlist;
      if (list === undefined || list.epoch !== this.table.priorityEpoch) list = peer.shortlist = this.listFor(peer);
      this.addReturned(list, peer);
      for (let piece = list.pieces.pop(); piece !== undefined; piece = list.pieces.pop()) {
        this.meter.steps++;
        if (this.table.isStartable(piece) && peer.offers(piece)) return piece;
      }
      if (list.complete) return undefined;
      peer.shortlist = undefined;
    }
  }

  /** In its place. What comes after the worst on an incomplete list, or would make a list too long, waits for the next. */
  private addTo(list: Shortlist, piece: PieceIndex): void {
    const { pieces } = list;
    const worst = pieces.length === 0 ? 0 : this.table.priorityOf(pieces[0]!);
    const ahead = this.table.priorityOf(piece) - worst;
    if (!list.complete && (ahead < 0 || pieces.length === 0)) return;
    if (ahead <= 0 && pieces.length >= 2 * this.listMin) {
      list.complete = false;
      return;
    }
    let [low, high] = [0, pieces.length];
    while (low < high) {
      this.meter.steps++;
      const middle = (low + high) >>> 1;
      if (this.isBetter(pieces[middle]!, piece)) high = middle;
      else low = middle + 1;
    }
    pieces.splice(low, 0, piece);
  }

  private isBetter(piece: PieceIndex, other: PieceIndex): boolean {
    const ahead = this.table.priorityOf(piece) - this.table.priorityOf(other);
    return ahead > 0 || (ahead === 0 && this.table.holdersOf(piece) < this.table.holdersOf(other));
  }

  private addReturned(list: Shortlist, peer: PeerRecord): void {
    const useful = (viewer: PeerRecord, piece: PieceIndex): boolean => {
      if (viewer.offers(piece)) this.addTo(list, piece);
      return false;
    };
    this.table.returned.first(list.returned, useful, peer);
  }

  /** One pass over what the peer could begin, keeping the best eighth. */
  private listFor(peer: PeerRecord): Shortlist {
    const pieces: PieceIndex[] = [];
    const returned = { seen: this.table.returned.newest, news: [] };
    let complete = true;
    for (let priority = PRIORITY_MAX; priority > 0 && complete; priority--) {
      const level = this.table.level(priority);
      if (level === undefined || level.order.size === 0) continue;
      const offered = this.offeredOf(level, peer);
      const room = Math.max(this.listMin, Math.ceil(offered.length / SHORTLIST_SHARE)) - pieces.length;
      complete = offered.length <= room;
      for (const piece of this.rarestOf(offered, Math.max(0, room))) pieces.push(piece);
    }
    return { pieces: pieces.reverse(), complete, returned, epoch: this.table.priorityEpoch };
  }

  /** Up to `count` of the pieces, rarest first, ties in random order; linear in the number of pieces. */
  private rarestOf(pieces: PieceIndex[], count: number): PieceIndex[] {
    shuffle(pieces, this.randomBelow);
    let least = Number.POSITIVE_INFINITY;
    for (const piece of pieces) least = Math.min(least, this.table.holdersOf(piece));
    const groups: PieceIndex[][] = [];
    for (const piece of pieces) {
      this.meter.steps++;
      // Far above the rarest, order is of no consequence: those pieces share the last group.
      const group = Math.min(this.table.holdersOf(piece) - least, pieces.length);
      while (groups.length <= group) groups.push([]);
      groups[group]!.push(piece);
    }
    const sorted: PieceIndex[] = [];
    for (const group of groups) {
      for (const piece of group) if (sorted.length < count) sorted.push(piece);
    }
    return sorted;
  }

  private offeredOf(level: Level, peer: PeerRecord): PieceIndex[] {
    const found: PieceIndex[] = [];
    for (let piece = this.next(level, peer, 0); piece !== undefined; piece = this.next(level, peer, piece + 1)) {
      if (peer.offers(piece)) found.push(piece);
    }
    return found;
  }

  private next(level: Level, peer: PeerRecord, from: number): PieceIndex | undefined {
    const { pieces } = level;
    const next = peer.pieces === undefined ? pieces.nextSet(from) : pieces.nextCommon(peer.pieces, from);
    this.meter.steps += 1 + (((next ?? this.table.pieceCount) - from) >>> 5);
    return next;
  }
}

function shuffle(pieces: PieceIndex[], randomBelow: RandomBelow): void {
  for (let last = pieces.length - 1; last > 0; last--) {
    const other = randomBelow(last + 1);
    const piece = pieces[last]!;
    pieces[last] = pieces[other]!;
    pieces[other] = piece;
  }
}
