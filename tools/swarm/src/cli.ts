#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { DEFAULTS, type Plan, planOf } from './plan.js';
import { Recording } from './recording.js';
import { recordingPage } from './recording-page.js';
import { parseScenario, ScenarioError } from './scenario.js';
import { formatSummary, summarise } from './summary.js';
import { Swarm } from './swarm.js';
import { drawSwarm, fitted, megabytes, seconds } from './view.js';

const REDRAW_MS = 200;
const PLAIN_MS = 1_000;

interface Flags {
  readonly seed?: number;
  readonly size?: number;
  readonly seeds?: number;
  readonly leeches?: number;
  readonly troublemakers?: number;
  readonly seedRate?: number;
  readonly scenario?: string;
  readonly clients?: boolean;
  readonly record?: string;
  readonly json?: boolean;
}

await new Command('swarm')
  .description(
    'A tracker, seeds, leeches and troublemakers on this machine; every leech must end with the right bytes.',
  )
  .option('--seed <number>', `content, roles and chance follow from it (default: ${DEFAULTS.seed})`, whole)
  .option('--size <MiB>', `how much content (default: ${DEFAULTS.contentBytes / 2 ** 20})`, whole)
  .option('--seeds <number>', `members that have everything (default: ${DEFAULTS.seeds})`, whole)
  .option('--leeches <number>', `members that have nothing (default: ${DEFAULTS.leeches})`, whole)
  .option(
    '--troublemakers <number>',
    `peers that corrupt, stall or break the protocol (default: ${DEFAULTS.troublemakers})`,
    whole,
  )
  .option(
    '--seed-rate <MiB/s>',
    `upload of each seed, 0 for all it can (default: ${DEFAULTS.seedRate / 2 ** 20})`,
    whole,
  )
  .option(
    '--scenario <file>',
    'who takes part, when, and what goes wrong, as JSON; instead of the numbers above but --seed',
  )
  .option('--clients', 'mixes in the programs of other people that are on this machine')
  .option('--record <file>', 'writes the run as one page for any browser')
  .option('--json', 'JSON lines, the last of type summary')
  .addHelpText(
    'after',
    '\nExamples:\n  npm run swarm -- --seed 7 --leeches 8 --size 32\n  npm run swarm -- --scenario tools/swarm/scenarios/flash-crowd.json --record crowd.html',
  )
  .action(async (flags: Flags) => {
    try {
      process.exitCode = (await runSwarm(await planFrom(flags), flags)) ? 0 : 1;
    } catch (error) {
      if (!(error instanceof ScenarioError) && !isMissing(error)) throw error;
      process.stderr.write(`swarm: ${error.message}\n`);
      process.exitCode = 2;
    }
  })
  .parseAsync();

async function planFrom({ scenario, size, seedRate, clients, ...flags }: Flags): Promise<Plan> {
  const bytes = size === undefined ? {} : { contentBytes: size * 2 ** 20 };
  const rate = seedRate === undefined ? {} : { seedRate: seedRate * 2 ** 20 };
  const { seed, seeds, leeches, troublemakers } = flags;
  const numbers = Object.fromEntries(
    Object.entries({ seed, seeds, leeches, troublemakers }).filter(([, number]) => number !== undefined),
  );
  const read = scenario === undefined ? planOf({ ...numbers, ...bytes, ...rate }) : readScenario(scenario);
  const plan = { ...read, ...(seed === undefined ? {} : { seed }), ...bytes };
  if (clients !== true) return plan;
  const { Guest } = await import('./guest.js');
  const guests = Guest.installed.map((name) => ({ type: 'stranger', name, program: name }) as const);
  return { ...plan, members: [...plan.members, ...guests] };
}

function readScenario(path: string): Plan {
  const source = readFileSync(whereAsked(path), 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw new ScenarioError(`${path} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  return parseScenario(value);
}

async function runSwarm(plan: Plan, { json = false, record }: Flags): Promise<boolean> {
  if (!json) process.stdout.write(`seed ${plan.seed}: preparing ${megabytes(plan.contentBytes)} of content\n`);
  const swarm = await Swarm.start(plan);
  const recording = record === undefined ? undefined : new Recording(swarm);
  const endView = json ? tellJson(swarm) : process.stdout.isTTY ? redraw(swarm) : tellPlain(swarm);
  try {
    await Promise.race([swarm.ended, interrupted()]);
    endView();
    const summary = await summarise(swarm);
    process.stdout.write(json ? `${JSON.stringify(summary)}\n` : `\n${formatSummary(summary)}`);
    if (recording !== undefined) {
      writeFileSync(whereAsked(record!), recordingPage(recording.end(`A swarm from seed ${plan.seed}`, summary)));
      if (!json) process.stdout.write(`Recorded in ${record}: open it in any browser.\n`);
    }
    return summary.ok;
  } finally {
    await swarm.close();
  }
}

/** Npm changes to the folder of the package; a path is meant from where the person stands. */
function whereAsked(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? '.', path);
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => process.once('SIGINT', () => resolve()));
}

function isMissing(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function redraw(swarm: Swarm): () => void {
  let height = 0;
  const draw = () => {
    const columns = process.stdout.columns;
    const lines = drawSwarm(swarm).map((line) => `\x1b[K${fitted(line, columns)}`);
    process.stdout.write(`${height > 0 ? `\x1b[${height}A` : ''}\r${lines.join('\n')}\n\x1b[J`);
    height = lines.length;
  };
  const timer = setInterval(draw, REDRAW_MS);
  return () => {
    clearInterval(timer);
    draw();
  };
}

function tellPlain(swarm: Swarm): () => void {
  let told = 0;
  const tell = () => {
    for (; told < swarm.events.length; told++) {
      const { atMs, member, text } = swarm.events[told]!;
      process.stdout.write(`${seconds(atMs).padStart(7)}  ${member}: ${text}\n`);
    }
    const parts = swarm.leeches.map(({ name, share, why }) => {
      const part = `${name} ${(share * 100).toFixed(0)}%`;
      return why === '' ? part : `${part} (${why})`;
    });
    process.stdout.write(`${seconds(swarm.elapsedMs).padStart(7)}  ${parts.join(', ')}\n`);
  };
  const timer = setInterval(tell, PLAIN_MS);
  return () => {
    clearInterval(timer);
    tell();
  };
}

function tellJson(swarm: Swarm): () => void {
  let told = 0;
  const tell = () => {
    for (; told < swarm.events.length; told++) {
      const { atMs, member, text } = swarm.events[told]!;
      process.stdout.write(`${JSON.stringify({ type: 'event', version: 1, atMs: Math.round(atMs), member, text })}\n`);
    }
    const { pieceCount } = swarm.metainfo;
    const leeches = swarm.leeches.map(({ name, status, why }) => ({
      name,
      haveCount: status?.haveCount ?? 0,
      pieceCount,
      why,
    }));
    process.stdout.write(
      `${JSON.stringify({ type: 'progress', version: 1, atMs: Math.round(swarm.elapsedMs), leeches })}\n`,
    );
  };
  const timer = setInterval(tell, PLAIN_MS);
  return () => {
    clearInterval(timer);
    tell();
  };
}

function whole(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('expected a whole number');
  return number;
}
