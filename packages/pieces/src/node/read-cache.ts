import { copyBytes } from './copy-bytes.js';
import { READ_RUN_BYTES } from './limits.js';
import type { SharedPool } from './shared-pool.js';

/** A torrent to read from. */
export interface ReadSource {
  readonly torrent: number;
  lengthOf(piece: number): number;
  load(piece: number, begin: number, into: Uint8Array): Promise<void>;
}

/** A run of a piece: in memory, or on its way there. */
interface Run {
  readonly bytes: Uint8Array;
  readonly loaded: Promise<void>;
  isLoaded: boolean;
  /** Taken out while somebody still needs it: its memory is free when the last of them is done. */
  isForgotten: boolean;
  /** Who has it and has not yet copied from it; the one who reads it from disk is among them. */
  readers: number;
}

/**
 * What peers asked for a moment ago and will ask for next: blocks are read in runs of 256 KiB, several requests for one
 * run make one read, and the runs used last stay in memory, as far as the pool goes.
 */
export class ReadCache {
  private readonly pool: SharedPool;
  /** In order of use. */
  private readonly runs = new Map<string, Run>();
  private readonly waiting: (() => void)[] = [];

  constructor(pool: SharedPool) {
    this.pool = pool;
  }

  /** Copies a stretch of a piece. */
  async copy(source: ReadSource, piece: number, begin: number, into: Uint8Array): Promise<void> {
    for (let done = 0; done < into.length; ) {
      const at = begin + done;
      const start = at - (at % READ_RUN_BYTES);
      const run = await this.acquire(source, piece, start);
      try {
        await run.loaded;
        const part = run.bytes.subarray(at - start, Math.min(run.bytes.length, at - start + into.length - done));
        copyBytes(part, into, done);
        done += part.length;
      } finally {
        this.leave(run);
      }
    }
  }

  /** The same without waiting; false when not all of it is in one run in memory. */
  copyNow(source: ReadSource, piece: number, begin: number, into: Uint8Array): boolean {
    const start = begin - (begin % READ_RUN_BYTES);
    const key = keyOf(source, piece, start);
    const run = this.runs.get(key);
    if (run?.isLoaded !== true || begin + into.length > start + run.bytes.length) return false;
    this.use(key, run);
    copyBytes(run.bytes.subarray(begin - start, begin - start + into.length), into, 0);
    return true;
  }

  /** Drops what is known of a piece, or of all pieces of a torrent. */
  forget(source: ReadSource, piece?: number): void {
    const prefix = piece === undefined ? `${source.torrent}/` : `${source.torrent}/${piece}/`;
    for (const [key, run] of [...this.runs]) if (key.startsWith(prefix)) this.drop(key, run);
  }

  private async acquire(source: ReadSource, piece: number, start: number): Promise<Run> {
    const key = keyOf(source, piece, start);
    const length = Math.min(READ_RUN_BYTES, source.lengthOf(piece) - start);
    for (;;) {
      const known = this.runs.get(key);
      if (known !== undefined) {
        this.use(key, known);
        known.readers++;
        return known;
      }
      const bytes = this.room(length);
      if (bytes !== undefined) return this.start(source, key, piece, start, bytes);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** The run comes with its first reader. */
  private start(source: ReadSource, key: string, piece: number, start: number, bytes: Uint8Array): Run {
    const loaded = source.load(piece, start, bytes).then(
      () => this.arrived(run),
      (error) => {
        if (!run.isForgotten) this.drop(key, run);
        this.arrived(run);
        throw error;
      },
    );
    const run: Run = { bytes, loaded, isLoaded: false, isForgotten: false, readers: 2 };
    this.runs.set(key, run);
    return run;
  }

  private arrived(run: Run): void {
    run.isLoaded = true;
    this.leave(run);
  }

  /** Memory for another run, if need be of those used longest ago; undefined when all are in use. */
  private room(length: number): Uint8Array | undefined {
    let bytes = this.pool.take(length);
    for (const [key, run] of this.runs) {
      if (bytes !== undefined) break;
      if (run.readers > 0) continue;
      this.drop(key, run);
      bytes = this.pool.take(length);
    }
    return bytes;
  }

  private drop(key: string, run: Run): void {
    this.runs.delete(key);
    run.isForgotten = true;
    if (run.readers === 0) this.pool.giveBack(run.bytes);
  }

  private leave(run: Run): void {
    if (--run.readers > 0) return;
    if (run.isForgotten) this.pool.giveBack(run.bytes);
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private use(key: string, run: Run): void {
    this.runs.delete(key);
    this.runs.set(key, run);
  }
}

function keyOf({ torrent }: ReadSource, piece: number, start: number): string {
  return `${torrent}/${piece}/${start}`;
}
