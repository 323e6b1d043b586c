#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';

interface Options {
  readonly seed: number;
  readonly seeds: number;
  readonly peers: number;
  readonly pieces: number;
  readonly giant: number;
  readonly giantPieces: number;
}

/** What one process says at its end. */
interface Verdict {
  readonly failed: number;
  readonly cpuS: number;
  readonly peakMiB: number;
}

const LANE = fileURLToPath(new URL('./lane.ts', import.meta.url));

/** Room for five thousand peers; and for what an event leaves behind, of which less is then copied while it is young: a third of the collector's time. */
const HEAP = ['--max-old-space-size=8192', '--max-semi-space-size=32'];

const program = new Command('sim:soak')
  .description('Many swarms with faults, on as many processes as there are processors, and one very large swarm.')
  .option('--seed <number>', 'the first seed', whole, 1)
  .option('--seeds <count>', 'how many swarms', whole, 1000)
  .option('--peers <count>', 'members of each', whole, 50)
  .option('--pieces <count>', 'pieces of each', whole, 200)
  .option('--giant <count>', 'members of the large one; 0 for none', whole, 5000)
  .option('--giant-pieces <count>', 'its pieces', whole, 10)
  .addHelpText('after', '\nExample:\n  npm run sim:soak -- --seeds 100 --giant 0')
  .action(async (options: Options) => {
    process.exitCode = (await soak(options)) ? 0 : 1;
  });

await program.parseAsync();

async function soak({ seed, seeds, peers, pieces, giant, giantPieces }: Options): Promise<boolean> {
  const lanes = availableParallelism();
  const many = await timed(
    `${seeds} seeds × ${peers} peers, ${pieces} pieces`,
    Array.from({ length: lanes }, (_, lane) => [seed + lane, lanes, seed + seeds, peers, pieces]),
  );
  if (giant === 0) return many;
  const one = await timed(`one swarm of ${giant} peers, ${giantPieces} pieces`, [
    [seed, 1, seed + 1, giant, giantPieces],
  ]);
  return many && one;
}

async function timed(what: string, lanes: readonly (readonly number[])[]): Promise<boolean> {
  const beganMs = performance.now();
  const verdicts = await Promise.all(lanes.map(runLane));
  const minutes = (performance.now() - beganMs) / 60_000;
  const failed = verdicts.reduce((sum, verdict) => sum + verdict.failed, 0);
  const cpuS = verdicts.reduce((sum, verdict) => sum + verdict.cpuS, 0);
  const peakMiB = Math.max(...verdicts.map((verdict) => verdict.peakMiB));
  process.stdout.write(
    `${what}: ${failed} failed; ${minutes.toFixed(1)} minutes on ${lanes.length} ${lanes.length === 1 ? 'process' : 'processes'}, ` +
      `${cpuS.toFixed(0)} CPU seconds, at most ${peakMiB.toFixed(0)} MiB in one\n`,
  );
  return failed === 0;
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
