import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { get } from '../test/support/clients.js';
import { type Extent, httpConnecting, httpKeepAlive, type Load, udp, type Workload } from './load.js';
import { removeTemporaryFiles, startTrackers, type Tracker } from './trackers.js';

/**
 * Announces per second, and processor time per announce, of this tracker and two others: one load generator, one run, in
 * rounds that take turns. `--write` puts the table into the README, `--ms 500` makes the rounds short.
 */
const ROUND_MS = Number(process.argv[process.argv.indexOf('--ms') + 1] ?? 0) || 2_000;
const ROUNDS = 3;

const hashes = Array.from({ length: 1_000 }, (_, index) => (index + 1).toString(16).padStart(40, '5'));
const one: Workload = { infoHashes: hashes.slice(0, 1), peerCount: 50 };
const many: Workload = { infoHashes: hashes, peerCount: 50 };

interface Scene {
  readonly name: string;
  readonly load: Load;
  readonly work: Workload;
  readonly needsKeepAlive: boolean;
}

const SCENES: readonly Scene[] = [
  { name: 'HTTP keep-alive, 1 hash × 50 peers', load: httpKeepAlive, work: one, needsKeepAlive: true },
  { name: 'HTTP keep-alive, 1,000 hashes', load: httpKeepAlive, work: many, needsKeepAlive: true },
  { name: 'HTTP, a connection each, 1 hash × 50 peers', load: httpConnecting, work: one, needsKeepAlive: false },
  { name: 'UDP, 1 hash × 50 peers', load: udp, work: one, needsKeepAlive: false },
  { name: 'UDP, 1,000 hashes', load: udp, work: many, needsKeepAlive: false },
];

interface Figure {
  readonly perSecond: number;
  readonly cpuUs: number;
}

const trackers = await startTrackers(hashes);
try {
  for (const tracker of trackers) await checkPeers(tracker);
  const lines: string[] = [];
  for (const scene of SCENES) lines.push(...(await measured(scene)));
  print(lines);
} finally {
  for (const tracker of trackers) tracker.close();
  removeTemporaryFiles();
}

/** Nobody is timed before it has given right answers: peers that announced to a hash of their own are all in the reply. */
async function checkPeers({ name, port }: Tracker): Promise<void> {
  const query = (peer: number): string =>
    `/announce?info_hash=${hashes[999]!.replace(/../g, '%$&')}&peer_id=-BN0001-${String(peer).padStart(12, '0')}&port=${30_000 + peer}&uploaded=0&downloaded=0&left=1000&compact=1`;
  await get(port, query(1));
  await get(port, query(2));
  const { body } = await get(port, query(3));
  for (const peer of [1, 2]) {
    const compact = `\x7f\0\0\x01${Buffer.from([0x75, 0x30 + peer]).toString('latin1')}`;
    if (!body.includes(compact)) throw new Error(`${name} does not hand out peer ${peer}: ${JSON.stringify(body)}`);
  }
}

async function measured(scene: Scene): Promise<string[]> {
  const able = trackers.filter((tracker) => tracker.keepsAlive || !scene.needsKeepAlive);
  const figures = new Map<Tracker, Figure[]>(able.map((tracker) => [tracker, []]));
  // First every peer joins every swarm, so that all trackers hand out full lists; that warms them up, too.
  const { infoHashes, peerCount } = scene.work;
  for (const tracker of able) await roundOf(tracker, scene, { durationMs: 0, countMin: infoHashes.length * peerCount });
  for (let round = 0; round < ROUNDS; round++) {
    for (const tracker of able) {
      figures.get(tracker)!.push(await roundOf(tracker, scene, { durationMs: ROUND_MS, countMin: 0 }));
    }
  }
  const ours = medianOf(figures.get(able[0]!)!);
  return able.map((tracker, index) => {
    const { cpuUs, perSecond } = medianOf(figures.get(tracker)!);
    const ratios =
      index === 0
        ? ''
        : `${(ours.perSecond / perSecond).toFixed(1)}× as many, ${(ours.cpuUs / cpuUs).toFixed(2)} of the CPU`;
    return `| ${index === 0 ? scene.name : ''} | ${tracker.name} | ${Math.round(perSecond).toLocaleString('en')} | ${cpuUs.toFixed(1)} | ${ratios} |`;
  });
}

async function roundOf(tracker: Tracker, scene: Scene, extent: Extent): Promise<Figure> {
  const cpuBeforeMs = tracker.cpuMs();
  const startedMs = performance.now();
  const answered = await scene.load(tracker.port, scene.work, extent);
  const elapsedMs = performance.now() - startedMs;
  return { perSecond: (answered / elapsedMs) * 1_000, cpuUs: ((tracker.cpuMs() - cpuBeforeMs) / answered) * 1_000 };
}

function medianOf(figures: readonly Figure[]): Figure {
  return {
    perSecond: median(figures.map((figure) => figure.perSecond)),
    cpuUs: median(figures.map((figure) => figure.cpuUs)),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)]!;
}

function print(lines: readonly string[]): void {
  const date = new Date().toISOString().slice(0, 10);
  const table = [
    `Measured ${date}, Node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model ?? 'unknown'}; load generator on the same machine, median of ${ROUNDS} rounds of ${ROUND_MS / 1_000} s that take turns. The last column is this tracker against the other.`,
    '',
    '| load | tracker | announces/s | CPU µs each | ratio |',
    '| --- | --- | ---: | ---: | --- |',
    ...lines,
  ].join('\n');
  console.log(`\n${table}\n`);
  if (!process.argv.includes('--write')) return;
  const readme = new URL('../README.md', import.meta.url);
  const text = readFileSync(readme, 'utf8');
  writeFileSync(
    readme,
    text.replace(/<!-- bench -->[\s\S]*<!-- \/bench -->/, () => `<!-- bench -->\n${table}\n<!-- /bench -->`),
  );
}
