import assert from 'node:assert/strict';
import type { PieceIndex } from '../../src/index.js';
import { Disk, openStorage, type Storage } from '../../src/node/index.js';
import { PowerCutDisk } from './power-cut-disk.js';
import { allPieces, isSame, putPiece, sampleOf } from './sample.js';

const sample = sampleOf([20_000, 5, 0, 70_000, 40_000, { length: 30_000, path: ['a', 'b'] }], 16_384, 5);
const UNWANTED = 3;
let downloads = 0;

/** One download, with the power failing at any call, as often as it takes; says how often that was. */
export async function downloadThroughPowerCuts(next: (bound: number) => number): Promise<number> {
  const fileSystem = new PowerCutDisk();
  // The lock of an earlier download must not be mistaken for this one's.
  const path = `/state-${downloads++}`;
  const durable = new Set<PieceIndex>();
  let cuts = -1;
  for (let wantsAll = false, isComplete = false; !isComplete; cuts++) {
    fileSystem.callsLeft = next(400);
    const disk = new Disk({ threads: 0, fileSystem });
    const run = await download(disk, path, wantsAll, durable, next);
    wantsAll ||= run.wantsAll;
    isComplete = run.isComplete;
    fileSystem.restart(next);
    // The process that held it is still here, unlike after a real power cut.
    fileSystem.drop(`${path}.lock`);
  }
  const storage = await open(new Disk({ threads: 0, fileSystem }), path, true);
  assert(storage.verified.isFull);
  await storage.close();
  return cuts;
}

/** Downloads until it is done or the power fails; adds what was flushed to `durable`. */
async function download(
  disk: Disk,
  path: string,
  wantedAll: boolean,
  durable: Set<PieceIndex>,
  next: (bound: number) => number,
): Promise<{ readonly isComplete: boolean; readonly wantsAll: boolean }> {
  let wantsAll = wantedAll;
  let storage: Storage | undefined;
  try {
    storage = await open(disk, path, wantsAll);
    if (storage.resume.problem !== undefined) throw storage.resume.problem;
    // An interrupted save leaves the state before it or the one after it, never a torn one.
    assert(['trusted', 'none'].includes(storage.resume.outcome), `the state was ${storage.resume.outcome}`);
    const lost = [...durable].filter((piece) => storage?.verified.has(piece) !== true);
    assert.deepEqual(lost, [], 'durable pieces are gone');
    for (const piece of storage.verified) {
      const bytes = await storage.read(piece, 0, sample.geometry.lengthOf(piece));
      const at = sample.geometry.offsetOf(piece);
      if (!isSame(bytes, sample.content.subarray(at, at + bytes.length))) throw new Error(`piece ${piece} is wrong`);
    }
    await fetch(storage, wantsAll, durable, next);
    wantsAll = true;
    await untilFault(storage, storage.setWanted(UNWANTED, true));
    await fetch(storage, true, durable, next);
    await storage.close();
    return { isComplete: true, wantsAll };
  } catch (error) {
    await storage?.close().catch(() => {});
    if ((error as { readonly code?: string }).code !== 'io-failed') throw error;
    return { isComplete: false, wantsAll };
  }
}

async function fetch(
  storage: Storage,
  wantsAll: boolean,
  durable: Set<PieceIndex>,
  next: (bound: number) => number,
): Promise<void> {
  const unwanted = sample.geometry.piecesIn(sample.files[UNWANTED]!.offset + 16_384, 70_000 - 2 * 16_384);
  const isFetched = (piece: number) => wantsAll || piece < unwanted.start || piece >= unwanted.end;
  for (const piece of allPieces(sample).filter(isFetched)) {
    assert(await untilFault(storage, putPiece(storage, sample, piece)));
    if (next(3) > 0) continue;
    await untilFault(storage, storage.flush());
    for (const known of storage.verified) durable.add(known);
  }
}

/** What waits for a fault to end would wait for ever: the power is off. */
async function untilFault<Result>(storage: Storage, work: Promise<Result>): Promise<Result> {
  work.catch(() => {});
  let isDone = false;
  work.then(
    () => {
      isDone = true;
    },
    () => {
      isDone = true;
    },
  );
  while (!isDone && storage.fault === undefined) await new Promise((resolve) => setImmediate(resolve));
  if (storage.fault !== undefined) throw storage.fault;
  return work;
}

function open(disk: Disk, path: string, wantsAll: boolean): Promise<Storage> {
  return openStorage({
    ...sample,
    root: '/root',
    files: sample.files.map((file, index) => (index === UNWANTED ? { ...file, wanted: wantsAll } : file)),
    disk,
    state: { path, infoHash: sample.infoHash },
    flushIntervalMs: 0,
    retryIntervalMs: 0,
  });
}
