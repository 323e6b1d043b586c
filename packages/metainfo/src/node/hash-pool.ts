import { Worker } from 'node:worker_threads';
import { MetainfoError } from '@unchoke/metainfo';
import { type HashedPieces, hashPieces } from './hash-job.js';
import type { HashJob } from './hash-plan.js';
import type { HashReply } from './hash-worker.js';

/** The tests and benches of this repository run from the sources. */
const IS_SOURCE = import.meta.url.endsWith('.ts');

/** How jobs are worked off. */
export interface PoolOptions {
  /** 0: in the calling thread. */
  readonly threadCount: number;
  readonly signal: AbortSignal | undefined;
  /** Told of every job that is done, in whatever order they end. */
  readonly onHashed: (pieces: HashedPieces) => void;
}

/** Works off all jobs; each worker has one at a time. Nothing is left running when the promise settles. */
export async function hashAll(jobs: Iterator<HashJob, void>, options: PoolOptions): Promise<void> {
  options.signal?.throwIfAborted();
  if (options.threadCount === 0) return hashHere(jobs, options);
  const workers = Array.from({ length: options.threadCount }, startWorker);
  const aborted = abortion(options.signal);
  try {
    await Promise.race([aborted.promise, Promise.all(workers.map((worker) => feed(worker, jobs, options)))]);
  } finally {
    aborted.forget();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function hashHere(jobs: Iterator<HashJob, void>, { onHashed, signal }: PoolOptions): Promise<void> {
  for (let next = jobs.next(); !next.done; next = jobs.next()) {
    onHashed(hashPieces(next.value));
    // Lets others have their turn, and an abort be heard.
    await new Promise<void>((resume) => setImmediate(resume));
    signal?.throwIfAborted();
  }
}

function startWorker(): Worker {
  if (!IS_SOURCE) return new Worker(new URL('./hash-worker.js', import.meta.url));
  // Node 20 does not apply `--import tsx` to a worker's own file, so the worker registers it and then loads the file.
  const file = JSON.stringify(new URL('./hash-worker.ts', import.meta.url).href);
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${file}); });`;
  return new Worker(start, { eval: true, execArgv: ['--conditions=@unchoke/source'] });
}

/** Gives a worker one job after the other until none is left. */
function feed(worker: Worker, jobs: Iterator<HashJob, void>, { onHashed }: PoolOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveNext = (): void => {
      const next = jobs.next();
      if (next.done === true) resolve();
      else worker.postMessage(next.value);
    };
    worker.on('message', (reply: HashReply) => {
      if (reply.type !== 'hashed') {
        reject(errorOf(reply));
        return;
      }
      try {
        onHashed(reply.pieces);
        giveNext();
      } catch (error) {
        reject(error);
      }
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`a hashing thread ended early, with code ${code}`)));
    giveNext();
  });
}

function errorOf(reply: Exclude<HashReply, { type: 'hashed' }>): Error {
  if (reply.type === 'failed') return Object.assign(new Error(reply.message), reply.details);
  const problem = reply.problem.slice(reply.location.length + ': '.length);
  return new MetainfoError('file-changed', problem, reply.location);
}

/** A promise that only an abort settles. */
function abortion(signal: AbortSignal | undefined): { readonly promise: Promise<never>; forget(): void } {
  let onAbort = (): void => undefined;
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  return { promise, forget: () => signal?.removeEventListener('abort', onAbort) };
}
