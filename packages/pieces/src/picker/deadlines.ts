import { PiecesError } from '../errors.js';
import type { PieceIndex } from '../geometry.js';
import { DEADLINE_PIECES_MAX } from '../limits.js';

/** Pieces that are needed at some time, soonest first; ties in piece order. */
export class Deadlines {
  private readonly times: Map<PieceIndex, number> = new Map();
  private ordered: PieceIndex[] = [];

  get size(): number {
    return this.times.size;
  }

  has(piece: PieceIndex): boolean {
    return this.times.has(piece);
  }

  /** Infinity when it has none. */
  timeOf(piece: PieceIndex): number {
    return this.times.get(piece) ?? Number.POSITIVE_INFINITY;
  }

  /** The first deadline after that time. */
  nextAfter(time: number): number | undefined {
    for (const piece of this.ordered) if (this.timeOf(piece) > time) return this.timeOf(piece);
    return undefined;
  }

  set(piece: PieceIndex, time: number): void {
    if (Number.isNaN(time)) throw new PiecesError('bad-option', `the deadline of piece ${piece} is not a number`);
    if (!this.times.has(piece) && this.times.size >= DEADLINE_PIECES_MAX) {
      throw new PiecesError('too-many', `${DEADLINE_PIECES_MAX} pieces have a deadline; clear some before adding more`);
    }
    this.delete(piece);
    this.times.set(piece, time);
    const at = this.ordered.findIndex((other) => this.isBefore(piece, time, other));
    this.ordered.splice(at === -1 ? this.ordered.length : at, 0, piece);
  }

  delete(piece: PieceIndex): boolean {
    if (!this.times.delete(piece)) return false;
    this.ordered.splice(this.ordered.indexOf(piece), 1);
    return true;
  }

  /** Soonest first; valid until the next change. */
  inOrder(): readonly PieceIndex[] {
    return this.ordered;
  }

  private isBefore(piece: PieceIndex, time: number, other: PieceIndex): boolean {
    const otherTime = this.times.get(other)!;
    return time < otherTime || (time === otherTime && piece < other);
  }
}
