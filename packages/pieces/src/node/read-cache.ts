import { blockAt, copyFrom, copyWithHeadroom, lengthIn, runMemoryFor } from './block-run.js';
import { READ_LENT_SHARE, READ_RUN_BYTES, READ_SPENT_RUN_COUNT_MAX } from './limits.js';
import type { SharedPool } from './shared-pool.js';

/** A torrent to read from. */
export interface ReadSource {
  readonly torrent: number;
  lengthOf(piece: number): number;
  /** Fills the blocks of a run. */
  load(piece: number, begin: number, memory: Uint8Array): Promise<void>;
}

/** Who waits for a run: called with what went wrong, if anything. */
type Reader = (error: unknown) => void;

/** Who is lent a block: called with what went wrong, or with the bytes. */
export type Borrower = (error: unknown, bytes: Uint8Array | undefined) => void;

/** A run of a piece: in memory, or on its way there. */
interface Run {
  readonly key: string;
  readonly memory: Uint8Array;
  /** Blocks of it that are lent: it is not used for anything else before they are given back. */
  lentCount: number;
  /** Bytes that nobody has asked for yet. */
  unasked: number;
  /** Undefined when it is in memory. */
  readers: Reader[] | undefined;
  /** Taken out while it was on its way, or lent: what is in it is for those who asked before. */
  isForgotten: boolean;
}

/**
 * What peers asked for a moment ago and will ask for next: blocks are read in runs of 256 KiB, several requests for one
 * run make one read, and the runs used last stay in memory, as far as the pool goes. Of those that were asked for from end to end
 * only a few stay: a single peer that takes one after the other needs no more.
 */
export class ReadCache {
  private readonly pool: SharedPool;
  /** In order of use. */
  private readonly runs = new Map<string, Run>();
  /** Those of them of which no byte is left to ask for, the oldest first. */
  private readonly spent = new Set<Run>();
  private readonly waiting: (() => void)[] = [];
  /** Whom `runAt` found last. */
  private latest:
    | { readonly source: ReadSource; readonly piece: number; readonly start: number; readonly run: Run }
    | undefined;
  /** Those that are lent, by their memory. */
  private readonly lent = new Map<ArrayBufferLike, Run>();
  private lentBytes = 0;

  constructor(pool: SharedPool) {
    this.pool = pool;
  }

  /** Copies a stretch of a piece, at once when it is in memory. */
  copy(source: ReadSource, piece: number, begin: number, into: Uint8Array, done: Reader): void {
    if (into.length === 0) {
      done(undefined);
      return;
    }
    const start = begin - (begin % READ_RUN_BYTES);
    const length = Math.min(into.length, start + READ_RUN_BYTES - begin);
    this.withRun(source, piece, start, (run, error) => {
      if (run !== undefined) {
        copyFrom(run.memory, begin - start, into.subarray(0, length));
        this.spend(run, length);
      }
      if (run === undefined || length === into.length) done(error);
      else this.copy(source, piece, begin + length, into.subarray(length), done);
    });
  }

  /**
   * A block of the grid where it lies, until it is given back; a copy when too much is lent. There is room for a header before it,
   * and all who are lent the block share it.
   */
  lend(source: ReadSource, piece: number, begin: number, length: number, done: Borrower): void {
    const start = begin - (begin % READ_RUN_BYTES);
    this.withRun(source, piece, start, (run, error) => {
      if (run === undefined) {
        done(error, undefined);
        return;
      }
      const block = blockAt(run.memory, begin - start, length);
      const bytes = this.pin(run) ? block : copyWithHeadroom(block);
      this.spend(run, length);
      done(undefined, bytes);
    });
  }

  /** Nobody looks at the bytes any more that `lend` gave. */
  giveBack({ buffer }: Uint8Array): void {
    const run = this.lent.get(buffer);
    if (run === undefined || --run.lentCount > 0) return;
    this.lent.delete(buffer);
    this.lentBytes -= run.memory.length;
    if (run.isForgotten && run.readers === undefined) this.pool.giveBack(run.memory);
    this.wake();
  }

  /** False when too much is lent. */
  private pin(run: Run): boolean {
    if (run.lentCount === 0) {
      if (this.lentBytes + run.memory.length > this.pool.bytesMax * READ_LENT_SHARE) return false;
      this.lent.set(run.memory.buffer, run);
      this.lentBytes += run.memory.length;
    }
    run.lentCount++;
    return true;
  }

  /** Drops what is known of a piece, or of all pieces of a torrent. */
  forget(source: ReadSource, piece?: number): void {
    const prefix = piece === undefined ? `${source.torrent}/` : `${source.torrent}/${piece}/`;
    for (const [key, run] of [...this.runs]) if (key.startsWith(prefix)) this.drop(run);
  }

  /** `use` is given the run, for the moment of the call only. */
  private withRun(
    source: ReadSource,
    piece: number,
    start: number,
    use: (run: Run | undefined, error: unknown) => void,
  ): void {
    const run = this.runAt(source, piece, start);
    if (run === undefined) {
      this.waiting.push(() => this.withRun(source, piece, start, use));
    } else if (run.readers === undefined) {
      this.touch(run);
      use(run, undefined);
    } else {
      run.readers.push((error) => use(error === undefined ? run : undefined, error));
    }
  }

  /** Mostly it is the one of the time before: no name has to be made for it. */
  private runAt(source: ReadSource, piece: number, start: number): Run | undefined {
    const { latest } = this;
    if (latest?.source === source && latest.piece === piece && latest.start === start) return latest.run;
    const key = keyOf(source, piece, start);
    const run = this.runs.get(key) ?? this.start(source, key, piece, start);
    this.latest = run === undefined ? undefined : { source, piece, start, run };
    return run;
  }

  private start(source: ReadSource, key: string, piece: number, start: number): Run | undefined {
    const memory = this.room(runMemoryFor(Math.min(READ_RUN_BYTES, source.lengthOf(piece) - start)));
    if (memory === undefined) return undefined;
    const run: Run = { key, memory, lentCount: 0, unasked: lengthIn(memory), readers: [], isForgotten: false };
    this.runs.set(key, run);
    source.load(piece, start, memory).then(
      () => this.arrive(run, undefined),
      (error) => {
        this.drop(run);
        this.arrive(run, error);
      },
    );
    return run;
  }

  private arrive(run: Run, error: unknown): void {
    const readers = run.readers!;
    // Whoever asks from within a reader is served after those who asked before.
    for (let index = 0; index < readers.length; index++) readers[index]!(error);
    run.readers = undefined;
    if (run.isForgotten && run.lentCount === 0) this.pool.giveBack(run.memory);
    this.wake();
  }

  private wake(): void {
    for (const retry of this.waiting.splice(0)) retry();
  }

  /** What is asked for twice counts twice: the run is gone a little earlier, and read again when it is still of use. */
  private spend(run: Run, length: number): void {
    run.unasked -= length;
    if (run.unasked <= 0 && this.runs.get(run.key) === run) this.spent.add(run);
  }

  /** Memory for another run, if need be of those used longest ago; undefined when all are on their way. */
  private room(length: number): Uint8Array | undefined {
    const [oldest] = this.spent;
    if (oldest !== undefined && this.spent.size >= READ_SPENT_RUN_COUNT_MAX) this.drop(oldest);
    let bytes = this.pool.take(length);
    for (const run of this.runs.values()) {
      if (bytes !== undefined) break;
      if (run.readers !== undefined || run.lentCount > 0) continue;
      this.drop(run);
      bytes = this.pool.take(length);
    }
    return bytes;
  }

  private drop(run: Run): void {
    if (this.latest?.run === run) this.latest = undefined;
    this.spent.delete(run);
    if (this.runs.get(run.key) === run) this.runs.delete(run.key);
    if (run.readers === undefined && run.lentCount === 0) this.pool.giveBack(run.memory);
    else run.isForgotten = true;
  }

  private touch(run: Run): void {
    this.runs.delete(run.key);
    this.runs.set(run.key, run);
  }
}

function keyOf({ torrent }: ReadSource, piece: number, start: number): string {
  return `${torrent}/${piece}/${start}`;
}
