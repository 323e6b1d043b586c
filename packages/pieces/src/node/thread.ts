import { parentPort, workerData } from 'node:worker_threads';
import { type Failure, failureOf } from './errors.js';
import { Executor } from './executor.js';
import { nodeFileSystem } from './file-system.js';
import type { FromWorker, ToWorker } from './jobs.js';

/** The thread of a `Disk`: takes jobs from its port, in order, and answers each with one message. */
const port = parentPort!;
const { descriptorCountMax } = workerData as { readonly descriptorCountMax: number };
const executor = new Executor(nodeFileSystem, descriptorCountMax);

port.on('message', (message: ToWorker) => {
  if (message.type === 'tree') executor.addTree(message.spec);
  else answer(message);
});

function answer({ id, job }: Extract<ToWorker, { type: 'job' }>): void {
  try {
    const result = executor.execute(job);
    if (result instanceof Promise) {
      result.then(
        (value) => send({ type: 'done', id, result: value }),
        (error) => send({ type: 'failed', id, failure: describe(error, job.type) }),
      );
    } else send({ type: 'done', id, result });
  } catch (error) {
    send({ type: 'failed', id, failure: describe(error, job.type) });
  }
}

function describe(error: unknown, jobType: string): Failure {
  return failureOf(error, jobType, 'files');
}

function send(message: FromWorker): void {
  port.postMessage(message);
}
