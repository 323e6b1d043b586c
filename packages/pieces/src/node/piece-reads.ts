import type { ReadonlyBitfield } from '../bitfield.js';
import type { PieceIndex } from '../geometry.js';
import { BLOCK_BYTES } from '../limits.js';
import { withHeadroom } from './block-run.js';
import type { Disk } from './disk.js';
import { StorageError } from './errors.js';
import type { Layout } from './layout.js';
import type { Borrower, ReadSource } from './read-cache.js';
import type { TreeSpec } from './tree.js';

/** What reading must know of the storage. */
interface ReadsOptions {
  readonly disk: Disk;
  readonly tree: TreeSpec;
  readonly layout: Layout;
  readonly have: ReadonlyBitfield;
  /** Throws when there is no such piece, or nothing is open any more. */
  readonly checkKnown: (piece: PieceIndex) => void;
  /** With the zeros behind a file. */
  readonly paddedLengthOf: (piece: PieceIndex) => number;
  /** A file is not as it was: looks which pieces went with it. */
  readonly findLost: () => Promise<void>;
}

/** What one torrent reads of its verified pieces, by way of the memory that all of them share. */
export class PieceReads implements ReadSource {
  readonly torrent: number;
  private readonly options: ReadsOptions;

  constructor(options: ReadsOptions) {
    this.options = options;
    this.torrent = options.tree.torrent;
  }

  lengthOf(piece: number): number {
    return this.options.layout.lengthOf(piece);
  }

  async load(piece: number, begin: number, memory: Uint8Array): Promise<void> {
    const { disk, tree } = this.options;
    const offset = piece * tree.shape.pieceLength + begin;
    await disk.run<'read'>({ type: 'read', torrent: this.torrent, offset, bytes: memory }, tree);
  }

  into(piece: PieceIndex, begin: number, into: Uint8Array, done: (error: unknown) => void): void {
    try {
      this.check(piece, begin, into.length);
    } catch (error) {
      done(error);
      return;
    }
    const held = into.subarray(0, this.lengthOf(piece) - begin);
    into.fill(0, held.length);
    this.options.disk.reads.copy(this, piece, begin, held, (error) => this.tell(error, () => done(error)));
  }

  lend(piece: PieceIndex, begin: number, length: number, done: Borrower): void {
    try {
      this.check(piece, begin, length);
    } catch (error) {
      done(error, undefined);
      return;
    }
    if (begin % BLOCK_BYTES === 0 && length === Math.min(BLOCK_BYTES, this.lengthOf(piece) - begin)) {
      const told: Borrower = (error, bytes) => this.tell(error, () => done(error, bytes));
      this.options.disk.reads.lend(this, piece, begin, length, told);
      return;
    }
    const bytes = withHeadroom(length);
    this.into(piece, begin, bytes, (error) => done(error, error === undefined ? bytes : undefined));
  }

  /** Drops what was read of a piece, or of all. */
  forget(piece?: PieceIndex): void {
    this.options.disk.reads.forget(this, piece);
  }

  /** Whoever hears that a file is gone finds its pieces gone, too. */
  private tell(error: unknown, done: () => void): void {
    const isGone = StorageError.isInstance(error) && (error.code === 'file-missing' || error.code === 'file-changed');
    if (isGone) this.options.findLost().then(done, done);
    else done();
  }

  /** Throws when the stretch is not there to be read. */
  check(piece: PieceIndex, begin: number, length: number): void {
    this.options.checkKnown(piece);
    const isInside =
      Number.isSafeInteger(begin) &&
      Number.isSafeInteger(length) &&
      begin >= 0 &&
      length >= 0 &&
      begin <= this.lengthOf(piece) &&
      begin + length <= this.options.paddedLengthOf(piece);
    if (!isInside) throw new StorageError('bad-block', `bytes ${begin} + ${length} are not inside piece ${piece}`);
    if (this.options.have.has(piece)) return;
    throw new StorageError('not-verified', `piece ${piece} is not verified: nothing to read`);
  }
}
