import { parentPort, workerData } from 'node:worker_threads';
import { type Failure, failureOf } from './errors.js';
import { Executor } from './executor.js';
import { nodeFileSystem } from './file-system.js';
import { type RingJob, RingTaker } from './job-ring.js';
import type { FromWorker, Job, JobType, Results, ThreadData, ToWorker } from './jobs.js';

/**
 * The thread of a `Disk`: takes jobs from its port and its ring, in the order they were sent, and answers each. After so many
 * jobs of the ring it looks at the port, and at what it waits for itself.
 */
const RING_TURN = 32;

const port = parentPort!;
const { descriptorCountMax, ringMemory } = workerData as ThreadData;
const executor = new Executor(nodeFileSystem, descriptorCountMax);
const ring = new RingTaker(ringMemory);
const buffers = new Map<number, Uint8Array>();
let messageCount = 0;
let isTurnDue = false;

port.on('message', (message: ToWorker) => {
  if (message.type !== 'wake') {
    if (message.type === 'job') while (ring.takenCount < message.ringCount && doNext());
    messageCount++;
    take(message);
  }
  if (!isTurnDue) turn();
});

function take(message: Exclude<ToWorker, { type: 'wake' }>): void {
  if (message.type === 'tree') executor.addTree(message.spec);
  else if (message.type === 'buffer') buffers.set(message.buffer, new Uint8Array(message.memory));
  else if (message.type === 'drop-buffer') buffers.delete(message.buffer);
  else answer(message.id, message.job, (id, result) => send({ type: 'done', id, result }));
}

function turn(): void {
  isTurnDue = false;
  for (let count = 0; count < RING_TURN; count++) if (!doNext()) return;
  isTurnDue = true;
  setImmediate(turn);
}

/** False when there is nothing to do before the next message. */
function doNext(): boolean {
  const next = ring.next(messageCount);
  if (typeof next === 'string') return false;
  answer(next.id, jobOf(next), (id, result) => {
    // A bad piece comes with digests, which are no number.
    if (result !== undefined && !(result as Results['store']).isValid) send({ type: 'done', id, result });
    else if (ring.finish(id)) send({ type: 'ring' });
  });
  return true;
}

function jobOf({ type, torrent, place, buffer, length }: RingJob): Job {
  const bytes = buffers.get(buffer)!.subarray(0, length);
  if (type === 'read') return { type, torrent, offset: place, bytes };
  const ranges = [{ begin: 0, end: length }];
  return { type, torrent, piece: place, base: 0, bytes, ranges, isFilled: true, verify: true, wantDigests: false };
}

function answer(id: number, job: Job, done: (id: number, result: Results[JobType]) => void): void {
  const failed = (error: unknown) => send({ type: 'failed', id, failure: describe(error, job.type) });
  try {
    const result = executor.execute(job);
    if (result instanceof Promise) result.then((value) => done(id, value), failed);
    else done(id, result);
  } catch (error) {
    failed(error);
  }
}

function describe(error: unknown, jobType: string): Failure {
  return failureOf(error, jobType, 'files');
}

function send(message: FromWorker): void {
  port.postMessage(message);
}
