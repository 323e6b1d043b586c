/*
 * Whole programs side by side: ours, those of others, and the least that any of them has to do. In turns, in one run, with
 * processor time and memory as the operating system accounts them.
 *
 *   npm run bench:programs                      everything; prints the tables
 *   npm run bench:programs -- --quick           256 MiB instead of 1 GiB
 *   npm run bench:programs -- --only leech-256  one case (may be repeated)
 *   npm run bench:programs -- --verbose         shows what the programs say
 *   npm run bench:programs -- --write           also puts the tables into README.md beside this file
 */
import { ok } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Arena, enterHosts } from './arena.js';
import type { Bench, Case } from './cases/case.js';
import { CROWDS } from './cases/crowd.js';
import { HASHING } from './cases/hashing.js';
import { TRANSFERS } from './cases/transfers.js';
import { aria2 } from './programs/aria2.js';
import { libtorrent } from './programs/libtorrent.js';
import type { Program } from './programs/program.js';
import { rtorrent } from './programs/rtorrent.js';
import { transmission } from './programs/transmission.js';
import { unchoke } from './programs/unchoke.js';
import { webtorrent } from './programs/webtorrent.js';
import { format, type Result } from './table.js';

const CASES: readonly Case[] = [...TRANSFERS, ...HASHING, ...CROWDS];
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    write: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    'in-hosts': { type: 'boolean', default: false },
  },
});
const unknown = options.only?.find((name) => CASES.every((one) => one.name !== name));
ok(unknown === undefined, `no case ${unknown}; there are ${CASES.map(({ name }) => name).join(', ')}`);

// Among hosts there is no registry: what comes from npm is fetched before.
webtorrent.missing();
const status = enterHosts();
process.exitCode = status ?? (await compare());

async function compare(): Promise<number> {
  const circumstances = conditions();
  const arena = await Arena.open();
  // A run that is ended in the middle leaves no gibibyte behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  process.once('exit', () => arena.close());
  try {
    const runner = arena.compile('run');
    ok(runner !== undefined, 'a C compiler is needed (cc)');
    const bench = gather(arena, runner);
    const chosen = CASES.filter(({ name }) => options.only?.includes(name) ?? true);
    for (const one of chosen) {
      console.error(one.name);
      const part = `${format(await one.run(bench).catch((error: unknown) => failed(one, error)))}\n\n${circumstances}`;
      console.log(`${part}\n`);
      if (options.write) writeInto(one.name, part);
    }
    return 0;
  } finally {
    arena.close();
  }
}

function gather(arena: Arena, runner: string): Bench {
  const all: readonly Program[] = [
    unchoke(),
    libtorrent,
    rtorrent,
    aria2,
    webtorrent,
    ...(arena.hasHosts ? [transmission] : []),
  ];
  const here = all.filter((program) => program.missing() === undefined);
  ok(here[0]?.name === 'unchoke', all[0]!.missing());
  const missing = all.flatMap((program) => program.missing() ?? []);
  if (!arena.hasHosts) missing.push('transmission was left out: it never dials 127.0.0.0/8.');
  const first = (...wanted: readonly Program[]) => wanted.find((program) => here.includes(program)) ?? here[0]!;
  return {
    arena,
    runner,
    rounds: 5,
    largeBytes: options.quick ? 2 ** 28 : 2 ** 30,
    programs: here,
    missing,
    fastestSeed: first(rtorrent, aria2, libtorrent),
    fastestLeech: first(libtorrent, rtorrent, aria2),
  };
}

/** The others go on, and the table says what became of this one. */
function failed({ name }: Case, error: unknown): Result {
  console.error(error);
  return { title: name, columns: [], rows: [], remarks: [`Failed: ${error instanceof Error ? error.message : error}`] };
}

/** Under which circumstances this run takes place: what its figures are worth. */
function conditions(): string {
  const processors = cpus();
  const load = loadavg()[0]!;
  const machine = `Node ${process.version}, ${processors[0]?.model ?? 'unknown processor'}, ${processors.length} cores`;
  const how = options.quick ? ', `--quick`' : '';
  const worth = load < processors.length / 4 ? '' : '; **busy: only processor time and memory say something**';
  return `Measured ${new Date().toISOString().slice(0, 10)}${how}: ${machine}, load average at the start ${load.toFixed(1)}${worth}.`;
}

/** Between the marks of its name. */
function writeInto(name: string, text: string): void {
  const file = new URL('README.md', import.meta.url);
  const page = readFileSync(file, 'utf8');
  const place = new RegExp(`<!-- ${name} -->[\\s\\S]*<!-- /${name} -->`);
  ok(place.test(page), `README.md has no place for ${name}`);
  writeFileSync(
    file,
    page.replace(place, () => `<!-- ${name} -->\n${text}\n<!-- /${name} -->`),
  );
}
