import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { asError, StorageError } from './errors.js';
import { Executor } from './executor.js';
import type { FileSystem } from './file-system.js';
import { RingSender } from './job-ring.js';
import type { FromWorker, Job, JobOf, JobType, Results, ThreadData, ToWorker } from './jobs.js';
import { THREAD_YOUNG_MIB } from './limits.js';
import type { TreeSpec } from './tree.js';

/** One place where jobs are done, in the order they are given. */
export interface Lane {
  /** Jobs given and not answered. */
  readonly load: number;
  readonly isBroken: boolean;
  run<Type extends JobType>(job: JobOf<Type>, tree: TreeSpec | undefined): Promise<Results[Type]>;
  /** No job will use this memory again. */
  dropBuffer(bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** Starts a thread. */
export function startThread(descriptorCountMax: number): Lane {
  const ring = new RingSender();
  const workerData: ThreadData = { descriptorCountMax, ringMemory: ring.memory };
  const resourceLimits = { maxYoungGenerationSizeMb: THREAD_YOUNG_MIB };
  return new ThreadLane(new Worker(threadEntry(), { name: 'unchoke-disk', workerData, resourceLimits }), ring);
}

/** From source there is no JavaScript for a thread to run: it loads a compiler first. */
function threadEntry(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./thread.js', import.meta.url);
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const compiler = new URL('./dist/esm/api/index.mjs', tsx);
  const entry = new URL('./thread.ts', import.meta.url);
  const code = `import { register } from '${compiler}'; register(); await import('${entry}');`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

interface Waiter {
  resolve(value: never): void;
  reject(error: StorageError): void;
  readonly isInRing: boolean;
  /** What a job of the ring comes to when all is well. */
  readonly result: Results['store'] | undefined;
}

const VALID: Results['store'] = Object.freeze({ isValid: true, blockDigests: undefined });

class ThreadLane implements Lane {
  isBroken = false;
  private readonly worker: Worker;
  private readonly ring: RingSender;
  private readonly known = new Set<number>();
  private readonly buffers = new Map<ArrayBufferLike, number>();
  private readonly waiting = new Map<number, Waiter>();
  private nextId = 0;
  private nextBuffer = 0;
  private messageCount = 0;

  constructor(worker: Worker, ring: RingSender) {
    this.worker = worker;
    this.ring = ring;
    worker.on('message', (message: FromWorker) => this.settle(message));
    worker.on('error', (error) => this.fail(String(error)));
    worker.on('exit', (code) => this.fail(`exit code ${code}`));
    worker.unref();
  }

  get load(): number {
    return this.waiting.size;
  }

  run<Type extends JobType>(job: JobOf<Type>, tree: TreeSpec | undefined): Promise<Results[Type]> {
    if (tree !== undefined && !this.known.has(tree.torrent)) {
      this.known.add(tree.torrent);
      this.post({ type: 'tree', spec: tree });
    }
    const id = this.nextId++ | 0;
    return new Promise((resolve, reject) => {
      // An idle thread must not keep the process alive, a working one must.
      if (this.waiting.size === 0) this.worker.ref();
      const isInRing = this.ring.hasRoom && fitsRing(job as Job);
      this.waiting.set(id, { resolve, reject, isInRing, result: job.type === 'store' ? VALID : undefined });
      if (isInRing) this.putInRing(id, job as JobOf<'store' | 'read'>);
      else this.post({ type: 'job', id, job: job as Job, ringCount: this.ring.sentCount });
      if (job.type === 'forget' && tree !== undefined) this.known.delete(tree.torrent);
    });
  }

  dropBuffer({ buffer: memory }: Uint8Array): void {
    const buffer = this.buffers.get(memory);
    if (buffer !== undefined) this.post({ type: 'drop-buffer', buffer });
    this.buffers.delete(memory);
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private post(message: ToWorker): void {
    if (message.type !== 'wake') this.messageCount++;
    this.worker.postMessage(message);
  }

  private putInRing(id: number, job: JobOf<'store' | 'read'>): void {
    const { type, torrent, bytes } = job;
    const place = job.type === 'store' ? job.piece : job.offset;
    const buffer = this.numberOf(bytes.buffer as SharedArrayBuffer);
    const { messageCount } = this;
    const isAsleep = this.ring.send({ id, type, torrent, place, buffer, length: bytes.length, messageCount });
    if (isAsleep) this.post({ type: 'wake' });
  }

  private numberOf(memory: SharedArrayBuffer): number {
    const known = this.buffers.get(memory);
    if (known !== undefined) return known;
    const buffer = this.nextBuffer++;
    this.buffers.set(memory, buffer);
    this.post({ type: 'buffer', buffer, memory });
    return buffer;
  }

  private settle(message: FromWorker): void {
    if (message.type === 'ring') {
      this.ring.listen();
      for (let id = this.ring.takeDone(); id !== undefined; id = this.ring.takeDone()) {
        const { resolve, result } = this.leave(id);
        resolve(result as never);
      }
      return;
    }
    const { resolve, reject, isInRing } = this.leave(message.id);
    if (isInRing) this.ring.release();
    if (message.type === 'done') resolve(message.result as never);
    else reject(asError(message.failure));
  }

  private leave(id: number): Waiter {
    const waiter = this.waiting.get(id)!;
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.worker.unref();
    return waiter;
  }

  private fail(reason: string): void {
    this.isBroken = true;
    const error = new StorageError(
      'thread-failed',
      `a disk thread ended (${reason}): its work is done again by another`,
    );
    for (const waiter of this.waiting.values()) waiter.reject(error);
    this.waiting.clear();
  }
}

/** A whole piece to be hashed and written, or a stretch to be read, in shared memory that begins with it. */
function fitsRing(job: Job): boolean {
  if (job.type !== 'store' && job.type !== 'read') return false;
  const { buffer, byteOffset, length } = job.bytes;
  if (byteOffset !== 0 || !(buffer instanceof SharedArrayBuffer)) return false;
  if (job.type === 'read') return true;
  const [first] = job.ranges;
  const isWhole = job.base === 0 && job.ranges.length === 1 && first?.begin === 0 && first.end === length;
  return isWhole && job.isFilled && job.verify && !job.wantDigests;
}

/** Does jobs on the caller's own thread: for tests that inject faults, and for programs that want no threads. */
export class InlineLane implements Lane {
  readonly isBroken = false;
  load = 0;
  private readonly executor: Executor;
  private readonly known = new Set<number>();

  constructor(fs: FileSystem, descriptorCountMax: number) {
    this.executor = new Executor(fs, descriptorCountMax);
  }

  async run<Type extends JobType>(job: JobOf<Type>, tree: TreeSpec | undefined): Promise<Results[Type]> {
    if (tree !== undefined && !this.known.has(tree.torrent)) {
      this.known.add(tree.torrent);
      this.executor.addTree(tree);
    }
    if (job.type === 'forget' && tree !== undefined) this.known.delete(tree.torrent);
    this.load++;
    try {
      return (await this.executor.execute(job as Job)) as Results[Type];
    } finally {
      this.load--;
    }
  }

  dropBuffer(): void {}

  async close(): Promise<void> {}
}
