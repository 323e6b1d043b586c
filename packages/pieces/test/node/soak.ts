import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Disk, openStorage, type StorageError } from '../../src/node/index.js';
import { compileWriter, crashUntil } from './crashes.js';
import type { Fault } from './faulty-file-system.js';
import { downloadThroughPowerCuts } from './power-cuts.js';
import { allPieces, inFolder, putPiece, quickFileSystem, sampleOf } from './sample.js';
import { failEvery } from './stubborn-download.js';

// What takes too long for every run of the tests: `npm run soak -- [kills] [seed]`. It prints its seed first.

const [kills = 200, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
console.log(`soak of storage: ${kills} kills, seed ${seed}`);

/** Numbers that follow from the seed. */
let state = (seed ^ 0x9e37_79b9) >>> 0 || 1;
function next(bound: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % bound;
}

await killProcesses();
await failEveryCall();
await cutThePower();
await spoilTheState();
await restartLarge();
await fillTheDisk();

async function killProcesses(): Promise<void> {
  const writer = compileWriter();
  try {
    const report = await crashUntil(writer.script, kills, next);
    console.log(`killed: ${JSON.stringify(report)}`);
  } finally {
    writer.remove();
  }
}

async function failEveryCall(): Promise<void> {
  const faults: readonly Fault[] = ['ENOSPC', 'EIO', 'EACCES', 'EMFILE', 'EROFS', 'EINTR', 'ENAMETOOLONG', 'short'];
  for (const fault of faults) console.log(`${fault}: each of ${await failEvery(fault)} calls failed once`);
}

async function cutThePower(): Promise<void> {
  let cuts = 0;
  for (let run = 0; run < 3_000; run++) cuts += await downloadThroughPowerCuts(next);
  console.log(`power: cut ${cuts} times in 3000 downloads`);
}

/** 5,000 flips and cuts of one state file: a recheck, or the same answer, and never a wrong piece. */
async function spoilTheState(): Promise<void> {
  await inFolder(async (folder) => {
    const sample = sampleOf([40_000, 100_000], 16_384);
    const path = join(folder, 'state');
    const disk = new Disk({ threads: 0, fileSystem: quickFileSystem });
    const place = { ...sample, root: join(folder, 'root'), state: { path, infoHash: sample.infoHash }, disk };
    const first = await openStorage({ ...place, flushIntervalMs: 0 });
    for (const piece of [0, 3, 4]) assert(await putPiece(first, sample, sample.geometry.pieceAt(piece)!));
    await first.close();
    const good = readFileSync(path);
    for (let round = 0; round < 5_000; round++) {
      const bytes = Buffer.from(good);
      const at = next(bytes.length);
      if (round % 2 === 0) bytes[at]! ^= 1 << next(8);
      writeFileSync(path, round % 2 === 0 ? bytes : bytes.subarray(0, at));
      const storage = await openStorage({ ...place, flushIntervalMs: 0 });
      assert.notEqual(storage.resume.outcome, 'trusted');
      assert.deepEqual([...storage.verified], [0, 3, 4]);
      await storage.close();
    }
    console.log('state: 5000 spoiled files, all found out');
  });
}

/** 256 MiB, ended without a word: how long until it can go on. */
async function restartLarge(): Promise<void> {
  await inFolder(async (folder) => {
    const sample = sampleOf([256 * 2 ** 20], 262_144);
    const place = {
      ...sample,
      root: join(folder, 'root'),
      state: { path: join(folder, 'state'), infoHash: sample.infoHash },
    };
    const disk = new Disk();
    const first = await openStorage({ ...place, disk });
    for (const piece of allPieces(sample)) void putPiece(first, sample, piece);
    while (!first.verified.isFull) await new Promise((resolve) => setImmediate(resolve));
    await first.close();
    for (const isTouched of [false, true]) {
      if (isTouched) utimesSync(join(folder, 'root', 'file-0'), 1, 1);
      const start = performance.now();
      const storage = await openStorage({ ...place, disk });
      const seconds = ((performance.now() - start) / 1000).toFixed(2);
      assert(storage.verified.isFull);
      console.log(`restart: 256 MiB ready in ${seconds} s, ${storage.resume.checkedCount} pieces hashed`);
      await storage.close();
    }
    await disk.close();
  });
}

/** A real file system that is full, and is made larger while the download waits. */
async function fillTheDisk(): Promise<void> {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') {
    console.log('full disk: SKIPPED, mounting a small tmpfs needs root on Linux');
    return;
  }
  const root = mkdtempSync(join(tmpdir(), 'unchoke-full-'));
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', root]);
  try {
    const sample = sampleOf([128 * 2 ** 20], 262_144);
    const faults: StorageError[] = [];
    const disk = new Disk();
    const options = { ...sample, root, disk, ignoreSpace: true, retryIntervalMs: 0 };
    const storage = await openStorage({ ...options, onFault: (error) => faults.push(error) });
    const puts = allPieces(sample).map((piece) => putPiece(storage, sample, piece));
    while (storage.fault === undefined) await new Promise((resolve) => setImmediate(resolve));
    for (const piece of storage.verified) assert.equal((await storage.read(piece, 0, 16_384)).length, 16_384);
    assert.equal(await storage.retry(), false);
    assert.deepEqual(
      faults.map(({ code }) => code),
      ['disk-full'],
    );
    const before = storage.verified.count;
    execFileSync('/bin/mount', ['-o', 'remount,size=256m', root]);
    assert.equal(await storage.retry(), true);
    assert((await Promise.all(puts)).every((isValid) => isValid));
    await storage.close();
    await disk.close();
    console.log(`full disk: ${before} pieces were served from it, ${faults.length} event, complete after it grew`);
  } finally {
    execFileSync('/bin/umount', [root]);
    rmSync(root, { recursive: true });
  }
}
