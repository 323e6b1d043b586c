import { availableParallelism } from 'node:os';
import { BLOCK_BYTES } from '../limits.js';
import { runMemoryFor } from './block-run.js';
import { Buffers } from './buffers.js';
import { StorageError } from './errors.js';
import { type FileSystem, nodeFileSystem } from './file-system.js';
import type { JobOf, JobType, Results } from './jobs.js';
import { InlineLane, type Lane, startThread } from './lane.js';
import {
  BUFFER_BYTES_DEFAULT,
  BUFFER_BYTES_MAX,
  CHECK_THREAD_COUNT_DEFAULT,
  DESCRIPTOR_COUNT_DEFAULT,
  DESCRIPTOR_COUNT_MIN,
  READ_CACHE_BYTES_DEFAULT,
  READ_RUN_BYTES,
  THREAD_COUNT_DEFAULT,
  THREAD_COUNT_MAX,
} from './limits.js';
import { ReadCache } from './read-cache.js';
import { SharedPool } from './shared-pool.js';
import type { TreeSpec } from './tree.js';

/** How much of the machine to use. */
export interface DiskOptions {
  /**
   * Worker threads; 0 does everything on the caller's thread. Default: one or two that hash and write, and one a core
   * while a check is under way.
   */
  readonly threads?: number;
  /** Memory of all piece buffers together; default 16 MiB. */
  readonly bufferBytesMax?: number;
  /** Memory for what peers ask for, of all storages together; default 8 MiB. */
  readonly readCacheBytes?: number;
  /** Files open at once, over all threads; default 64. */
  readonly descriptorCountMax?: number;
  /** For tests: another file system. Only without threads, which could not share it. */
  readonly fileSystem?: FileSystem;
}

/**
 * The threads and buffers that storages share: open one for all torrents of a program. Threads start when there is
 * work, and an idle one keeps no process alive.
 *
 * @example
 * ```ts
 * import { Disk } from '@unchoke/pieces/node';
 *
 * const disk = new Disk({ threads: 1, bufferBytesMax: 8 * 2 ** 20 });
 * // … openStorage({ disk, … }) for every torrent
 * await disk.close();
 * ```
 */
export class Disk {
  /** The bound on threads; fewer run until there is work for more. */
  readonly threadCountMax: number;
  /** The bound while a check is under way. */
  readonly checkThreadCountMax: number;
  /** For this package: the piece buffers. */
  readonly buffers: Buffers;
  /** For this package: what was read for uploading. */
  readonly reads: ReadCache;
  /** For this package: what small files of the program's own go through. */
  readonly fileSystem: FileSystem;
  private readonly pool: SharedPool;
  private readonly descriptorCountMax: number;
  private lanes: Lane[] = [];
  private isClosed = false;
  private nextTorrent = 1;

  constructor(options: DiskOptions = {}) {
    const cores = availableParallelism();
    const { threads = Math.max(1, Math.min(THREAD_COUNT_DEFAULT, cores - 1)), fileSystem } = options;
    const { bufferBytesMax = BUFFER_BYTES_DEFAULT, descriptorCountMax = DESCRIPTOR_COUNT_DEFAULT } = options;
    if (fileSystem !== undefined && threads !== 0) throw new RangeError('a file system of your own needs threads: 0');
    this.threadCountMax = checked('threads', threads, 0, THREAD_COUNT_MAX);
    this.checkThreadCountMax = options.threads ?? Math.max(threads, Math.min(CHECK_THREAD_COUNT_DEFAULT, cores));
    const dropped = (bytes: Uint8Array) => {
      for (const lane of this.lanes) lane.dropBuffer(bytes);
    };
    this.pool = new SharedPool(checked('bufferBytesMax', bufferBytesMax, 4 * BLOCK_BYTES, 2 ** 40), dropped);
    this.buffers = new Buffers(this.pool);
    const { readCacheBytes = READ_CACHE_BYTES_DEFAULT } = options;
    this.reads = new ReadCache(
      new SharedPool(checked('readCacheBytes', readCacheBytes, runMemoryFor(READ_RUN_BYTES), 2 ** 40), dropped),
    );
    this.descriptorCountMax = checked('descriptorCountMax', descriptorCountMax, DESCRIPTOR_COUNT_MIN, 2 ** 20);
    this.fileSystem = fileSystem ?? nodeFileSystem;
  }

  /** Memory of piece buffers at the worst moment so far. */
  get peakBufferBytes(): number {
    return this.pool.peakBytes;
  }

  /** Ends the threads. Close the storages first: what is under way is lost. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }

  /** For this package: a number that no other torrent of this disk has. */
  register(): number {
    return this.nextTorrent++;
  }

  /** For this package: how long the buffers of a torrent are. A quarter of the memory, so that four are in turn. */
  bufferLengthFor(pieceLength: number): number {
    const quarter = Math.floor(this.pool.bytesMax / 4 / BLOCK_BYTES) * BLOCK_BYTES;
    const longest = Math.min(quarter, BUFFER_BYTES_MAX);
    return pieceLength <= longest ? pieceLength : longest;
  }

  /** For this package: has a job done; by the same thread for the same `lane`, otherwise by the least busy one. */
  run<Type extends JobType>(job: JobOf<Type>, tree?: TreeSpec, lane?: number): Promise<Results[Type]> {
    if (this.isClosed) return Promise.reject(new StorageError('closed', 'the disk is closed: make another'));
    const countMax = job.type === 'check' ? this.checkThreadCountMax : this.threadCountMax;
    return this.pick(lane, countMax).run(job, tree);
  }

  /** For this package: has a job done by every thread there is. */
  async runEverywhere<Type extends JobType>(job: JobOf<Type>, tree: TreeSpec): Promise<void> {
    await Promise.all(this.lanes.filter((lane) => !lane.isBroken).map((lane) => lane.run(job, tree)));
  }

  /** For this package: ends the threads that only a check needed. */
  async endCheck(): Promise<void> {
    const kept = Math.max(1, this.threadCountMax);
    if (this.lanes.slice(kept).some(({ load }) => load > 0)) return;
    await Promise.all(this.lanes.splice(kept).map((lane) => lane.close()));
  }

  private pick(fixed: number | undefined, countMax: number): Lane {
    if (fixed !== undefined) return this.laneAt(fixed % Math.max(1, this.threadCountMax));
    let best: Lane | undefined;
    for (const lane of this.lanes.slice(0, Math.max(1, countMax)))
      if (!lane.isBroken && (best === undefined || lane.load < best.load)) best = lane;
    if (best !== undefined && (best.load === 0 || this.lanes.length >= countMax)) return best;
    return this.laneAt(best === undefined ? 0 : this.lanes.length);
  }

  private laneAt(index: number): Lane {
    for (let at = 0; at <= index; at++) {
      const lane = this.lanes[at];
      if (lane === undefined || lane.isBroken) this.lanes[at] = this.start();
    }
    return this.lanes[index]!;
  }

  private start(): Lane {
    const share = Math.max(
      DESCRIPTOR_COUNT_MIN,
      Math.floor(this.descriptorCountMax / Math.max(1, this.threadCountMax)),
    );
    return this.threadCountMax === 0 ? new InlineLane(this.fileSystem, share) : startThread(share);
  }
}

function checked(name: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} ${value}: expected an integer from ${min} to ${max}`);
}
