import { parentPort } from 'node:worker_threads';
import { MetainfoError } from '../errors.js';
import { type HashedPieces, hashPieces } from './hash-job.js';
import type { HashJob } from './hash-plan.js';

/** What a worker answers to a job. */
export type HashReply =
  | { readonly type: 'hashed'; readonly pieces: HashedPieces }
  | { readonly type: 'file-changed'; readonly problem: string; readonly location: string }
  | { readonly type: 'failed'; readonly message: string; readonly details: Readonly<Record<string, unknown>> };

parentPort?.on('message', (job: HashJob) => parentPort?.postMessage(reply(job)));

function reply(job: HashJob): HashReply {
  try {
    return { type: 'hashed', pieces: hashPieces(job) };
  } catch (error) {
    if (MetainfoError.isInstance(error)) return { type: 'file-changed', problem: error.message, location: error.path };
    // Errors of the system lose their code on the way between threads.
    const { code, errno, syscall, path } = error as NodeJS.ErrnoException;
    return { type: 'failed', message: String((error as Error).message), details: { code, errno, syscall, path } };
  }
}
