import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseRandomContent, randomTorrent, startMockPeer } from '../src/index.js';
import { receive } from './receiver.js';

// npm run bench [-- --write]: how fast a well-behaved seed serves, beside a bare socket that only pours; interleaved rounds.
const SIZE = '1GiB:42';
const ROUNDS = 5;
const PIECE = 262_144;

const content = parseRandomContent(SIZE);

interface Server {
  readonly process: ChildProcess;
  readonly port: number;
  readonly infoHash: string;
}

async function serve(kind: 'mock' | 'bare'): Promise<Server> {
  const path = fileURLToPath(new URL('./servers.ts', import.meta.url));
  const args = ['--conditions=@unchoke/source', '--import', 'tsx', path, kind, SIZE];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    child.once('exit', () => reject(new Error(`the ${kind} server ended`)));
  });
  return { process: child, ...(JSON.parse(line) as { port: number; infoHash: string }) };
}

/** Every byte is right, before anything is timed. */
async function check(server: Server): Promise<void> {
  const hash = createHash('sha1');
  await receive(server.port, server.infoHash, content.length, PIECE, (bytes) => hash.update(bytes));
  const wanted = createHash('sha1');
  for (let at = 0; at < content.length; at += 16_384) {
    const header = Buffer.from('0000400907', 'hex');
    const place = Buffer.alloc(8);
    place.writeUInt32BE(Math.floor(at / PIECE), 0);
    place.writeUInt32BE(at % PIECE, 4);
    wanted.update(header).update(place).update(content.read(at, 16_384));
  }
  if (hash.digest('hex') !== wanted.digest('hex')) throw new Error('the seed served wrong bytes');
}

async function megabytesPerSecond(server: Server): Promise<number> {
  const ms = await receive(server.port, server.infoHash, content.length, PIECE, () => undefined);
  return content.length / 1e6 / (ms / 1e3);
}

async function download(seed: Server): Promise<number> {
  const { torrent } = noise;
  const startedMs = performance.now();
  // It verifies every piece and keeps none: the content is the generator's.
  const leech = await startMockPeer({
    torrent,
    content,
    role: 'leech',
    peers: [{ host: '127.0.0.1', port: seed.port }],
  });
  if (!(await leech.completed)) throw new Error('the leech did not complete');
  const seconds = (performance.now() - startedMs) / 1e3;
  await leech.close();
  return content.length / 1e6 / seconds;
}

/** A thousand peers, idle but connected: 500 leeches that have nothing to fetch from 500 seeds. */
async function idlePeers(): Promise<number> {
  const { torrent, content: bytes } = randomTorrent('16384:1');
  const collect = globalThis.gc ?? (() => undefined);
  collect();
  const before = process.memoryUsage().rss;
  const seeds = await Promise.all(Array.from({ length: 500 }, () => startMockPeer({ torrent, content: bytes })));
  const leeches = await Promise.all(seeds.map((seed) => startMockPeer({ torrent, role: 'leech', peers: [seed] })));
  await Promise.all(leeches.map((leech) => leech.completed));
  collect();
  const kib = (process.memoryUsage().rss - before) / 1024 / 1000;
  for (const peer of [...seeds, ...leeches]) await peer.close();
  return kib;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const idle = await idlePeers();
const noise = randomTorrent(SIZE);
const [mock, bare] = [await serve('mock'), await serve('bare')];
await check(mock);
const served: number[] = [];
const poured: number[] = [];
const downloaded: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  served.push(await megabytesPerSecond(mock));
  poured.push(await megabytesPerSecond(bare));
  downloaded.push(await download(mock));
}
mock.process.kill();
bare.process.kill();

const ratios = served.map((speed, round) => speed / poured[round]!);
const table = `Measured ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}; 1 GiB of generated
content over loopback, one connection, seed and receiver in processes of their own, median of ${ROUNDS} interleaved rounds.

| | MB/s |
|---|---:|
| mock seed to a receiver that only counts | ${median(served).toFixed(0)} |
| bare socket that pours the same generated frames | ${median(poured).toFixed(0)} |
| ratio of the two | ${median(ratios).toFixed(2)} |
| mock seed to mock leech, every piece hashed | ${median(downloaded).toFixed(0)} |

A peer with one connection, of 1000 in one process: ${idle.toFixed(0)} KiB of resident memory.`;
console.log(table);

if (process.argv.includes('--write')) {
  const readme = fileURLToPath(new URL('../README.md', import.meta.url));
  const text = readFileSync(readme, 'utf8');
  writeFileSync(
    readme,
    text.replace(/<!-- bench -->[\s\S]*<!-- \/bench -->/, `<!-- bench -->\n${table}\n<!-- /bench -->`),
  );
}
process.exit(0);
