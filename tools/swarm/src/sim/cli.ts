#!/usr/bin/env node
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { checkFolderOf, isOfSystem, whereAsked } from '../asked-file.js';
import { SimFailure } from './failure.js';
import { page } from './report/page.js';
import { conduct } from './report/study.js';
import { drawPlan, type SimPlan } from './sim-plan.js';
import { Simulation } from './simulation.js';
import { FAULT_NAMES, parseFaults, type ToldFaults, withFaults } from './told-faults.js';

interface Options {
  readonly seed: number;
  readonly seeds: number;
  readonly peers?: number;
  readonly pieces?: number;
  readonly faults?: ToldFaults;
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
  .option('--seeds <count>', 'so many runs, with this seed and those after it', positive, 1)
  .option('--peers <count>', 'how many members; drawn from the seed otherwise', positive)
  .option('--pieces <count>', 'how many pieces; drawn from the seed otherwise', positive)
  .option(
    '--faults <list>',
    `what goes wrong, and nothing else; drawn from the seed otherwise. Either none, or name=number of some of ${FAULT_NAMES.join(', ')}: ` +
      'strikes a minute in the whole swarm, of roles the probability that a member has them, of cuts that a chunk is cut',
    faults,
  )
  .option('--until <ms>', 'stop at this virtual time', whole)
  .option('--trace', 'print every event')
  .addOption(
    new Option(
      '--report <file>',
      'instead: a page on a swarm without faults, of --peers and --pieces, and comparisons',
    ).conflicts(['seeds', 'faults', 'until', 'trace']),
  )
  .addOption(
    new Option('--scale <counts>', 'with --report: swarms of these sizes')
      .argParser(counts)
      .default([100, 1000, 5000], '100,1000,5000'),
  )
  .addHelpText(
    'after',
    '\nExamples:\n  npm run sim -- --seed 7 --seeds 100\n  npm run sim -- --seed 7 --peers 20 --faults crashes=4,resets=12,staller=0.2',
  )
  .action(async (options: Options) => {
    try {
      if (options.report === undefined) runAll(options);
      else await report(options.report, options);
    } catch (error) {
      if (!(error instanceof SimFailure) && !isOfSystem(error)) throw error;
      process.stdout.write(`${error.message}\n`);
      process.exitCode = 1;
    }
  });

// Whoever reads us may have heard enough, as `head` does.
process.stdout.on('error', () => process.exit());
await program.parseAsync();

function runAll({ seed, seeds, peers, pieces, faults, until, trace }: Options): void {
  for (let each = seed; each < seed + seeds; each++) {
    const drawn = drawPlan(each, { peers, pieces });
    const plan = faults === undefined ? drawn : withFaults(drawn, faults);
    process.stdout.write(`${describe(plan)}\n`);
    const simulation = new Simulation(plan);
    if (trace === true) simulation.watch((line) => process.stdout.write(`${line}\n`));
    const beganMs = performance.now();
    const outcome = simulation.run(until);
    const tookS = (performance.now() - beganMs) / 1000;
    process.stdout.write(
      `  ${outcome.isComplete ? 'everybody complete' : 'stopped'} after ${(outcome.virtualMs / 1000).toFixed(1)} s of virtual time: ` +
        `${outcome.eventCount} events in ${tookS.toFixed(1)} s, ${outcome.recountCount} recounts, trace ${outcome.hash}\n`,
    );
  }
}

async function report(file: string, { seed, peers = 300, pieces = 200, scale }: Options): Promise<void> {
  checkFolderOf(file);
  const study = await conduct({ seed, peers, pieces, scale }, (progress) => process.stdout.write(`${progress}\n`));
  const path = whereAsked(file);
  writeFileSync(path, page(study));
  process.stdout.write(`written to ${path}\n`);
}

function describe({ seed, members, pieceCount, faults }: SimPlan): string {
  const roles = new Map<string, number>();
  for (const { role } of members) roles.set(role, (roles.get(role) ?? 0) + 1);
  const who = [...roles]
    .map(([role, count]) => `${count} ${role}${count === 1 ? '' : role === 'leech' ? 'es' : 's'}`)
    .join(', ');
  const on = Object.entries(faults).flatMap(([fault, perMinute]) => (perMinute > 0 ? [fault] : []));
  return `seed ${seed}: ${who}; ${pieceCount} pieces; faults: ${on.join(', ') || 'none'}`;
}

function faults(value: string): ToldFaults {
  try {
    return parseFaults(value);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof RangeError ? error.message : String(error));
  }
}

function counts(value: string): readonly number[] {
  return value.split(',').map(positive);
}

function positive(value: string): number {
  const number = whole(value);
  if (number === 0) throw new InvalidArgumentError('expected a whole number from 1');
  return number;
}

function whole(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('expected a whole number');
  return number;
}
