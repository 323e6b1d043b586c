import { BLOCK_BYTES } from '../limits.js';
import type { PartialPiece } from '../partial-piece.js';
import { BlockSet } from './block-set.js';
import type { Lease } from './buffers.js';
import { copyBytes } from './copy-bytes.js';
import type { Disk } from './disk.js';
import { StorageError } from './errors.js';
import type { FaultGate } from './fault-gate.js';
import type { JobOf, Range } from './jobs.js';
import type { Layout } from './layout.js';
import { HOME_TREE, type TreeSpec } from './tree.js';

/** What became of a block. */
export type StoreOutcome =
  | 'stored' //     copied; the caller's bytes are free again
  | 'duplicate' //  the piece is complete, or the block is there already
  | 'unwanted' //   the piece is wholly inside a file that is not wanted: there is no place for it
  | 'full'; //      no buffer is left: offer it again after `whenRoom`

/** What the hash said of a piece. */
export interface PieceVerdict {
  /** True: it is on disk and can be read. False: all its blocks were dropped. */
  readonly isValid: boolean;
  /** The digest of each block, always for a bad piece, and for a good one when it was asked for. */
  readonly blockDigests: Uint8Array | undefined;
}

/** A stretch of a piece that fits one buffer: the whole piece unless it is long. */
interface Segment {
  readonly base: number;
  readonly lease: Lease;
  /** Blocks that were put into this buffer. */
  filled: number;
}

interface Work {
  readonly piece: number;
  readonly arrived: BlockSet;
  readonly onDisk: BlockSet;
  readonly segments: Map<number, Segment>;
  /** The last job of the piece; the next one waits for it, so that a hash sees every write before it. */
  tail: Promise<unknown> | undefined;
  isVerifying: boolean;
}

/** What a writer works with. */
export interface PieceWriterOptions {
  readonly disk: Disk;
  readonly tree: TreeSpec;
  readonly layout: Layout;
  readonly gate: FaultGate;
  /** Called when bytes of a piece were written, verified or not. */
  readonly onWritten: (piece: number) => void;
  /** Called when a piece is verified and written, before anything else happens to it. */
  readonly onVerified: (piece: number) => void;
}

/** Pieces on their way to disk: blocks are copied into shared buffers, full pieces go to a thread in one message. */
export class PieceWriter {
  private readonly options: PieceWriterOptions;
  private readonly works = new Map<number, Work>();
  private readonly bufferLength: number;

  constructor(options: PieceWriterOptions) {
    this.options = options;
    this.bufferLength = options.disk.bufferLengthFor(options.tree.shape.pieceLength);
  }

  /** Blocks of a piece that were on disk when the storage was opened. */
  resume({ piece, blocks }: PartialPiece): void {
    const work = this.workOf(piece);
    for (let block = 0; block < work.arrived.length; block++) {
      if ((blocks[block >>> 3]! & (0x80 >>> (block & 7))) === 0) continue;
      work.arrived.add(block);
      work.onDisk.add(block);
    }
  }

  store(piece: number, begin: number, bytes: Uint8Array): StoreOutcome {
    const work = this.workOf(piece);
    const block = begin / BLOCK_BYTES;
    if (work.isVerifying || work.arrived.has(block)) return 'duplicate';
    const index = Math.floor(begin / this.bufferLength);
    const segment = work.segments.get(index) ?? this.startSegment(work, index);
    if (typeof segment === 'string') {
      if (work.arrived.count === 0) this.works.delete(piece);
      return segment;
    }
    copyBytes(bytes, segment.lease.bytes, begin - segment.base);
    this.options.disk.buffers.touch(segment.lease);
    segment.filled++;
    work.arrived.add(block);
    if (this.isLong(work) && this.isArrived(work, segment)) this.spill(work, segment);
    return 'stored';
  }

  /** Settles when there is a buffer for another piece. */
  whenRoom(): Promise<void> {
    return this.options.disk.buffers.whenFree(this.bufferLength, this.options.tree.torrent);
  }

  /** Hashes a piece whose blocks have all arrived, and writes it when it is good. */
  verify(piece: number, wantDigests: boolean): Promise<PieceVerdict> {
    const work = this.works.get(piece);
    if (work?.arrived.isFull !== true || work.isVerifying) {
      const state = work?.isVerifying === true ? 'is being verified' : 'lacks blocks';
      return Promise.reject(
        new StorageError('bad-block', `piece ${piece} ${state}: store every block, then verify once`),
      );
    }
    work.isVerifying = true;
    const segment = this.isLong(work) ? undefined : work.segments.get(0);
    if (segment !== undefined) this.options.disk.buffers.leave(segment.lease, true);
    return this.enqueue(work, async () => {
      const current = segment !== undefined && work.segments.get(0) === segment ? segment : undefined;
      try {
        const verdict = await this.send(work, current, { verify: true, wantDigests });
        if (verdict.isValid) {
          this.options.onWritten(piece);
          this.options.onVerified(piece);
        }
        return verdict;
      } finally {
        this.drop(work);
      }
    });
  }

  /** Forgets the blocks of a piece that nobody will finish; those on disk are overwritten when it comes again. */
  discard(piece: number): void {
    const work = this.works.get(piece);
    if (work !== undefined && !work.isVerifying && work.tail === undefined) this.drop(work);
  }

  /** Writes what has arrived of unfinished pieces; they keep their buffers. Settles when it is on disk. */
  async writePartials(): Promise<void> {
    const jobs: Promise<unknown>[] = [];
    for (const work of this.works.values()) {
      if (work.isVerifying) jobs.push(work.tail!);
      else for (const segment of work.segments.values()) jobs.push(this.writeSegment(work, segment));
    }
    await Promise.all(jobs);
  }

  /** Settles when every job that was sent is done. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.works.values()].map(({ tail }) => tail));
  }

  /** The blocks that are on disk without their piece being verified. */
  partials(): readonly PartialPiece[] {
    return [...this.works.values()]
      .filter(({ onDisk }) => onDisk.count > 0)
      .map(({ piece, onDisk }) => ({ piece: piece as PartialPiece['piece'], blocks: onDisk.bits.slice() }));
  }

  /** Some blocks of the piece are here or on disk. */
  isBegun(piece: number): boolean {
    return this.works.has(piece);
  }

  /** The pieces a thread may be writing right now. */
  verifying(): readonly number[] {
    return [...this.works.values()].filter(({ isVerifying }) => isVerifying).map(({ piece }) => piece);
  }

  /** Gives all buffers back. */
  close(): void {
    for (const work of this.works.values()) this.drop(work);
  }

  private workOf(piece: number): Work {
    const known = this.works.get(piece);
    if (known !== undefined) return known;
    const blockCount = Math.ceil(this.options.layout.lengthOf(piece) / BLOCK_BYTES);
    const arrived = new BlockSet(blockCount);
    const onDisk = new BlockSet(blockCount);
    const work: Work = { piece, arrived, onDisk, segments: new Map(), tail: undefined, isVerifying: false };
    this.works.set(piece, work);
    return work;
  }

  private startSegment(work: Work, index: number): Segment | 'full' | 'unwanted' {
    const { disk, gate, tree } = this.options;
    // A disk at fault takes nothing in: what is held already is bounded by the buffers.
    if (gate.error !== undefined) return 'full';
    if (!this.hasPlace(work.piece)) return 'unwanted';
    const lease = disk.buffers.take(this.bufferLength, tree.torrent, () => this.spill(work, segment));
    if (lease === undefined) return 'full';
    const segment: Segment = { base: index * this.bufferLength, lease, filled: 0 };
    work.segments.set(index, segment);
    return segment;
  }

  /** The parts file has room for shared pieces only. */
  private hasPlace(piece: number): boolean {
    const { layout, tree } = this.options;
    if (layout.sharedRankOf(piece) !== undefined) return true;
    const [file] = layout.filesOf(piece);
    return file === undefined || tree.homes[file] === HOME_TREE;
  }

  private isLong(work: Work): boolean {
    return this.options.layout.lengthOf(work.piece) > this.bufferLength;
  }

  private blocksOf(work: Work, { base }: Segment): Range {
    const begin = base / BLOCK_BYTES;
    return { begin, end: Math.min(begin + Math.ceil(this.bufferLength / BLOCK_BYTES), work.arrived.length) };
  }

  private isArrived(work: Work, segment: Segment): boolean {
    const { begin, end } = this.blocksOf(work, segment);
    for (let block = begin; block < end; block++) if (!work.arrived.has(block)) return false;
    return true;
  }

  /** Empties a buffer to disk and gives it back, unless more arrived meanwhile. */
  private spill(work: Work, segment: Segment): void {
    this.options.disk.buffers.leave(segment.lease, true);
    this.writeSegment(work, segment).then(
      () => {
        this.options.disk.buffers.leave(segment.lease, false);
        if (this.unwritten(work, segment).length === 0) this.release(work, segment);
        else if (this.isLong(work) && this.isArrived(work, segment)) this.spill(work, segment);
      },
      // Only closing ends here, and closing gives all buffers back.
      () => this.release(work, segment),
    );
  }

  private writeSegment(work: Work, segment: Segment): Promise<void> {
    return this.enqueue(work, async () => {
      const ranges = this.unwritten(work, segment);
      if (ranges.length === 0 || work.segments.get(segment.base / this.bufferLength) !== segment) return;
      await this.send(work, segment, { verify: false, wantDigests: false });
      for (const { begin, end } of ranges) {
        for (let at = begin; at < end; at += BLOCK_BYTES) work.onDisk.add(at / BLOCK_BYTES);
      }
      this.options.onWritten(work.piece);
    });
  }

  private send(
    work: Work,
    segment: Segment | undefined,
    how: Pick<JobOf<'store'>, 'verify' | 'wantDigests'>,
  ): Promise<PieceVerdict> {
    const { disk, gate, layout, tree } = this.options;
    const length = layout.lengthOf(work.piece);
    const base = segment?.base ?? 0;
    const bytes = segment?.lease.bytes.subarray(0, Math.min(this.bufferLength, length - base)) ?? NOTHING;
    const isFilled = segment !== undefined && segment.filled === Math.ceil(bytes.length / BLOCK_BYTES);
    const ranges = segment === undefined ? [] : this.unwritten(work, segment);
    const ids = { torrent: tree.torrent, piece: work.piece, base };
    const job: JobOf<'store'> = { type: 'store', ...ids, bytes, ranges, isFilled, ...how };
    // The running hash of a long piece lives in one thread.
    const lane = this.isLong(work) ? work.piece : undefined;
    return gate.attempt(() => disk.run<'store'>(job, tree, lane));
  }

  /** Runs of blocks that have arrived and are not on disk. */
  private unwritten(work: Work, segment: Segment): readonly Range[] {
    const ranges: { begin: number; end: number }[] = [];
    const length = this.options.layout.lengthOf(work.piece);
    const { begin: first, end: last } = this.blocksOf(work, segment);
    for (let block = first; block < last; block++) {
      if (!work.arrived.has(block) || work.onDisk.has(block)) continue;
      const begin = block * BLOCK_BYTES;
      const end = Math.min(begin + BLOCK_BYTES, length);
      const open = ranges.at(-1);
      if (open?.end === begin) open.end = end;
      else ranges.push({ begin, end });
    }
    return ranges;
  }

  /** Jobs of one piece run one after the other, wherever they run. */
  private enqueue<Result>(work: Work, task: () => Promise<Result>): Promise<Result> {
    const result = work.tail === undefined ? task() : work.tail.then(task, task);
    work.tail = result;
    const clear = () => {
      if (work.tail === result) work.tail = undefined;
    };
    result.then(clear, clear);
    return result;
  }

  private drop(work: Work): void {
    for (const segment of [...work.segments.values()]) this.release(work, segment);
    if (this.works.get(work.piece) === work) this.works.delete(work.piece);
  }

  private release(work: Work, segment: Segment): void {
    const index = segment.base / this.bufferLength;
    if (work.segments.get(index) === segment) work.segments.delete(index);
    this.options.disk.buffers.giveBack(segment.lease);
  }
}

const NOTHING = new Uint8Array(0);
