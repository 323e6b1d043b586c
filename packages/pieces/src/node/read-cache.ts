import { READ_RUN_BYTES } from './limits.js';

/** A run of a piece: in memory, or on its way there. */
interface Run {
  readonly bytes: Uint8Array;
  readonly loaded: Promise<void>;
  isLoaded: boolean;
  /** Calls that have not copied their part yet. */
  readers: number;
}

/** Where the bytes come from. */
export type LoadRun = (piece: number, begin: number, into: Uint8Array) => Promise<void>;

/**
 * What peers asked for a moment ago and will ask for next: blocks are read in runs of 256 KiB, several requests for one
 * run make one read, and the runs used last stay in memory, at most `bytesMax`.
 */
export class ReadCache {
  private readonly load: LoadRun;
  private readonly countMax: number;
  /** In order of use. */
  private readonly runs = new Map<string, Run>();
  private readonly spare: Uint8Array[] = [];
  private readonly waiting: (() => void)[] = [];
  private loading = 0;
  private readonly runBytes: number;

  constructor(pieceLength: number, bytesMax: number, load: LoadRun) {
    this.load = load;
    this.runBytes = Math.min(READ_RUN_BYTES, pieceLength);
    this.countMax = Math.max(1, Math.floor(bytesMax / this.runBytes));
  }

  /** Copies a stretch of a piece. `pieceLength` is that piece's own. */
  async copy(piece: number, begin: number, into: Uint8Array, pieceLength: number): Promise<void> {
    for (let done = 0; done < into.length; ) {
      const at = begin + done;
      const index = Math.floor(at / this.runBytes);
      const start = index * this.runBytes;
      const count = Math.min(into.length - done, start + this.runBytes - at);
      const run = await this.acquire(piece, index, Math.min(this.runBytes, pieceLength - start));
      run.readers++;
      try {
        await run.loaded;
        into.set(run.bytes.subarray(at - start, at - start + count), done);
      } finally {
        run.readers--;
      }
      done += count;
    }
  }

  /** The same without waiting; false when not all of it is in memory. */
  copyNow(piece: number, begin: number, into: Uint8Array): boolean {
    const index = Math.floor(begin / this.runBytes);
    const run = this.runs.get(`${piece}/${index}`);
    const start = index * this.runBytes;
    if (run?.isLoaded !== true || begin + into.length > start + run.bytes.length) return false;
    this.use(`${piece}/${index}`, run);
    into.set(run.bytes.subarray(begin - start, begin - start + into.length));
    return true;
  }

  /** Drops what is known of a piece. */
  forget(piece: number): void {
    for (const key of [...this.runs.keys()]) if (key.startsWith(`${piece}/`)) this.runs.delete(key);
  }

  private async acquire(piece: number, index: number, length: number): Promise<Run> {
    const key = `${piece}/${index}`;
    for (;;) {
      const known = this.runs.get(key);
      if (known !== undefined) {
        this.use(key, known);
        return known;
      }
      if (this.loading < this.countMax) return this.start(key, piece, index, length);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private start(key: string, piece: number, index: number, length: number): Run {
    this.loading++;
    this.evict();
    const spare = this.spare.pop() ?? new Uint8Array(new SharedArrayBuffer(this.runBytes));
    const bytes = spare.subarray(0, length);
    const loaded = this.load(piece, index * this.runBytes, bytes).then(
      () => {
        run.isLoaded = true;
        this.endLoad();
      },
      (error) => {
        if (this.runs.get(key) === run) this.runs.delete(key);
        this.endLoad();
        throw error;
      },
    );
    const run: Run = { bytes, loaded, isLoaded: false, readers: 0 };
    this.runs.set(key, run);
    return run;
  }

  private endLoad(): void {
    this.loading--;
    for (const wake of this.waiting.splice(0)) wake();
  }

  private use(key: string, run: Run): void {
    this.runs.delete(key);
    this.runs.set(key, run);
  }

  private evict(): void {
    for (const [key, run] of this.runs) {
      if (this.runs.size < this.countMax) return;
      if (!run.isLoaded) continue;
      this.runs.delete(key);
      // Somebody is about to copy from it: the memory is left to the collector instead.
      if (run.readers === 0) this.spare.push(new Uint8Array(run.bytes.buffer));
    }
  }
}
