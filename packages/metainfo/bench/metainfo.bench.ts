/*
 * Parsing and creating against rivals, in turns, in one run.
 *
 *   npm run bench -w @unchoke/metainfo              prints the tables
 *   npm run bench -w @unchoke/metainfo -- --write   also writes them into the README
 */
import { deepStrictEqual, ok } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Creation, MAKERS, randomFile } from './creation.js';
import { OURS, type Parser, RIVALS } from './rivals.js';
import { SAMPLES, type Sample } from './samples.js';

const ROUNDS = 9;
const CREATION_ROUNDS = 5;
const CONTENT_BYTES = 1024 ** 3;
/** How long one round of one parser takes at least, so that the clock's resolution does not matter. */
const ROUND_MS = 40;

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
// Creation runs as users run it, from what the compiler built.
const build = spawnSync('npx', ['tsc', '-b', 'src/node'], { cwd: packageFolder, encoding: 'utf8' });
ok(build.status === 0, build.stdout);

const report = [
  `Measured ${new Date().toISOString().slice(0, 10)} on Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, with \`npm run bench -w @unchoke/metainfo\`.`,
  'All take turns; figures are medians. A ratio says how many times as long the rival takes.',
  '',
  '| parsing | ours | parse-torrent | @ctrl/torrent-file |',
  '| --- | --- | --- | --- |',
  ...(await parsingRows()),
  '',
  '| creating a v1 torrent of 1 GiB (page cache warm, whole process) | time | ratio | peak memory |',
  '| --- | --- | --- | --- |',
  ...(await creationRows()),
].join('\n');
console.log(report);
if (process.argv.includes('--write')) writeInto(new URL('../README.md', import.meta.url), report);

async function parsingRows(): Promise<readonly string[]> {
  const rows: string[] = [];
  for (const sample of SAMPLES) {
    const { bytes } = sample;
    const expected = await OURS.facts(bytes);
    deepStrictEqual([expected.fileCount, expected.totalLength], [sample.fileCount, sample.totalLength]);
    const wrong: string[] = [];
    for (const rival of RIVALS) {
      const facts = await rival.facts(bytes);
      deepStrictEqual({ ...facts, infoHash: '' }, { ...expected, infoHash: '' }, rival.name);
      wrong.push(facts.infoHash === expected.infoHash ? '' : ', wrong info-hash');
    }
    const [ours, ...rivals] = await parsingTimes(sample, [OURS, ...RIVALS]);
    const cells = rivals.map((us, index) => `${duration(us)} (**${(us / ours!).toFixed(1)}×**${wrong[index]})`);
    rows.push(`| ${sample.name} | ${duration(ours!)} | ${cells.join(' | ')} |`);
  }
  return rows;
}

/** Median microseconds of each parser. */
async function parsingTimes({ bytes }: Sample, parsers: readonly Parser[]): Promise<readonly number[]> {
  const counts: number[] = [];
  for (const parser of parsers) counts.push(await countFor(parser, bytes));
  const times: number[][] = parsers.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, parser] of parsers.entries()) times[index]!.push(await usOf(parser, bytes, counts[index]!));
  }
  return times.map(median);
}

/** How often a parser runs in a round; finding out also warms it up. */
async function countFor(parser: Parser, bytes: Uint8Array): Promise<number> {
  let count = 1;
  while ((await usOf(parser, bytes, count)) * count < ROUND_MS * 1000) count *= 2;
  return count;
}

async function usOf(parser: Parser, bytes: Uint8Array, count: number): Promise<number> {
  const startMs = performance.now();
  for (let index = 0; index < count; index++) {
    const parsed = parser.parse(bytes);
    if (parsed instanceof Promise) await parsed;
  }
  return ((performance.now() - startMs) * 1000) / count;
}

async function creationRows(): Promise<readonly string[]> {
  const content = randomFile(CONTENT_BYTES);
  try {
    const runs: Creation[][] = MAKERS.map(() => []);
    for (let round = 0; round < CREATION_ROUNDS; round++) {
      for (const [index, maker] of MAKERS.entries()) runs[index]!.push(await maker.create(content.path));
    }
    deepStrictEqual(new Set(runs.flat().map((run) => run.infoHash)).size, 1, 'the makers disagree about the info-hash');
    const ours = median(runs[0]!.map((run) => run.ms));
    return MAKERS.map(({ name }, index) => {
      const ms = median(runs[index]!.map((run) => run.ms));
      const peak = Math.max(...runs[index]!.map((run) => run.peakBytes ?? 0));
      return `| ${name} | ${(ms / 1000).toFixed(2)} s | ${(ms / ours).toFixed(2)}× | ${peak === 0 ? '' : `${(peak / 1e6).toFixed(0)} MB`} |`;
    });
  } finally {
    content.remove();
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1]!;
}

function duration(us: number): string {
  if (us < 1000) return `${us.toFixed(1)} µs`;
  return `${(us / 1000).toFixed(us < 10_000 ? 2 : 1)} ms`;
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
