/*
 * Our codec against its rivals from npm, in turns, in one process.
 *
 *   npm run bench -w @unchoke/bencode              prints the table
 *   npm run bench -w @unchoke/bencode -- --write   also writes it into the README
 */
import { deepStrictEqual, ok } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { type BencodeNode, decode, encode, read } from '@unchoke/bencode';
import { type Codec, OURS, RIVALS } from './rivals.js';
import { ROUNDS, type Subject, timeInTurns } from './rounds.js';
import { SAMPLES, type Sample } from './samples.js';

interface Row {
  readonly work: string;
  readonly oursNs: number;
  readonly rivals: readonly { readonly name: string; readonly ns: number }[];
}

const NOT_NEGATIVE = { min: 0 };

const rows: Row[] = [];
for (const sample of SAMPLES) {
  rows.push(
    compare(
      `decode: ${sample.name}`,
      sample,
      ({ decode }, bytes) =>
        () =>
          decode(bytes),
    ),
  );
  rows.push(
    compare(`encode: ${sample.name}`, sample, ({ decode, encode }, bytes) => {
      const value = decode(bytes) as never;
      return () => encode(value);
    }),
  );
}
rows.push(compareReading(SAMPLES[1]!));

const table = format(rows);
console.log(table);
if (process.argv.includes('--write')) writeInto(new URL('../README.md', import.meta.url), table);

/** Rivals that give the bytes back which they were given; the others cannot do this work and are not timed. */
function ableRivals({ bytes }: Sample): readonly Codec[] {
  deepStrictEqual(encode(decode(bytes)), bytes);
  return RIVALS.filter((rival) => {
    try {
      return Buffer.compare(Buffer.from(rival.encode(rival.decode(Buffer.from(bytes)) as never)), bytes) === 0;
    } catch {
      return false;
    }
  });
}

function compare(work: string, sample: Sample, prepare: (codec: Codec, bytes: Buffer) => () => unknown): Row {
  const rivals = ableRivals(sample);
  const bytes = Buffer.from(sample.bytes);
  return timed(
    work,
    prepare(OURS, bytes),
    rivals.map((codec) => ({ name: codec.name, run: prepare(codec, bytes) })),
  );
}

/** What a torrent parser needs of each file, through the reader, against what rivals must do first: decode everything. */
function compareReading(sample: Sample): Row {
  const bytes = Buffer.from(sample.bytes);
  ok(readFiles(bytes).every(({ length, path }) => length >= 1000 && path.length === 2));
  const rivals = ableRivals(sample).map(({ name, decode }) => ({ name, run: () => decode(bytes) }));
  return timed(`read lengths and paths: ${sample.name}`, () => readFiles(bytes), rivals);
}

function readFiles(bytes: Uint8Array): readonly { readonly length: number; readonly path: readonly string[] }[] {
  return read(bytes).get('info').get('files').map(readFile);
}

function readFile(file: BencodeNode): { readonly length: number; readonly path: readonly string[] } {
  return { length: file.get('length').integer(NOT_NEGATIVE), path: file.get('path').texts() };
}

function timed(work: string, ours: () => unknown, rivals: readonly Subject[]): Row {
  const [oursNs, ...rivalNs] = timeInTurns([{ name: OURS.name, run: ours }, ...rivals]);
  return { work, oursNs: oursNs!, rivals: rivals.map(({ name }, index) => ({ name, ns: rivalNs[index]! })) };
}

function format(rows: readonly Row[]): string {
  const lines = rows.map(({ work, oursNs, rivals }) => {
    const ordered = [...rivals].sort((one, other) => one.ns - other.ns);
    const ratios = ordered.map(({ name, ns }) => `${name} ${(ns / oursNs).toFixed(1)}×`);
    return `| ${work} | ${duration(oursNs)} | **${(ordered[0]!.ns / oursNs).toFixed(1)}×** | ${ratios.join(', ')} |`;
  });
  const processor = cpus()[0]?.model ?? 'unknown processor';
  return [
    `Measured ${new Date().toISOString().slice(0, 10)} on Node ${process.version}, ${processor}, with \`npm run bench -w @unchoke/bencode\`.`,
    `Medians of ${ROUNDS} rounds in which all take turns; a ratio says how many times as long the rival takes.`,
    '`bencode-js` is not in the table: it does not give back any of these inputs. To encode 2 MB of piece hashes is one copy',
    'of memory for everybody; what differs there is noise.',
    '',
    '| work | ours | fastest rival | every rival |',
    '| --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

function duration(ns: number): string {
  if (ns < 10_000) return `${(ns / 1000).toFixed(2)} µs`;
  return ns < 1_000_000 ? `${(ns / 1000).toFixed(0)} µs` : `${(ns / 1e6).toFixed(2)} ms`;
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
