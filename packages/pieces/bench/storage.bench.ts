import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Geometry } from '../src/index.js';
import { Disk, openStorage, type TorrentPlace, verifyStorage } from '../src/node/index.js';
import { type Load, writeAtFloor } from './storage-floor.js';

const GIB = 2 ** 30;
const PIECE = 262_144;
const BLOCK = 16_384;
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const readme = new URL('../README.md', import.meta.url);

const stretch = new Uint8Array(randomBytes(32 * 2 ** 20));
const digests = Array.from({ length: stretch.length / PIECE }, (_, index) =>
  createHash('sha1')
    .update(stretch.subarray(index * PIECE, (index + 1) * PIECE))
    .digest(),
);
const load: Load = { totalLength: GIB, pieceLength: PIECE, stretch, digests };
const geometry = new Geometry(load);

const rows: string[] = [];
let peakMiB = 0;
for (const [name, base] of places()) {
  const folder = mkdtempSync(join(base, 'unchoke-bench-'));
  try {
    await writePath(name, folder, base !== '/dev/shm');
    if (base === '/dev/shm') await recheck(name, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
report();

/** The floor, one thread, two threads, in turn: what the machine does beside us hits all three alike. */
async function writePath(name: string, folder: string, isDurable: boolean): Promise<void> {
  const times: Record<'floor' | 'one' | 'two', number[]> = { floor: [], one: [], two: [] };
  const disks = { one: new Disk({ threads: 1 }), two: new Disk({ threads: 2 }) };
  const path = join(folder, 'content');
  for (let round = -1; round < ROUNDS; round++) {
    for (const kind of ['floor', 'one', 'two'] as const) {
      rmSync(path, { force: true });
      execFileSync('sync');
      const start = performance.now();
      if (kind === 'floor') writeAtFloor(load, path, isDurable);
      else await writeThrough(disks[kind], folder, isDurable);
      if (round >= 0) times[kind].push(performance.now() - start);
    }
  }
  const peak = Math.max(disks.one.peakBufferBytes, disks.two.peakBufferBytes);
  await Promise.all([disks.one.close(), disks.two.close()]);
  const what = `write path, ${name}${isDurable ? ', until it is on stable storage' : ''}`;
  row(what, 'one thread that copies, hashes, writes', times.floor, undefined);
  row(what, '`openStorage`, one thread', times.one, times.floor);
  row(what, '`openStorage`, two threads', times.two, times.floor);
  peakMiB = Math.max(peakMiB, peak / 2 ** 20);
}

async function writeThrough(disk: Disk, root: string, isDurable: boolean): Promise<void> {
  const storage = await openStorage({ ...place(root), disk, flushBytes: GIB * 2, flushIntervalMs: 0 });
  const verdicts: Promise<{ isValid: boolean }>[] = [];
  for (let piece = geometry.pieceAt(0); piece !== undefined; piece = geometry.pieceAt(piece + 1)) {
    const from = (piece * PIECE) % stretch.length;
    for (let begin = 0; begin < PIECE; begin += BLOCK) {
      const bytes = stretch.subarray(from + begin, from + begin + BLOCK);
      while (storage.storeBlock(piece, begin, bytes) === 'full') await storage.whenRoom();
    }
    verdicts.push(storage.verifyPiece(piece));
  }
  const bad = (await Promise.all(verdicts)).filter(({ isValid }) => !isValid).length;
  if (bad > 0 || !storage.verified.isFull) throw new Error(`${bad} pieces were bad`);
  if (isDurable) await storage.flush();
  await storage.close();
}

/** The file that the last round left. */
async function recheck(name: string, folder: string): Promise<void> {
  const times: Record<'floor' | 'all', number[]> = { floor: [], all: [] };
  const disk = new Disk();
  for (let round = -1; round < ROUNDS; round++) {
    const start = performance.now();
    hashAtFloor(join(folder, 'content'));
    const middle = performance.now();
    const { verified } = await verifyStorage({ ...place(folder), disk });
    if (!verified.isFull) throw new Error('the recheck missed pieces');
    if (round < 0) continue;
    times.floor.push(middle - start);
    times.all.push(performance.now() - middle);
  }
  await disk.close();
  row(`recheck, ${name}`, 'one thread of SHA-1', times.floor, undefined);
  row(`recheck, ${name}`, `\`verifyStorage\`, ${cpus().length} cores`, times.all, times.floor);
}

function hashAtFloor(path: string): void {
  const descriptor = openSync(path, 'r');
  const piece = new Uint8Array(PIECE);
  for (let at = 0; at < GIB; at += PIECE) {
    readSync(descriptor, piece, 0, PIECE, at);
    const digest = createHash('sha1').update(piece).digest();
    if (digest.compare(digests[(at % stretch.length) / PIECE]!) !== 0) throw new Error('a bad piece');
  }
  closeSync(descriptor);
}

function place(root: string): TorrentPlace {
  const all = new Uint8Array(geometry.pieceCount * 20);
  for (let piece = 0; piece < geometry.pieceCount; piece++) all.set(digests[piece % digests.length]!, piece * 20);
  const files = [{ path: ['content'], offset: 0, length: GIB }];
  return { root, files, geometry, hashes: { algorithm: 'sha1', digests: all } };
}

function places(): readonly (readonly [name: string, base: string])[] {
  const disk = ['disk', tmpdir()] as const;
  return existsSync('/dev/shm') ? [['tmpfs', '/dev/shm'], disk] : [disk];
}

function row(what: string, who: string, times: readonly number[], floor: readonly number[] | undefined): void {
  const rate = (GIB / 2 ** 20 / (median(times) / 1000)).toFixed(0);
  // Ratios of the same round, so that a slow moment of the machine is in both.
  const ratio = floor === undefined ? '1.00' : median(times.map((time, round) => floor[round]! / time)).toFixed(2);
  rows.push(`| ${what} | ${who} | ${rate} | ${ratio} |`);
  console.log(rows.at(-1));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function report(): void {
  const when = new Date().toISOString().slice(0, 10);
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const head = `1 GiB in pieces of 256 KiB, ${when}, Node ${process.version}, ${cpus().length} × ${model}; median of ${ROUNDS} rounds. Piece buffers\ntook ${peakMiB} MiB at most.`;
  const floor =
    'Storage against a [floor](bench/storage-floor.ts) of one thread that copies each block, hashes each piece and writes it, with nothing\naround it; ratios are medians over rounds in which all take turns.';
  const table = `${floor} ${head}\n\n| What | How | MiB/s | against the floor |\n|---|---|--:|--:|\n${rows.join('\n')}`;
  console.log(`\n${table}`);
  if (!process.argv.includes('--write')) return;
  const text = readFileSync(readme, 'utf8');
  const parts = /(<!-- bench storage -->)[\s\S]*?(<!-- \/bench storage -->)/;
  writeFileSync(readme, text.replace(parts, `$1\n${table}\n$2`));
}
