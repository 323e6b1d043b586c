#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { checkFolderOf, isOfSystem, whereAsked } from './asked-file.js';
import { LIMITS } from './limits.js';
import { DEFAULTS, type MemberPlan, type Plan, planOf } from './plan.js';
import { Recording } from './recording.js';
import { recordingPage } from './recording-page.js';
import { checkMembers, parseScenario, ScenarioError } from './scenario.js';
import { formatSummary, summarise } from './summary.js';
import { Swarm } from './swarm.js';
import { drawSwarm, megabytes, percent, seconds } from './view.js';

const REDRAW_MS = 200;
const PLAIN_MS = 1_000;
/** Of a terminal that does not say. */
const USUAL = { columns: 80, rows: 24 } as const;
/** Programs of other people look for peers in their own time: rtorrent took 90 seconds once. */
const STRANGERS_MS = 300_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

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
  .option('--size <MiB>', `how much content (default: ${DEFAULTS.contentBytes / 2 ** 20})`, size)
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
  .addOption(
    new Option(
      '--scenario <file>',
      'who takes part, when, and what goes wrong, as JSON; instead of the numbers above but --seed and --size',
    ).conflicts(['seeds', 'leeches', 'troublemakers', 'seedRate']),
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
      if (flags.record !== undefined) checkFolderOf(flags.record);
      process.exitCode = (await runSwarm(await planFrom(flags), flags)) ? 0 : 1;
    } catch (error) {
      if (!(error instanceof ScenarioError) && !isOfSystem(error)) throw error;
      process.stderr.write(`swarm: ${error.message}\n`);
      process.exitCode = 1;
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
  const members = [...read.members, ...(clients === true ? await strangers() : [])];
  checkMembers(members);
  const timeoutMs = clients === true ? Math.max(read.timeoutMs, STRANGERS_MS) : read.timeoutMs;
  return { ...read, ...(seed === undefined ? {} : { seed }), ...bytes, members, timeoutMs };
}

async function strangers(): Promise<readonly MemberPlan[]> {
  const { Guest } = await import('./guest.js');
  return Guest.installed.map((name) => ({ type: 'stranger', name, program: name }));
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

/** Aborted, with why, as soon as the run is to end early; a second signal ends the process. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  // Whoever reads us may have heard enough, as `head` does, or the terminal is gone.
  process.stdout.on('error', () => stopping.abort('nobody reads any more'));
  for (const name of SIGNALS) process.once(name, () => stopping.abort('interrupted'));
  return stopping.signal;
}

async function runSwarm(plan: Plan, { json = false, record }: Flags): Promise<boolean> {
  if (!json) process.stdout.write(`seed ${plan.seed}: preparing ${megabytes(plan.contentBytes)} of content\n`);
  const stopping = stopSignal();
  const swarm = await Swarm.start(plan);
  const stop = () => swarm.stop(String(stopping.reason));
  if (stopping.aborted) stop();
  else stopping.addEventListener('abort', stop, { once: true });
  const recording = record === undefined ? undefined : new Recording(swarm);
  const endView = json ? tellJson(swarm) : process.stdout.isTTY ? redraw(swarm) : tellPlain(swarm);
  // The threads of all members write to these: many listeners are no leak.
  for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);
  try {
    await swarm.ended;
    endView();
    const summary = await summarise(swarm);
    process.stdout.write(json ? `${JSON.stringify(summary)}\n` : `\n${formatSummary(summary)}`);
    if (recording !== undefined) {
      writeFileSync(whereAsked(record!), recordingPage(recording.end(`A swarm from seed ${plan.seed}`, summary)));
      if (!json) process.stdout.write(`Recorded in ${whereAsked(record!)}: open it in any browser.\n`);
    }
    return summary.ok;
  } finally {
    await swarm.close();
  }
}

function redraw(swarm: Swarm): () => void {
  let height = 0;
  const draw = () => {
    const columns = process.stdout.columns || USUAL.columns;
    // The cursor stands on a line of its own.
    const rows = (process.stdout.rows || USUAL.rows) - 1;
    const lines = drawSwarm(swarm, { columns, rows }).map((line) => `\x1b[K${line}`);
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
      const part = `${name} ${percent(share)}`;
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

function size(value: string): number {
  const most = LIMITS.contentBytesMax / 2 ** 20;
  const number = whole(value);
  if (number < 1 || number > most) throw new InvalidArgumentError(`expected a whole number from 1 to ${most}`);
  return number;
}
