#!/usr/bin/env node
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Behaviour } from './behaviour.js';
import { checkBehaviour } from './behaviour-check.js';
import { type Content, parseRandomContent } from './content.js';
import { MockPeerError } from './errors.js';
import type { PeerAddress } from './events.js';
import { bundledBehaviour, bundledBehaviourNames } from './node/bundled.js';
import { fileContent, openFiles } from './node/files.js';
import { type MockPeer, startMockPeer } from './node/mock-peer.js';
import type { MockPeerNotice, MockPeerOptions } from './node/options.js';
import { randomTorrent } from './node/random-torrent.js';
import { sha1 } from './node/sha1.js';
import { type MockTorrent, makeTorrent, readTorrent } from './torrent.js';

interface PeerFlags {
  readonly random?: string;
  readonly pieceLength: number;
  readonly behaviour?: string;
  readonly host: string;
  readonly port: number;
  readonly tracker?: string;
  readonly peer: readonly PeerAddress[];
  readonly pex: readonly PeerAddress[];
  readonly have?: readonly number[];
  readonly log?: string;
  readonly pcap?: string;
  readonly stay?: boolean;
  readonly quiet?: boolean;
}

const program = new Command('unchoke-mock-peer').description(
  'A complete BitTorrent peer for tests, that misbehaves exactly as told',
);

peerCommand('seed', 'serve a torrent until interrupted').action(seed);
peerCommand('leech', 'download a torrent, verify it, and exit 0 when it is complete')
  .option('--stay', 'stay connected and serve when the download is complete')
  .action(leech);

program
  .command('torrent')
  .description('write the .torrent of a file or of generated content')
  .argument('[file]', 'the file; left out with --random')
  .option('--random <size:seed>', 'generated content, such as 1GiB:42')
  .option('--piece-length <bytes>', 'length of a piece', wholeNumber, 262_144)
  .option('--name <name>', 'name inside the torrent')
  .option('--tracker <url>', 'announce URL inside the torrent')
  .option('--private', 'set the private flag (BEP 27)')
  .requiredOption('-o, --output <file>', 'where to write it')
  .action(writeTorrent);

program
  .command('behaviours')
  .description('list the behaviours that come with this tool, or show one')
  .argument('[name]')
  .action(showBehaviours);

program
  .command('check')
  .description('say whether a behaviour file is right, and where not')
  .argument('<file>')
  .action((file: string) => {
    const { rules } = readBehaviour(file);
    console.log(`${file}: ${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}, all right`);
  });

program.parseAsync().catch((error: Error) => {
  // An error of ours says what to do; anything else is a defect and shows its stack.
  console.error(MockPeerError.isInstance(error) ? `unchoke-mock-peer: ${error.message}` : error.stack);
  process.exitCode = 1;
});

function peerCommand(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('[torrent]', 'a .torrent file; left out with --random')
    .argument('[data]', 'its file or folder')
    .option('--random <size:seed>', 'generated content, such as 1GiB:42')
    .option('--piece-length <bytes>', 'length of a piece of generated content', wholeNumber, 262_144)
    .option('--behaviour <file or name>', 'how to misbehave; `unchoke-mock-peer behaviours` lists names')
    .option('--host <address>', 'listen there', '127.0.0.1')
    .option('--port <number>', 'listen there; 0 takes a free one', wholeNumber, 0)
    .option('--tracker <url>', 'announce to this http tracker')
    .option('--peer <host:port>', 'dial this peer; may be repeated', addAddress, [])
    .option('--pex <host:port>', 'tell of this peer through ut_pex; may be repeated', addAddress, [])
    .option('--have <pieces>', 'start with these pieces only, such as 0-5,9', pieceNumbers)
    .option('--log <file>', 'write every message as a line of JSON')
    .option('--pcap <file>', 'write every byte as packets for Wireshark')
    .option('--quiet', 'say nothing but errors');
}

async function seed(torrentPath: string | undefined, dataPath: string | undefined, flags: PeerFlags): Promise<void> {
  const { torrent, content } = openTorrent(torrentPath, flags);
  const served = content ?? openFiles(torrent, required(dataPath, 'data'));
  const peer = await start(
    { torrent, content: served, role: 'seed', ...(flags.have === undefined ? {} : { have: flags.have }) },
    flags,
  );
  await interrupted();
  await peer.close();
}

async function leech(torrentPath: string | undefined, dataPath: string | undefined, flags: PeerFlags): Promise<void> {
  const { torrent } = openTorrent(torrentPath, flags);
  const startedMs = performance.now();
  const store = dataPath === undefined ? {} : { content: openFiles(torrent, dataPath, 'write') };
  const peer = await start({ torrent, ...store, role: 'leech', have: flags.have ?? [] }, flags);
  const isComplete = await Promise.race([peer.completed, interrupted().then(() => false)]);
  const seconds = (performance.now() - startedMs) / 1000;
  if (isComplete && flags.quiet !== true)
    console.log(`complete: ${torrent.totalLength} bytes, every piece verified, ${seconds.toFixed(2)} s`);
  if (isComplete && flags.stay === true) await interrupted();
  await peer.close();
  if (!isComplete) process.exitCode = 1;
}

function writeTorrent(
  file: string | undefined,
  flags: { random?: string; pieceLength: number; name?: string; tracker?: string; private?: true; output: string },
): void {
  const content = flags.random === undefined ? fileContent(required(file, 'file')) : parseRandomContent(flags.random);
  const usualName = flags.random === undefined ? basename(file ?? '') : `random-${flags.random.replace(':', '-')}`;
  const bytes = makeTorrent(
    {
      ...{ content, name: flags.name ?? usualName, pieceLength: flags.pieceLength, isPrivate: flags.private === true },
      ...(flags.tracker === undefined ? {} : { tracker: flags.tracker }),
    },
    sha1,
  );
  writeFileSync(flags.output, bytes);
  console.log(`${flags.output}: ${Buffer.from(readTorrent(bytes, sha1).infoHash).toString('hex')}`);
}

function showBehaviours(name: string | undefined): void {
  if (name !== undefined) {
    console.log(JSON.stringify(bundledBehaviour(name), undefined, 2));
    return;
  }
  for (const known of bundledBehaviourNames()) {
    const { title, catalogue, role } = bundledBehaviour(known);
    console.log(
      `${known.padEnd(34)} ${(role ?? '').padEnd(6)} ${(catalogue ?? []).join(',').padEnd(9)} ${title ?? ''}`,
    );
  }
}

function openTorrent(path: string | undefined, flags: PeerFlags): { torrent: MockTorrent; content?: Content } {
  if (flags.random !== undefined && path === undefined)
    return randomTorrent(flags.random, { pieceLength: flags.pieceLength });
  const torrent = readTorrent(readTorrentFile(required(path, 'torrent')), sha1);
  return flags.random === undefined ? { torrent } : { torrent, content: parseRandomContent(flags.random) };
}

async function start(
  what: Pick<MockPeerOptions, 'torrent' | 'content' | 'role' | 'have'>,
  flags: PeerFlags,
): Promise<MockPeer> {
  const peer = await startMockPeer({
    ...what,
    ...{ host: flags.host, port: flags.port, peers: flags.peer, pexPeers: flags.pex },
    ...(flags.behaviour === undefined ? {} : { behaviour: readBehaviour(flags.behaviour) }),
    ...(flags.tracker === undefined ? {} : { tracker: flags.tracker }),
    ...(flags.log === undefined ? {} : { log: flags.log }),
    ...(flags.pcap === undefined ? {} : { pcap: flags.pcap }),
    ...(flags.quiet === true ? {} : { onNotice: printNotice }),
  });
  if (flags.quiet !== true) {
    console.log(
      `listening on ${peer.host}:${peer.port}, info-hash ${Buffer.from(peer.torrent.infoHash).toString('hex')}`,
    );
  }
  return peer;
}

/** A name of a bundled behaviour, or a file. */
function readBehaviour(nameOrFile: string): Behaviour {
  if (bundledBehaviourNames().includes(nameOrFile)) return bundledBehaviour(nameOrFile);
  if (!existsSync(nameOrFile)) {
    throw new MockPeerError(
      'bad-option',
      `${nameOrFile} is neither a file nor a behaviour that comes along; \`unchoke-mock-peer behaviours\` lists these`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(nameOrFile, 'utf8'));
  } catch (error) {
    throw new MockPeerError('bad-behaviour', `${nameOrFile} cannot be read: ${(error as Error).message}`);
  }
  return checkBehaviour(value);
}

function printNotice(notice: MockPeerNotice): void {
  const line = JSON.stringify(notice, (_key, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );
  if (notice.type !== 'piece-verified' && notice.type !== 'rule-fired') console.log(line);
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function required(value: string | undefined, name: string): string {
  if (value === undefined)
    throw new MockPeerError('bad-option', `<${name}> is missing; give it, or --random size:seed`);
  return value;
}

function readTorrentFile(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new MockPeerError('bad-option', `${path} cannot be read: ${(error as Error).message}`);
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

function addAddress(text: string, before: readonly PeerAddress[]): readonly PeerAddress[] {
  const match = /^\[?(.+?)\]?:(\d{1,5})$/.exec(text);
  if (match === null || Number(match[2]) > 65_535) throw new InvalidArgumentError('expected host:port');
  return [...before, { host: match[1] as string, port: Number(match[2]) }];
}

function pieceNumbers(text: string): readonly number[] {
  return text.split(',').flatMap((part) => {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    if (match === null) throw new InvalidArgumentError('expected piece numbers such as 0-5,9');
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    if (to - from > 10_000_000) throw new InvalidArgumentError(`${part} is too large a range`);
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
  });
}
