/*
 * The picker against one that scans every piece, in turns, in one process.
 *
 *   npm run bench -w @unchoke/pieces              prints the tables (this one and those of the storage)
 *   npm run bench -w @unchoke/pieces -- --write   also writes them into the README
 */
import { ok, strictEqual } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Bitfield, Picker } from '../src/index.js';
import { randomFrom } from '../test/random-from.js';
import { BLOCKS_PER_PIECE, Download, geometryOf, type Load, naiveFor, oursFor, swarmOf } from './swarm-load.js';

const ROUNDS = 7;
/** One turn of a subject in a round. */
const TURN_MS = 120;

const LOADS: readonly Load[] = [
  swarmOf(50, 10_000, 0),
  swarmOf(50, 10_000, 5_000),
  swarmOf(500, 100_000, 0),
  swarmOf(500, 100_000, 50_000),
];

checkFirst();
const rows = LOADS.map(measure);
report(rows);

/** Both bring a whole torrent home, and neither asks twice outside endgame. */
function checkFirst(): void {
  const load = swarmOf(20, 300, 100);
  for (const make of [oursFor, naiveFor]) {
    const download = new Download(make(load), load);
    let picked = 0;
    while (!download.isComplete) picked += download.next();
    const blocks = load.pieceCount * BLOCKS_PER_PIECE;
    if (make === naiveFor) strictEqual(picked, blocks);
    ok(picked >= blocks && picked < blocks * 1.2, `${picked} requests for ${blocks} blocks`);
  }
}

interface Row {
  readonly load: Load;
  readonly ours: number;
  readonly naive: number;
  readonly joinUs: number;
}

/** Picks a second, with the blocks arriving and being accounted for: medians of rounds in which both take turns. */
function measure(load: Load): Row {
  const subjects = [oursFor, naiveFor].map((make) => ({
    make,
    download: new Download(make(load), load),
    rates: [] as number[],
  }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const subject of subjects) {
      if (subject.download.isComplete) subject.download = new Download(subject.make(load), load);
      globalThis.gc?.();
      subject.rates.push(rateOf(subject.download));
    }
  }
  const [ours, naive] = subjects.map(({ rates }) => median(rates));
  return { load, ours: ours!, naive: naive!, joinUs: joinTime(load) };
}

function rateOf(download: Download): number {
  const start = performance.now();
  let picked = 0;
  let ms = 0;
  while (ms < TURN_MS && !download.isComplete) {
    picked += download.next();
    ms = performance.now() - start;
  }
  return (picked * 1000) / ms;
}

/** Microseconds for one peer that holds half of the pieces to join and leave again. */
function joinTime(load: Load): number {
  const picker = new Picker(geometryOf(load), Bitfield.empty(load.pieceCount), randomFrom(1));
  load.bitfields.forEach((has, peer) => {
    picker.peerJoined(peer, has);
  });
  const has = load.bitfields[1]!;
  const times = Array.from({ length: 21 }, (_, round) => {
    const start = performance.now();
    picker.peerJoined(1_000_000 + round, has);
    picker.peerLeft(1_000_000 + round);
    return performance.now() - start;
  });
  return median(times) * 1000;
}

function report(measured: readonly Row[]): void {
  const lines = measured.map(
    ({ load, ours, naive, joinUs }) =>
      `| ${load.name} | ${rounded(ours)} | ${rounded(naive)} | **${rounded(ours / naive)}×** | ${rounded(joinUs)} µs |`,
  );
  const table = [
    `Measured ${new Date().toISOString().slice(0, 10)} on Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, with \`npm run bench -w @unchoke/pieces\`.`,
    `Medians of ${ROUNDS} rounds in which both pickers take turns with the same swarm: every tenth peer holds everything, the others a random half`,
    'of anything, or of the common half only; 32 requests under way with each; pieces of 16 blocks. Blocks arriving are included.',
    '',
    '| peers × pieces, what they hold | picks a second | scanning every piece | | a peer joins and leaves |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
  console.log(table);
  if (!process.argv.includes('--write')) return;
  const readme = new URL('../README.md', import.meta.url);
  const parts = /(<!-- bench picker -->)[\s\S]*?(<!-- \/bench picker -->)/;
  const text = readFileSync(readme, 'utf8');
  ok(parts.test(text), 'the README has no place for the table');
  writeFileSync(
    readme,
    text.replace(parts, (_, begin, end) => `${begin}\n${table}\n${end}`),
  );
}

function rounded(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 1 });
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1]!;
}
