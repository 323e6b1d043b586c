import { READ_RUN_BYTES } from './limits.js';

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
  /** Taken out while it was on its way: what arrives is for those who asked before. */
  isForgotten: boolean;
  /** Who has it and has not yet copied from it. */
  readers: number;
}

/** Runs whose memory is kept for the next ones: left to the collector, a gibibyte read is a gibibyte of garbage. */
const FREE_COUNT_MAX = 8;

/**
 * What peers asked for a moment ago and will ask for next: blocks are read in runs of 256 KiB, several requests for one
 * run make one read, and the runs used last stay in memory, at most `bytesMax` with those on their way.
 */
export class ReadCache {
  private readonly bytesMax: number;
  /** In order of use. */
  private readonly runs = new Map<string, Run>();
  private readonly waiting: (() => void)[] = [];
  private readonly free: Uint8Array[] = [];
  private held = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
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
        into.set(part, done);
        done += part.length;
      } finally {
        run.readers--;
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
    into.set(run.bytes.subarray(begin - start, begin - start + into.length));
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
      if (this.makeRoom(length)) return this.start(source, key, piece, start, length);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** The run comes with its first reader. */
  private start(source: ReadSource, key: string, piece: number, start: number, length: number): Run {
    const kept = length === READ_RUN_BYTES ? this.free.pop() : undefined;
    const bytes = kept ?? new Uint8Array(new SharedArrayBuffer(length));
    this.held += length;
    const loaded = source.load(piece, start, bytes).then(
      () => {
        run.isLoaded = true;
        if (run.isForgotten) this.held -= length;
        this.wake();
      },
      (error) => {
        run.isLoaded = true;
        if (run.isForgotten) this.held -= length;
        else this.drop(key, run);
        this.wake();
        throw error;
      },
    );
    const run: Run = { bytes, loaded, isLoaded: false, isForgotten: false, readers: 1 };
    this.runs.set(key, run);
    return run;
  }

  /** Drops the runs used longest ago; false when what is left is still on its way. */
  private makeRoom(length: number): boolean {
    for (const [key, run] of this.runs) {
      if (this.held + length <= this.bytesMax) return true;
      if (run.isLoaded) this.drop(key, run);
    }
    return this.held + length <= this.bytesMax;
  }

  private drop(key: string, run: Run): void {
    this.runs.delete(key);
    if (!run.isLoaded) {
      run.isForgotten = true;
      return;
    }
    this.held -= run.bytes.length;
    // Somebody may still be about to copy from a run that is dropped: then its memory is the collector's business.
    const isReusable = run.readers === 0 && run.bytes.length === READ_RUN_BYTES;
    if (isReusable && this.free.length < FREE_COUNT_MAX) this.free.push(run.bytes);
  }

  private use(key: string, run: Run): void {
    this.runs.delete(key);
    this.runs.set(key, run);
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

function keyOf({ torrent }: ReadSource, piece: number, start: number): string {
  return `${torrent}/${piece}/${start}`;
}
