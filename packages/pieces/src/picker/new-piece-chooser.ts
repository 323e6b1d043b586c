import { mintPiece, type PieceIndex } from '../geometry.js';
import { RAREST_LOOKS_MAX, SHORTLIST_MIN, SHORTLIST_SHARE } from '../limits.js';
import type { Meter } from './meter.js';
import type { PeerRecord, Shortlist } from './peer-record.js';
import { type Level, type PieceTable, PRIORITY_MAX } from './piece-table.js';
import type { RandomBelow } from './random-below.js';

/** Looks at single pieces of a bucket by chance before the whole bucket is read. */
const CHANCES = 8;

/**
 * Which piece a peer is to begin: always one of the highest priority it offers, and among those a random one, the
 * rarest, or the first.
 *
 * Rarest-first without a scan. The order of rarity is exact and shared by all peers, so most peers find one of their
 * rarest pieces within a few looks. A peer that lacks the rare ones (when seeds hold everything, there can be many
 * thousands that only they hold) would look in vain, so after `RAREST_LOOKS_MAX` looks it gets a shortlist: an eighth
 * of what it could begin, by rarity, from one pass over its pieces. The next pass comes when all on the list are gone,
 * that is when an eighth of what it could begin has been begun; the passes shrink like (7/8)^n and together cost
 * eight times the first: O(pieces of the peer) in its lifetime, however many peers there are.
 */
export class NewPieceChooser {
  private readonly table: PieceTable;
  private readonly randomBelow: RandomBelow;
  private readonly meter: Meter;

  constructor(table: PieceTable, randomBelow: RandomBelow, meter: Meter) {
    this.table = table;
    this.randomBelow = randomBelow;
    this.meter = meter;
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

  /** A random offered piece of the bucket; undefined when there is none, 'unknown' when the looks do not suffice. */
  private lookInto(
    bucket: readonly PieceIndex[],
    peer: PeerRecord,
    budget: { looks: number },
  ): PieceIndex | undefined | 'unknown' {
    const whole = Math.min(bucket.length, CHANCES) + bucket.length <= budget.looks;
    const chances = whole ? Math.min(bucket.length, CHANCES) : budget.looks;
    for (let chance = 0; chance < chances; chance++) {
      this.look(budget);
      const piece = bucket[this.randomBelow(bucket.length)]!;
      if (peer.offers(piece)) return piece;
    }
    if (!whole) return 'unknown';
    let found: PieceIndex | undefined;
    let offered = 0;
    for (const piece of bucket) {
      this.look(budget);
      if (peer.offers(piece) && this.randomBelow(++offered) === 0) found = piece;
    }
    return found;
  }

  private look(budget: { looks: number }): void {
    budget.looks--;
    this.meter.steps++;
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

  /** In its place. A long list no longer claims to be complete instead: the next pass finds the piece. */
  private addTo(list: Shortlist, piece: PieceIndex): void {
    const { pieces } = list;
    const worst = pieces[0];
    if (
      pieces.length >= 2 * SHORTLIST_MIN &&
      worst !== undefined &&
      this.table.priorityOf(piece) <= this.table.priorityOf(worst)
    ) {
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
      const room = Math.max(SHORTLIST_MIN, Math.ceil(offered.length / SHORTLIST_SHARE)) - pieces.length;
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
