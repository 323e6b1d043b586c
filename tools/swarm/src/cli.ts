#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander';
import { DEFAULT_PLAN, type Plan } from './plan.js';
import { formatSummary, summarise } from './summary.js';
import { Swarm } from './swarm.js';
import { drawSwarm, fitted, megabytes, seconds } from './view.js';

const REDRAW_MS = 200;
const PLAIN_MS = 1_000;

const program = new Command('swarm')
  .description(
    'A tracker, seeds, leeches and troublemakers on this machine; every leech must end with the right bytes.',
  )
  .option('--seed <number>', 'content, roles and chance follow from it', whole, DEFAULT_PLAN.seed)
  .option('--size <MiB>', 'how much content', whole, DEFAULT_PLAN.contentBytes / 2 ** 20)
  .option('--seeds <number>', 'members that have everything', whole, DEFAULT_PLAN.seeds)
  .option('--leeches <number>', 'members that have nothing', whole, DEFAULT_PLAN.leeches)
  .option(
    '--troublemakers <number>',
    'peers that corrupt, stall or break the protocol',
    whole,
    DEFAULT_PLAN.troublemakers,
  )
  .option('--json', 'JSON lines, the last of type summary')
  .addHelpText('after', '\nExample:\n  npm run swarm -- --seed 7 --leeches 8 --size 32')
  .action(
    async ({
      size,
      json,
      ...numbers
    }: Omit<Plan, 'contentBytes' | 'timeoutMs'> & { readonly size: number; readonly json?: boolean }) => {
      const plan: Plan = { ...DEFAULT_PLAN, ...numbers, contentBytes: size * 2 ** 20 };
      process.exitCode = (await runSwarm(plan, json === true)) ? 0 : 1;
    },
  );

await program.parseAsync();

async function runSwarm(plan: Plan, json: boolean): Promise<boolean> {
  if (!json) process.stdout.write(`seed ${plan.seed}: preparing ${megabytes(plan.contentBytes)} of content\n`);
  const swarm = await Swarm.start(plan);
  const endView = json ? tellJson(swarm) : process.stdout.isTTY ? redraw(swarm) : tellPlain(swarm);
  try {
    await untilComplete(swarm);
    endView();
    const summary = await summarise(swarm);
    process.stdout.write(json ? `${JSON.stringify(summary)}\n` : `\n${formatSummary(summary)}`);
    return summary.ok;
  } finally {
    await swarm.close();
  }
}

/** Settles when all leeches are complete, when the time is up, or when somebody presses Ctrl-C. */
function untilComplete(swarm: Swarm): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearInterval(timer);
      process.off('SIGINT', end);
      resolve();
    };
    const timer = setInterval(() => {
      if (swarm.isComplete || swarm.elapsedMs > swarm.plan.timeoutMs) end();
    }, 50);
    process.on('SIGINT', end);
  });
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
    const parts = swarm.leeches.map(({ name, torrent: { status } }) => {
      const part = `${name} ${((status.haveCount / status.pieceCount) * 100).toFixed(0)}%`;
      return status.why === '' ? part : `${part} (${status.why})`;
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
    const leeches = swarm.leeches.map(({ name, torrent: { status } }) => ({
      name,
      haveCount: status.haveCount,
      pieceCount: status.pieceCount,
      why: status.why,
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
