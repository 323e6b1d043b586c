/*
 * 1 GiB from one seed to one leech over loopback, each in a process of its own, on a memory disk where there is one; beside it
 * a floor that only copies, hashes and writes the same bytes in one thread. In turns.
 *
 *   npm run build && npm run bench -w @unchoke/client              prints the table
 *   npm run build && npm run bench -w @unchoke/client -- --write   also writes it into the README
 */
import { ok } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTorrent } from '@unchoke/metainfo/node';

const CONTENT_BYTES = 2 ** 30;
const PIECE_BYTES = 256 * 1024;
const ROUNDS = 5;
const FLOOR = 'floor: copy, hash and write, one thread';

/** What one run took, as the operating system accounts it. */
interface Figures {
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
}

interface Subject {
  readonly name: string;
  readonly run: (out: string) => Figures;
}

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'unchoke-bench-'));
try {
  const { torrent, digest } = await prepare();
  const seed = spawn(process.execPath, [script('seed.mjs'), torrent, join(folder, 'seed')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = Number(String((await once(seed.stdout, 'data'))[0]));
  const subjects = [floor(), ours(torrent, port)];
  const figures = subjects.map((): Figures[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, subject] of subjects.entries()) figures[index]!.push(runOnce(subject, digest));
  }
  seed.kill('SIGTERM');
  const seedFigures = JSON.parse(String((await once(seed.stdout, 'data'))[0])) as Omit<Figures, 'elapsedMs'>;
  const table = format(subjects, figures, seedFigures);
  console.log(table);
  if (process.argv.includes('--write')) writeInto(new URL('../README.md', import.meta.url), table);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function prepare(): Promise<{ readonly torrent: string; readonly digest: string }> {
  mkdirSync(join(folder, 'seed'));
  const path = join(folder, 'seed', 'data');
  const file = openSync(path, 'wx');
  const part = new Uint8Array(2 ** 24);
  for (let written = 0; written < CONTENT_BYTES; written += part.length) writeSync(file, randomFillSync(part));
  closeSync(file);
  const { bytes } = await createTorrent(path, { pieceLength: PIECE_BYTES, creationDate: undefined });
  const torrent = join(folder, 'data.torrent');
  writeFileSync(torrent, bytes);
  return { torrent, digest: digestOf(path) };
}

function runOnce({ name, run }: Subject, digest: string): Figures {
  const out = mkdtempSync(join(folder, 'out-'));
  const figures = run(out);
  if (name !== FLOOR) ok(digestOf(join(out, 'data')) === digest, `${name} has other bytes`);
  rmSync(out, { recursive: true });
  return figures;
}

/** The same bytes through memory, SHA-1 and a file, and nothing else. */
function floor(): Subject {
  const source = randomFillSync(new Uint8Array(2 ** 24));
  const piece = new Uint8Array(PIECE_BYTES);
  return {
    name: FLOOR,
    run: (out) => {
      const before = process.cpuUsage();
      const startMs = performance.now();
      const file = openSync(join(out, 'data'), 'wx');
      for (let offset = 0; offset < CONTENT_BYTES; offset += PIECE_BYTES) {
        piece.set(source.subarray(offset % source.length, (offset % source.length) + PIECE_BYTES));
        createHash('sha1').update(piece).digest();
        writeSync(file, piece);
      }
      closeSync(file);
      const { user, system } = process.cpuUsage(before);
      return { elapsedMs: performance.now() - startMs, cpuMs: (user + system) / 1000, rssBytes: Number.NaN };
    },
  };
}

function ours(torrent: string, port: number): Subject {
  return {
    name: '@unchoke/client',
    run: (out) => JSON.parse(spawned(process.execPath, [script('leech.mjs'), torrent, out, String(port)])) as Figures,
  };
}

function spawned(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  ok(status === 0, `${command} ended with ${status}: ${stderr}`);
  return stdout;
}

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

function digestOf(path: string): string {
  return createHash('sha1').update(readFileSync(path)).digest('hex');
}

function format(
  subjects: readonly Subject[],
  figures: readonly (readonly Figures[])[],
  seed: Omit<Figures, 'elapsedMs'>,
): string {
  const floorMs = median(figures[0]!.map(({ elapsedMs }) => elapsedMs));
  const rows = subjects.map(({ name }, index) => {
    const elapsedMs = median(figures[index]!.map((run) => run.elapsedMs));
    const cpuMs = median(figures[index]!.map((run) => run.cpuMs));
    const rssBytes = median(figures[index]!.map((run) => run.rssBytes));
    const memory = Number.isNaN(rssBytes) ? '–' : `${(rssBytes / 1e6).toFixed(0)} MB`;
    const rate = `${(CONTENT_BYTES / elapsedMs / 1000).toFixed(0)} MB/s`;
    return `| ${name} | ${rate} | ${(floorMs / elapsedMs).toFixed(2)} | ${(cpuMs / 1000).toFixed(2)} s | ${memory} |`;
  });
  const processor = cpus()[0]?.model ?? 'unknown processor';
  return [
    `Measured ${new Date().toISOString().slice(0, 10)} on Node ${process.version}, ${processor}, ${cpus().length} cores, with \`npm run bench -w @unchoke/client\`:`,
    `1 GiB in pieces of 256 KiB from one seed to one leech over loopback, medians of ${ROUNDS} runs in turns.`,
    '',
    '| | throughput | of the floor | processor time | peak memory |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    `| the seed, a GiB | – | – | ${(seed.cpuMs / 1000 / ROUNDS).toFixed(2)} s | ${(seed.rssBytes / 1e6).toFixed(0)} MB |`,
  ].join('\n');
}

function median(samples: readonly number[]): number {
  return [...samples].sort((one, other) => one - other)[samples.length >> 1]!;
}

function writeInto(file: URL, table: string): void {
  const text = readFileSync(file, 'utf8');
  const marked = /<!-- bench -->[\s\S]*<!-- \/bench -->/;
  ok(marked.test(text), 'the README has no place for the table');
  writeFileSync(
    file,
    text.replace(marked, () => `<!-- bench -->\n${table}\n<!-- /bench -->`),
  );
}
