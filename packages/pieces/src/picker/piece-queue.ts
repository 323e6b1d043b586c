import type { PieceIndex } from '../geometry.js';
import type { Meter } from './meter.js';

/** What one peer has seen of a queue. */
export interface QueueView {
  /** Every entry with a stamp up to this one was of no use to the peer, and stays so. */
  seen: number;
  /** Pieces the peer announced while they stood in the queue: to be looked at again. */
  readonly news: PieceIndex[];
}

const GONE = -1;
/** So few holes are not worth closing while there are entries. */
const HOLES_MIN = 16;

/**
 * Pieces in the order they entered, each with a growing stamp. A peer remembers the last stamp it has seen, so it
 * looks at an entry once: what was of no use to it stays so until the piece enters again, with a new stamp. Searching
 * therefore costs a peer what entered since its last search, not what is in the queue.
 */
export class PieceQueue {
  private readonly meter: Meter;
  private pieces: number[] = [];
  private stamps: number[] = [];
  private readonly slots: Map<PieceIndex, number> = new Map();
  private lastStamp = 0;

  constructor(meter: Meter) {
    this.meter = meter;
  }

  get size(): number {
    return this.slots.size;
  }

  /** The stamp of the newest entry ever made. */
  get newest(): number {
    return this.lastStamp;
  }

  has(piece: PieceIndex): boolean {
    return this.slots.has(piece);
  }

  /** Puts the piece at the end; a piece that is in the queue moves there, and every peer will look at it again. */
  append(piece: PieceIndex): void {
    this.delete(piece);
    this.slots.set(piece, this.pieces.length);
    this.pieces.push(piece);
    this.stamps.push(++this.lastStamp);
  }

  delete(piece: PieceIndex): void {
    const slot = this.slots.get(piece);
    if (slot === undefined) return;
    this.slots.delete(piece);
    this.pieces[slot] = GONE;
    if (this.slots.size === 0) this.clear();
    else if (this.pieces.length > 2 * this.slots.size + HOLES_MIN) this.compact();
  }

  /** All pieces, oldest first. */
  values(): IterableIterator<PieceIndex> {
    return this.slots.keys();
  }

  /**
   * The oldest entry that is useful to the viewer and not yet seen, or undefined. Useless ones are marked as seen; the
   * useful one is not. At most `looksMax` entries are looked at, the next search goes on from there.
   */
  first<Peer>(
    view: QueueView,
    useful: (peer: Peer, piece: PieceIndex) => boolean,
    peer: Peer,
    looksMax: number = Number.POSITIVE_INFINITY,
  ): PieceIndex | undefined {
    for (let piece = view.news.at(-1); piece !== undefined; piece = view.news.at(-1)) {
      this.meter.steps++;
      if (this.slots.has(piece) && useful(peer, piece)) return piece;
      view.news.pop();
    }
    if (view.seen >= this.lastStamp) return undefined;
    let looks = 0;
    for (let slot = this.slotAfter(view.seen); slot < this.pieces.length && looks < looksMax; slot++, looks++) {
      this.meter.steps++;
      const piece = this.pieces[slot]! as PieceIndex;
      if (piece !== GONE && useful(peer, piece)) return piece;
      view.seen = this.stamps[slot]!;
    }
    if (this.pieces.length === 0) view.seen = this.lastStamp;
    return undefined;
  }

  private slotAfter(stamp: number): number {
    let [low, high] = [0, this.stamps.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.stamps[middle]! <= stamp) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private clear(): void {
    this.pieces.length = 0;
    this.stamps.length = 0;
  }

  /** Entries leave holes, so that the others keep their slots; when holes prevail the rest moves together. */
  private compact(): void {
    const { pieces, stamps } = this;
    this.pieces = [];
    this.stamps = [];
    for (let slot = 0; slot < pieces.length; slot++) {
      const piece = pieces[slot]! as PieceIndex;
      if (piece === GONE) continue;
      this.slots.set(piece, this.pieces.length);
      this.pieces.push(piece);
      this.stamps.push(stamps[slot]!);
    }
  }
}
