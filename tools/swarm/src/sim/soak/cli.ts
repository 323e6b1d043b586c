#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { Account, type Verdict } from './account.js';

interface Options {
  readonly seed: number;
  readonly seeds: number;
  readonly peers: number;
  readonly pieces: number;
  readonly giant: number;
  readonly giantPieces: number;
}

/** Some seeds of one process, and where they count. */
interface Task {
  readonly account: Account;
  readonly numbers: readonly number[];
}

/** So many seeds of one process: enough that its start, a second, does not count. */
const PARCEL = 25;
const LANE = fileURLToPath(new URL('./lane.ts', import.meta.url));

/** Room for five thousand peers; and for what an event leaves behind, of which less is then copied while it is young: a third of the collector's time. */
const HEAP = ['--max-old-space-size=8192', '--max-semi-space-size=32'];

const program = new Command('sim:soak')
  .description('One very large swarm, and many with faults, on as many processes as there are processors.')
  .option('--seed <number>', 'the first seed', whole, 1)
  .option('--seeds <count>', 'how many swarms', whole, 1000)
  .option('--peers <count>', 'members of each', whole, 50)
  .option('--pieces <count>', 'pieces of each', whole, 100)
  .option('--giant <count>', 'members of the large one; 0 for none', whole, 5000)
  .option('--giant-pieces <count>', 'its pieces', whole, 20)
  .addHelpText('after', '\nExample:\n  npm run sim:soak -- --seeds 100 --giant 0')
  .action(async (options: Options) => {
    process.exitCode = (await soak(options)) ? 0 : 1;
  });

await program.parseAsync();

/** The large one goes first: it is one process from its beginning to its end, and the others have the rest meanwhile. */
async function soak({ seed, seeds, peers, pieces, giant, giantPieces }: Options): Promise<boolean> {
  const beganMs = performance.now();
  const many = new Account(`${seeds} seeds × ${peers} peers, ${pieces} pieces`);
  const one = new Account(`one swarm of ${giant} peers, ${giantPieces} pieces`);
  const tasks: Task[] = giant === 0 ? [] : [{ account: one, numbers: [seed, seed + 1, giant, giantPieces] }];
  for (let first = seed; first < seed + seeds; first += PARCEL) {
    tasks.push({ account: many, numbers: [first, Math.min(first + PARCEL, seed + seeds), peers, pieces] });
  }
  const lanes = availableParallelism();
  const work = tasks.values();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const { account, numbers } of work) account.add(await runLane(numbers));
    }),
  );
  const minutes = (performance.now() - beganMs) / 60_000;
  const accounts = [many, one].filter(({ count }) => count > 0);
  for (const account of accounts) process.stdout.write(`${account.line}\n`);
  process.stdout.write(`${minutes.toFixed(1)} minutes in all, on ${lanes} processors\n`);
  return accounts.every(({ failed }) => failed === 0);
}

/** Failures and progress are passed on as they come; the last line is the verdict. */
async function runLane(numbers: readonly number[]): Promise<Verdict> {
  const child = spawn(process.execPath, [...process.execArgv, ...HEAP, LANE, ...numbers.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    if (last !== '') process.stdout.write(`${last}\n`);
    last = line;
  }
  try {
    return JSON.parse(last) as Verdict;
  } catch {
    throw new Error(`a process ended without a verdict: ${last}`);
  }
}

function whole(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('expected a whole number');
  return number;
}
