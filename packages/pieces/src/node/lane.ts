import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { asError, StorageError } from './errors.js';
import { Executor } from './executor.js';
import type { FileSystem } from './file-system.js';
import type { FromWorker, Job, JobOf, JobType, Results, ToWorker } from './jobs.js';
import type { TreeSpec } from './tree.js';

/** One place where jobs are done, in the order they are given. */
export interface Lane {
  /** Jobs given and not answered. */
  readonly load: number;
  readonly isBroken: boolean;
  run<Type extends JobType>(job: JobOf<Type>, tree: TreeSpec | undefined): Promise<Results[Type]>;
  close(): Promise<void>;
}

/** Starts a thread. */
export function startThread(descriptorCountMax: number): Lane {
  const workerData = { descriptorCountMax };
  return new ThreadLane(new Worker(threadEntry(), { name: 'unchoke-disk', workerData }));
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

class ThreadLane implements Lane {
  isBroken = false;
  private readonly worker: Worker;
  private readonly known = new Set<number>();
  private readonly waiting = new Map<number, { resolve(value: never): void; reject(error: StorageError): void }>();
  private nextId = 0;

  constructor(worker: Worker) {
    this.worker = worker;
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
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      // An idle thread must not keep the process alive, a working one must.
      if (this.waiting.size === 0) this.worker.ref();
      this.waiting.set(id, { resolve, reject });
      this.post({ type: 'job', id, job: job as Job });
      if (job.type === 'forget' && tree !== undefined) this.known.delete(tree.torrent);
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private post(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private settle(message: FromWorker): void {
    const waiter = this.waiting.get(message.id)!;
    this.waiting.delete(message.id);
    if (this.waiting.size === 0) this.worker.unref();
    if (message.type === 'done') waiter.resolve(message.result as never);
    else waiter.reject(asError(message.failure));
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

  async close(): Promise<void> {}
}
