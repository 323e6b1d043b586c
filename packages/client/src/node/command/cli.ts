#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander';
import type { PeerAddress } from '../../address-book.js';
import { create } from './create.js';
import { EXIT } from './exit-codes.js';
import { exitCodeOf, messageOf } from './failure.js';
import { printable } from './format.js';
import { info } from './info.js';
import { type RunOptions, runTorrent } from './run-torrent.js';
import { verify } from './verify.js';

const program = new Command('unchoke').description('BitTorrent, proven layer by layer').exitOverride();

running(
  'download',
  'download a torrent and exit when it is complete and verified; what is there already is checked and used',
)
  .argument('<torrent>', 'a .torrent file')
  .option('-o, --out <folder>', 'where the files go', '.')
  .addHelpText('after', '\nExample:\n  unchoke download linux.torrent -o downloads --peer 192.0.2.7:6881')
  .action(async (torrent: string, options: RunOptions) => {
    process.exitCode = await runTorrent(torrent, options, 'download');
  });

running('seed', 'give a torrent to others, until a signal ends it')
  .argument('<torrent>', 'a .torrent file')
  .argument('<folder>', 'the folder that holds its files')
  .addHelpText('after', '\nExample:\n  unchoke seed linux.torrent downloads --port 6881')
  .action(async (torrent: string, out: string, options: RunOptions) => {
    process.exitCode = await runTorrent(torrent, { ...options, out }, 'seed');
  });

program
  .command('create')
  .description('make a torrent of a file or a folder')
  .argument('<path>')
  .option('-o, --out <file>', 'the torrent to write; default the name of what it is made of')
  .option('--tracker <url>', 'a tracker, in a tier of its own; may be repeated', collect, [])
  .option('--comment <text>')
  .option('--source <text>', 'sets the torrent apart on a private tracker')
  .option('--private', 'peers come from its trackers only (BEP 27)')
  .option('--piece-length <bytes>', 'a power of two from 16384', whole)
  .addOption(new Option('--torrent-version <version>', 'which hashes it has').choices(['v1', 'v2', 'hybrid']))
  .action(create);

program
  .command('info')
  .alias('show')
  .description('say what a torrent file holds')
  .argument('<torrent>')
  .option('--json', 'as one JSON object')
  .action(info);

program
  .command('verify')
  .description('hash the files of a torrent; exit 32 when something is missing or wrong')
  .argument('<torrent>')
  .argument('<folder>')
  .action(async (torrent: string, folder: string) => {
    process.exitCode = await verify(torrent, folder);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = endWith(error);
}

/** Options of every command that runs a torrent; each can come from the environment. */
function running(name: string, description: string): Command {
  const option = (flags: string, text: string, variable: string) => new Option(flags, text).env(`UNCHOKE_${variable}`);
  return program
    .command(name)
    .description(description)
    .addOption(
      option('-p, --port <number>', 'listen for peers here; 0 is any port', 'PORT').default(0).argParser(whole),
    )
    .addOption(option('--bind <address>', 'listen on this address only', 'BIND'))
    .option('--peer <host:port>', 'a peer to connect to; may be repeated', collectPeer, [])
    .option('--tracker <url>', 'instead of the torrent’s trackers; may be repeated', collect, [])
    .option('--no-trackers', 'ask no tracker')
    .addOption(option('--sequential', 'fetch pieces in order', 'SEQUENTIAL'))
    .addOption(option('--timeout <seconds>', 'give up after this time, with exit code 2', 'TIMEOUT').argParser(Number))
    .addOption(option('--state-dir <folder>', 'where to remember what is verified', 'STATE_DIR'))
    .addOption(option('--json', 'JSON lines on stdout, the last of type summary', 'JSON'))
    .addOption(option('-q, --quiet', 'say nothing but errors', 'QUIET'))
    .addOption(
      option('--progress <style>', 'how to show progress', 'PROGRESS')
        .choices(['auto', 'bar', 'plain', 'json', 'none'])
        .default('auto'),
    );
}

function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value];
}

function collectPeer(value: string, peers: readonly PeerAddress[]): readonly PeerAddress[] {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(value);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535)
    throw new InvalidArgumentError('expected host:port, or [IPv6 address]:port');
  return [...peers, { host: (match[1] ?? match[2])!, port }];
}

function whole(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('expected a whole number');
  return number;
}

/** Commander has said what it had to say; everything else is told here, in one line. */
function endWith(error: unknown): number {
  const { code, exitCode } = error as { readonly code?: string; readonly exitCode?: number };
  if (code?.startsWith('commander.') === true) return exitCode === 0 ? EXIT.ok : EXIT.badOption;
  process.stderr.write(`unchoke: ${printable(messageOf(error))}\n`);
  return exitCodeOf(error);
}
