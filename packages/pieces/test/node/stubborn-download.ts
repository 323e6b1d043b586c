import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Disk, openStorage, type Storage, StorageError } from '../../src/node/index.js';
import { type Fault, failNth } from './faulty-file-system.js';
import { allPieces, bytesOf, inFolder, isSame, onDisk, putPiece, quickFileSystem, sampleOf } from './sample.js';

// Piece 0: files 0 to 3; piece 1: file 3, unwanted at first; piece 2: files 3 and 4, so both ends are shared.
const sample = sampleOf([20_000, 0, 1, 50_000, { length: 20_000, path: ['a', 'b', 'c'] }], 32_768);
const UNWANTED = 3;

/** Fails every `stride`-th call in turn until a whole download needs fewer; says how many calls that was. */
export async function failEvery(fault: Fault, first = 1, stride = 1): Promise<number> {
  for (let nth = first; ; nth += stride) {
    const { fileSystem, hasFailed, count } = failNth(nth, fault, quickFileSystem);
    try {
      await inFolder((folder) => downloadStubbornly(folder, new Disk({ threads: 0, fileSystem })));
    } catch (error) {
      throw new Error(`${fault} at call ${nth}: ${String(error)}`, { cause: error });
    }
    if (!hasFailed()) return count();
  }
}

/** Downloads with an unwanted file, wants it after all, and reads everything again after a restart. */
async function downloadStubbornly(folder: string, disk: Disk): Promise<void> {
  const root = join(folder, 'root');
  const first = await insist(() => open(root, folder, disk, false));
  for (const piece of allPieces(sample)) if (piece !== 1) assert(await putPiece(first, sample, piece));
  await insist(() => first.flush());
  assert(!existsSync(join(root, ...sample.files[UNWANTED]!.path)));
  await insist(() => first.setWanted(UNWANTED, true), first);
  await checkVerified(first);
  await first.close().catch(assertTyped);

  const second = await insist(() => open(root, folder, disk, true));
  await checkVerified(second);
  for (const piece of allPieces(sample)) assert(await putPiece(second, sample, piece));
  assert(second.verified.isFull);
  await checkVerified(second);
  await second.close().catch(assertTyped);

  for (const file of sample.files.keys()) assert(isSame(onDisk(root, sample, file), bytesOf(sample, file)));
  const third = await insist(() => open(root, folder, disk, true));
  assert(third.verified.isFull);
  await third.close().catch(assertTyped);
  await disk.close();
}

/** Opens, and tries again by itself whenever a fault is told. */
async function open(root: string, folder: string, disk: Disk, isWanted: boolean): Promise<Storage> {
  let storage: Storage | undefined;
  const retry = () => {
    if (storage === undefined) setImmediate(retry);
    else void storage.retry();
  };
  storage = await openStorage({
    ...sample,
    root,
    files: sample.files.map((file, index) => (index === UNWANTED ? { ...file, wanted: isWanted } : file)),
    disk,
    state: { path: join(folder, 'state'), infoHash: sample.infoHash },
    flushIntervalMs: 0,
    retryIntervalMs: 0,
    onFault: (error) => {
      assertTyped(error);
      setImmediate(retry);
    },
    onLost: (_, error) => assert.fail(error),
  });
  return storage;
}

/** What is called verified can be read, and is right. */
async function checkVerified(storage: Storage): Promise<void> {
  const { geometry, content } = sample;
  for (const piece of storage.verified) {
    const bytes = await insist(() => storage.read(piece, 0, geometry.lengthOf(piece)));
    const at = geometry.offsetOf(piece);
    assert(isSame(bytes, content.subarray(at, at + bytes.length)));
  }
}

/** Once more after a typed failure: only one call fails, so the second time must do. */
async function insist<Result>(work: () => Promise<Result>, storage?: Storage): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    assertTyped(error);
    await storage?.retry();
    return work();
  }
}

function assertTyped(error: unknown): void {
  if (!StorageError.isInstance(error)) throw error;
  assert(error.path !== undefined && error.message.includes(': '), `${error.message} names no file or no remedy`);
}
