#!/usr/bin/env node
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { SimFailure } from './failure.js';
import { page } from './report/page.js';
import { conduct } from './report/study.js';
import { drawPlan, type SimPlan } from './sim-plan.js';
import { Simulation } from './simulation.js';

interface Options {
  readonly seed: number;
  readonly seeds: number;
  readonly peers?: number;
  readonly pieces?: number;
  readonly until?: number;
  readonly trace?: boolean;
  readonly report?: string;
  readonly scale: readonly number[];
}

const program = new Command('sim')
  .description(
    'Whole swarms in virtual time: the real client on sockets, disks and trackers that fail by chance, checked after every event. ' +
      'The same seed and commit give the same run.',
  )
  .option('--seed <number>', 'everything follows from it', whole, 1)
  .option('--seeds <count>', 'so many runs, with this seed and those after it', whole, 1)
  .option('--peers <count>', 'how many members; drawn from the seed otherwise', whole)
  .option('--pieces <count>', 'how many pieces; drawn from the seed otherwise', whole)
  .option('--until <ms>', 'stop at this virtual time', whole)
  .option('--trace', 'print every event')
  .option('--report <file>', 'instead: a page on a swarm without faults, of --peers and --pieces, and comparisons')
  .option('--scale <counts>', 'with --report: swarms of these sizes', counts, [100, 1000, 5000])
  .addHelpText('after', '\nExample:\n  npm run sim -- --seed 7 --seeds 100')
  .action(async (options: Options) => {
    if (options.report === undefined) process.exitCode = runAll(options) ? 0 : 1;
    else await report(options.report, options);
  });

await program.parseAsync();

function runAll({ seed, seeds, peers, pieces, until, trace }: Options): boolean {
  for (let each = seed; each < seed + seeds; each++) {
    const plan = drawPlan(each, { peers, pieces });
    process.stdout.write(`${describe(plan)}\n`);
    try {
      const simulation = new Simulation(plan);
      if (trace === true) simulation.watch((line) => process.stdout.write(`${line}\n`));
      const beganMs = performance.now();
      const outcome = until === undefined ? simulation.run() : simulation.stopAt(until);
      const tookS = (performance.now() - beganMs) / 1000;
      process.stdout.write(
        `  ${outcome.isComplete ? 'everybody complete' : 'stopped'} after ${(outcome.virtualMs / 1000).toFixed(1)} s of virtual time: ` +
          `${outcome.eventCount} events in ${tookS.toFixed(1)} s, ${outcome.recountCount} recounts, trace ${outcome.hash}\n`,
      );
    } catch (error) {
      if (!(error instanceof SimFailure)) throw error;
      process.stdout.write(`${error.message}\n`);
      return false;
    }
  }
  return true;
}

async function report(file: string, { seed, peers = 300, pieces = 200, scale }: Options): Promise<void> {
  const study = await conduct({ seed, peers, pieces, scale }, (progress) => process.stdout.write(`${progress}\n`));
  writeFileSync(file, page(study));
  process.stdout.write(`written to ${file}\n`);
}

function describe({ seed, members, pieceCount, faults }: SimPlan): string {
  const roles = new Map<string, number>();
  for (const { role } of members) roles.set(role, (roles.get(role) ?? 0) + 1);
  const who = [...roles].map(([role, count]) => `${count} ${role}`).join(', ');
  const on = Object.entries(faults).flatMap(([fault, perMinute]) => (perMinute > 0 ? [fault] : []));
  return `seed ${seed}: ${who}; ${pieceCount} pieces; faults: ${on.join(', ') || 'none'}`;
}

function counts(value: string): readonly number[] {
  return value.split(',').map(whole);
}

function whole(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('expected a whole number');
  return number;
}
