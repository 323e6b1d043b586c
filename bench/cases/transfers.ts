import type { Content } from '../arena.js';
import type { Program } from '../programs/program.js';
import { unchoke } from '../programs/unchoke.js';
import type { Figure, Result } from '../table.js';
import { type Outcome, transfer } from '../transfer.js';
import type { Bench, Case } from './case.js';
import { COLUMNS, costOf, figuresOf } from './figures.js';
import { takeFloor } from './floor.js';
import { inTurns, type Turn } from './rounds.js';

const SMALL_FILES = Array.from({ length: 2_000 }, () => 65_536);

/** Whose processor time and memory are told: `both` together, or `each` by itself. */
type Whose = 'leech' | 'seed' | 'both' | 'each';

/** Everybody as a leech of the same seed, beside the floor; then everybody as a seed of the same leech. */
export const TRANSFERS: readonly Case[] = [
  ...[2 ** 18, 2 ** 20].flatMap((pieceLength): Case[] => {
    const kib = `${pieceLength / 1024}`;
    const content = (bench: Bench) => bench.arena.content(`large-${kib}`, [bench.largeBytes], pieceLength);
    return [
      { name: `leech-${kib}`, run: (bench) => asLeech(bench, `1 → 1, ${kib} KiB pieces, each as leech`, content) },
      { name: `seed-${kib}`, run: (bench) => asSeed(bench, `1 → 1, ${kib} KiB pieces, each as seed`, content) },
    ];
  }),
  { name: 'own-256', run: ofOurs },
  { name: 'small-files', run: (bench) => asLeech(bench, '2,000 files of 64 KiB, each as leech', smallFiles) },
  { name: 'small-files-seed', run: (bench) => asSeed(bench, '2,000 files of 64 KiB, each as seed', smallFiles) },
  { name: 'four-to-one', run: (bench) => among(bench, '4 → 1', 4, 1) },
  { name: 'one-to-four', run: (bench) => among(bench, '1 → 4', 1, 4) },
  { name: 'swarm', run: swarm },
  { name: 'first-piece', run: firstPiece },
  { name: 'order', run: order },
  { name: 'latency', run: (bench) => overSlowLine(bench, '20 ms latency', 0) },
  { name: 'loss', run: (bench) => overSlowLine(bench, '20 ms latency with 1 % loss', 1) },
];

function smallFiles({ arena }: Bench): Promise<Content> {
  return arena.content('small', SMALL_FILES, 2 ** 18);
}

async function asLeech(bench: Bench, title: string, make: (bench: Bench) => Promise<Content>): Promise<Result> {
  const content = await make(bench);
  const remarks = [...bench.missing];
  const turns = leechTurns(bench, content, remarks);
  if (content.bytes === bench.largeBytes)
    turns.push({ name: 'floor (C, one thread)', take: () => takeFloor(bench, content) });
  const rows = await inTurns(turns, bench.rounds, remarks);
  bench.arena.drop(content);
  return { title: `${title} of ${bench.fastestSeed.name}, ${sizeOf(content)}`, columns: COLUMNS, rows, remarks };
}

async function asSeed(bench: Bench, title: string, make: (bench: Bench) => Promise<Content>): Promise<Result> {
  const content = await make(bench);
  const remarks = [...bench.missing];
  const turns = bench.programs.map((seed) => turn(bench, content, seed.name, [seed], [bench.fastestLeech], 'seed'));
  const rows = await inTurns(turns, bench.rounds, remarks);
  bench.arena.drop(content);
  return { title: `${title} of ${bench.fastestLeech.name}, ${sizeOf(content)}`, columns: COLUMNS, rows, remarks };
}

/** The same seed for all, and the seed is ours: what each leech takes, and what it costs the seed. */
async function ofOurs(bench: Bench): Promise<Result> {
  const content = await bench.arena.content('own', [bench.largeBytes], 2 ** 18);
  const remarks: string[] = [];
  const turns = besidesOurs(bench).map((leech) =>
    turn(bench, content, leech.name, [bench.programs[0]!], [leech], 'each'),
  );
  const rows = await inTurns(turns, bench.rounds, remarks);
  bench.arena.drop(content);
  return {
    title: `1 → 1, 256 KiB pieces, each as leech of unchoke, ${sizeOf(content)}`,
    columns: [...COLUMNS, 'seed: processor time', 'seed: peak memory', 'seed: its own'],
    rows,
    remarks,
  };
}

/** Several of the same program on one side, ours and the fastest other. */
async function among(bench: Bench, title: string, seedCount: number, leechCount: number): Promise<Result> {
  const content = await bench.arena.content('among', [bench.largeBytes / 4], 2 ** 18);
  const remarks: string[] = [];
  const turns = besidesOurs(bench).map((program) =>
    turn(bench, content, program.name, repeat(program, seedCount), repeat(program, leechCount), 'both'),
  );
  const rows = await inTurns(turns, bench.rounds, remarks);
  bench.arena.drop(content);
  return {
    title: `${title}, ${content.bytes / 2 ** 20} MiB, all of one program, both sides together`,
    columns: COLUMNS,
    rows,
    remarks,
  };
}

async function swarm(bench: Bench): Promise<Result> {
  const content = await bench.arena.content('swarm', [2 ** 26], 2 ** 18);
  const remarks: string[] = [];
  const programs = bench.programs.filter(({ name }) => name === 'unchoke' || name === 'libtorrent');
  const turns = programs.map((program) =>
    turn(bench, content, program.name, [program], repeat(program, 19), 'both', 120),
  );
  const rows = await inTurns(turns, Math.min(3, bench.rounds), remarks);
  bench.arena.drop(content);
  return {
    title: '20 peers in a full swarm, one seed at first, 64 MiB: until the last has all',
    columns: COLUMNS,
    rows,
    remarks,
  };
}

async function firstPiece(bench: Bench): Promise<Result> {
  const content = await bench.arena.content('first', [2 ** 18], 2 ** 18);
  const remarks = [...bench.missing];
  const turns = leechTurns(bench, content, remarks);
  const rows = await inTurns(turns, bench.rounds, remarks);
  bench.arena.drop(content);
  return { title: 'From the start of the process to one verified piece of 256 KiB', columns: COLUMNS, rows, remarks };
}

async function order(bench: Bench): Promise<Result> {
  const content = await bench.arena.content('order', [bench.largeBytes], 2 ** 18);
  const remarks: string[] = [];
  const sequential = unchoke('unchoke --sequential', ['--sequential']);
  const turns = [bench.programs[0]!, sequential].map((leech) =>
    turn(bench, content, leech.name, [bench.fastestSeed], [leech], 'leech'),
  );
  const rows = await inTurns(turns, bench.rounds, remarks);
  bench.arena.drop(content);
  return {
    title: `Rarest first (the default) against sequential, ${sizeOf(content)}`,
    columns: COLUMNS,
    rows,
    remarks,
  };
}

/** How deep the queue of requests is shows here. */
async function overSlowLine(bench: Bench, how: string, lossPercent: number): Promise<Result> {
  const title = `${how}, 64 MiB, each as leech`;
  const reason = await bench.arena.worsen(10, lossPercent);
  if (reason !== undefined) return { title, columns: [], rows: [], remarks: [reason] };
  try {
    const content = await bench.arena.content('slow', [2 ** 26], 2 ** 18);
    const remarks = [...bench.missing];
    const rows = await inTurns(leechTurns(bench, content, remarks, 120), bench.rounds, remarks);
    bench.arena.drop(content);
    return { title: `${title} of ${bench.fastestSeed.name}`, columns: COLUMNS, rows, remarks };
  } finally {
    await bench.arena.mend();
  }
}

/** Ours, the fastest of the others, and the other one in JavaScript. */
function besidesOurs({ programs }: Bench): readonly Program[] {
  return programs.filter(({ name }) => name === 'unchoke' || name === 'libtorrent' || name === 'webtorrent');
}

/** Everybody as a leech of the fastest seed, or of another where that one hangs up. */
function leechTurns(bench: Bench, content: Content, remarks: string[], timeoutS?: number): Turn[] {
  const { fastestSeed, fastestLeech } = bench;
  return bench.programs.map((leech) => {
    const isServed = leech.hungUpOnBy?.name !== fastestSeed.name;
    if (!isServed) remarks.push(`${leech.name} takes from ${fastestLeech.name}: ${leech.hungUpOnBy.why}.`);
    const name = isServed ? leech.name : `${leech.name} (of ${fastestLeech.name})`;
    return turn(bench, content, name, [isServed ? fastestSeed : fastestLeech], [leech], 'leech', timeoutS);
  });
}

function turn(
  bench: Bench,
  content: Content,
  name: string,
  seeds: readonly Program[],
  leeches: readonly Program[],
  whose: Whose,
  timeoutS = 60,
): Turn {
  return {
    name,
    take: async () => {
      const outcome = await transfer(bench.arena, bench.runner, { content, seeds, leeches, timeoutS });
      return typeof outcome === 'string' ? outcome : figuresOfSide(outcome, content.bytes * leeches.length, whose);
    },
  };
}

function figuresOfSide({ leech, seed }: Outcome, bytes: number, whose: Whose): readonly Figure[] {
  switch (whose) {
    case 'leech':
      return figuresOf(leech, bytes);
    case 'seed':
      return figuresOf(seed, bytes);
    case 'both':
      return figuresOf({ ...leech, cpuS: leech.cpuS + seed.cpuS }, bytes);
    case 'each':
      return [...figuresOf(leech, bytes), ...costOf(seed)];
  }
}

function sizeOf({ bytes }: Content): string {
  return `${bytes / 2 ** 20} MiB`;
}

function repeat(program: Program, count: number): readonly Program[] {
  return Array.from({ length: count }, () => program);
}
