import type { Bitfield } from '../bitfield.js';
import type { PartialPiece } from '../partial-piece.js';
import type { Disk } from './disk.js';
import type { FaultGate } from './fault-gate.js';
import type { FileFacts } from './file-system.js';
import type { Layout } from './layout.js';
import { encodeState, type FileRecord } from './state-file.js';
import { HOME_PARTS, type TreeSpec } from './tree.js';

/** Files of one sync job: small enough that several threads share the work. */
const SYNC_BATCH_COUNT = 32;
/** Sync jobs at once: each occupies one thread of Node's own pool of four. */
const SYNC_WIDTH = 3;

/** Where the state is kept, and for which torrent. */
export interface StatePlace {
  /** A file of its own for every torrent, in a directory that exists. */
  readonly path: string;
  readonly infoHash: Uint8Array;
}

/** What the keeper asks of the storage at the moment it needs it. */
export interface StateSource {
  verified(): Bitfield;
  partials(): readonly PartialPiece[];
  /** Pieces that a thread may be writing. */
  verifying(): readonly number[];
  /** Files are gone or shorter than they were; settles when the pieces that went with them are no longer verified. */
  findLost(): Promise<void>;
}

export interface StateKeeperOptions {
  readonly disk: Disk;
  readonly tree: TreeSpec;
  readonly layout: Layout;
  readonly gate: FaultGate;
  readonly place: StatePlace | undefined;
  readonly source: StateSource;
  readonly facts: readonly (FileFacts | undefined)[];
}

/**
 * Puts data on stable storage, then says so in the state file, never the other way round: files are synced first, and
 * only pieces that were verified before that enter the state.
 */
export class StateKeeper {
  private readonly options: StateKeeperOptions;
  private readonly facts: (FileFacts | undefined)[];
  private readonly dirty = new Set<number>();
  /** Files whose names are on stable storage. */
  private readonly named = new Set<number>();
  /** The state file says less than what is known. */
  private isStale = false;
  private running: Promise<void> | undefined;

  constructor(options: StateKeeperOptions) {
    this.options = options;
    this.facts = [...options.facts];
  }

  get isClean(): boolean {
    return this.dirty.size === 0 && !this.isStale && this.running === undefined;
  }

  /** Bytes of this piece were written. */
  markWritten(piece: number): void {
    const { layout, tree } = this.options;
    for (const file of layout.filesOf(piece)) {
      this.dirty.add(tree.homes[file] === HOME_PARTS ? tree.files.length : file);
    }
    this.isStale = true;
  }

  /** A file was made or changed outside of pieces. */
  markFile(file: number): void {
    this.dirty.add(file);
    this.isStale = true;
  }

  /** Files were removed or cut, and will be made anew. */
  forgetNames(): void {
    this.named.clear();
  }

  /** The parts file was removed. */
  forgetParts(): void {
    const partsFile = this.options.tree.files.length;
    this.dirty.delete(partsFile);
    this.named.delete(partsFile);
    this.facts[partsFile] = undefined;
    this.isStale = true;
  }

  /** What is known changed, without any bytes being written. */
  markStale(): void {
    this.isStale = true;
  }

  /** What is verified now is on stable storage, and the state file says so, when this settles. */
  async flush(): Promise<void> {
    // A flush under way may have looked before the last change: wait for it and look again.
    while (this.running !== undefined) await this.running;
    if (this.isClean) return;
    this.running = this.flushOnce();
    try {
      await this.running;
    } finally {
      this.running = undefined;
    }
  }

  private async flushOnce(): Promise<void> {
    const { disk, gate, layout, place, source, tree } = this.options;
    const verified = source.verified().clone();
    const partials = source.partials();
    const files = [...this.dirty];
    this.dirty.clear();
    this.isStale = false;
    try {
      await this.sync(files);
      if (files.some((file) => this.isShort(file))) await source.findLost();
      if (place === undefined) return;
      // Written while files were looked at: their times may hide these pieces, so the next start must hash them.
      const doubtful = [...source.verified().andNot(verified), ...source.verifying()];
      const durable = verified.and(source.verified()).toWire();
      const state = { infoHash: place.infoHash, verified: durable, doubtful, partials, files: this.records() };
      const bytes = encodeState(state, layout);
      await gate.attempt(() => disk.run<'save'>({ type: 'save', path: place.path, bytes }, tree));
    } catch (error) {
      for (const file of files) this.dirty.add(file);
      this.isStale = true;
      throw error;
    }
  }

  private async sync(files: readonly number[]): Promise<void> {
    const { disk, gate, tree } = this.options;
    let next = 0;
    const work = async () => {
      while (next < files.length) {
        const batch = files.slice(next, next + SYNC_BATCH_COUNT);
        next += batch.length;
        const job = { type: 'sync', torrent: tree.torrent, files: batch } as const;
        const found = await gate.attempt(() => disk.run<'sync'>(job, tree));
        for (const [index, file] of batch.entries()) this.facts[file] = found[index];
      }
    };
    await Promise.all(Array.from({ length: SYNC_WIDTH }, work));
    const fresh = files.filter((file) => !this.named.has(file) && this.facts[file] !== undefined);
    if (fresh.length === 0) return;
    await gate.attempt(() => disk.run<'sync-names'>({ type: 'sync-names', torrent: tree.torrent, files: fresh }, tree));
    for (const file of fresh) this.named.add(file);
  }

  private isShort(file: number): boolean {
    const { length } = this.options.tree.files[file] ?? { length: 0 };
    return (this.facts[file]?.size ?? -1) < length;
  }

  private records(): readonly FileRecord[] {
    return this.facts.map((facts, file) => ({
      size: facts?.size ?? -1,
      mtimeNs: facts?.mtimeNs ?? 0n,
      isInParts: this.options.tree.homes[file] === HOME_PARTS,
    }));
  }
}
