import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, type ClientTorrent } from '@unchoke/client/node';
import type { Metainfo } from '@unchoke/metainfo';
import { createTorrent } from '@unchoke/metainfo/node';
import { type MockTracker, startMockTracker } from '@unchoke/mock-tracker';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { has, libtorrentPython } from '../src/programs.js';

// Our client in swarms with others. They find each other through a tracker wherever the other program dials loopback.

const HOST = '127.0.0.1';
const CLI = fileURLToPath(new URL('../../../packages/client/src/node/command/cli.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const NAME = 'Sammlung ä';
const PIECE_LENGTH = 65_536;
/** Ends inside pieces, pieces over several files, a file without bytes, and names that are long in UTF-8. */
const FILES: readonly (readonly [path: string, content: Buffer])[] = [
  ['große Datei.bin', noise(5_000_001, 1)],
  ['leer', Buffer.alloc(0)],
  ['один/два/三/四/🌊 κύμα/fünf.bin', noise(1_300_007, 2)],
  ['один/два/三/klein.txt', noise(3, 3)],
  ['z.bin', noise(65_536, 4)],
];
const TOTAL_LENGTH = FILES.reduce((sum, [, content]) => sum + content.length, 0);

const python = libtorrentPython();
const hasAria2 = has('aria2c');
const hasTransmission = has('transmission-daemon');

let folder = '';
let full = '';
let empty = '';
let torrentPath = '';
let metainfo: Metainfo;
let tracker: MockTracker;
let clients: Client[] = [];
let programs: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unchoke-client-'));
  full = join(folder, 'full');
  empty = join(folder, 'empty');
  await mkdir(empty);
  for (const [path, content] of FILES) {
    await mkdir(dirname(join(full, NAME, path)), { recursive: true });
    await writeFile(join(full, NAME, path), content);
  }
  tracker = await startMockTracker({ intervalS: 2, peerLifeMs: 600_000 });
  const trackerTiers = [[tracker.announceUrl]];
  const torrent = await createTorrent(join(full, NAME), { pieceLength: PIECE_LENGTH, trackerTiers });
  metainfo = torrent.metainfo;
  torrentPath = join(folder, 'wanted.torrent');
  await writeFile(torrentPath, torrent.bytes);
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(programs.map(stopped));
  clients = [];
  programs = [];
  await tracker.close();
  await rm(folder, { recursive: true, force: true });
});

describe('our client downloads from', () => {
  test.skipIf(!hasTransmission)('transmission, which it dials', async () => {
    const port = await transmission(full);
    await downloads(await ours(empty, [port]));
  });

  test.skipIf(!hasAria2)('aria2, which the tracker names', async () => {
    await aria2(full);
    await until(() => tracked().complete === 1);
    await downloads(await ours(empty));
  });

  test.skipIf(python === undefined)('libtorrent, which the tracker names', async () => {
    await libtorrent(full);
    await until(() => tracked().complete === 1);
    await downloads(await ours(empty));
  });

  async function downloads(torrent: ClientTorrent): Promise<void> {
    await torrent.done;
    await until(() => isThere(empty));
    expect(torrent.status).toMatchObject({ state: 'seeding', haveCount: metainfo.pieceCount, wastedBytes: 0 });
    expect(torrent.status.receivedBytes).toBe(TOTAL_LENGTH);
  }
});

describe('our client, found through the tracker, seeds to', () => {
  test.skipIf(!hasAria2)('aria2', async () => {
    await seeds(() => aria2(empty));
  });

  test.skipIf(python === undefined)('libtorrent', async () => {
    await seeds(() => libtorrent(empty));
  });

  async function seeds(leech: () => Promise<unknown>): Promise<void> {
    const torrent = await ours(full);
    await until(() => tracked().complete === 1);
    await leech();
    await until(() => isThere(empty));
    expect(torrent.status.sentBytes).toBeGreaterThanOrEqual(TOTAL_LENGTH);
    expect(torrent.status.receivedBytes).toBe(0);
    // It says so when it has everything, and is counted.
    await until(() => tracked().complete === 2);
  }
});

// Transmission dials no loopback address, whoever names it, and neither does a seed of ours dial anybody: so a leech of
// ours dials it, and is the only one that transmission can have anything from.
describe.skipIf(!hasTransmission)('our client passes on to transmission', () => {
  test('what it is downloading itself', async () => {
    const theirs = join(folder, 'theirs');
    await mkdir(theirs);
    const port = await transmission(theirs);
    const seed = await ours(full);
    const leech = await ours(empty, [port]);
    await leech.done;
    // It makes no files that have no bytes.
    const solid = FILES.filter(([, content]) => content.length > 0);
    await until(() => isThere(theirs, solid));
    expect(await isThere(empty)).toBe(true);
    expect(leech.status.sentBytes).toBeGreaterThanOrEqual(TOTAL_LENGTH);
    expect(seed.status.sentBytes).toBeGreaterThanOrEqual(TOTAL_LENGTH);
  });
});

test.skipIf(!hasAria2 || python === undefined)(
  'a swarm of ours, aria2 and libtorrent gets it all from one seed',
  async () => {
    const folders = ['ours', 'aria2', 'libtorrent'].map((name) => join(folder, name));
    for (const leech of folders) await mkdir(leech);
    const seed = await ours(full);
    await until(() => tracked().complete === 1);
    await Promise.all([ours(folders[0]!), aria2(folders[1]!), libtorrent(folders[2]!)]);
    for (const leech of folders) await until(() => isThere(leech));
    await until(() => tracked().complete === 4);
    expect(seed.status.receivedBytes).toBe(0);
  },
);

test.skipIf(!hasAria2)('killed in the middle, our command goes on from what was verified', async () => {
  const port = await aria2(full, ['--max-upload-limit=1500K']);
  await until(() => tracked().complete === 1);
  const first = unchoke(port);
  let haveCount = 0;
  for await (const line of first.lines) {
    haveCount = Number(line['haveCount'] ?? haveCount);
    if (haveCount > metainfo.pieceCount / 4) first.program.kill('SIGKILL');
  }
  expect(first.program.signalCode).toBe('SIGKILL');
  expect(haveCount).toBeLessThan(metainfo.pieceCount);

  let summary: Record<string, unknown> = {};
  for await (const line of unchoke(port).lines) summary = line;
  expect(summary).toMatchObject({ type: 'summary', isComplete: true, exitCode: 0 });
  expect(await isThere(empty)).toBe(true);
  // The last piece, which is shorter, may have been among them.
  const kept = haveCount * PIECE_LENGTH - (PIECE_LENGTH - (TOTAL_LENGTH % PIECE_LENGTH));
  const wanted = TOTAL_LENGTH - kept + Number(summary['wastedBytes']);
  expect(summary['receivedBytes']).toBeLessThanOrEqual(wanted);
  expect(summary['receivedBytes']).toBeGreaterThan(0);
});

/** A client of ours; it has all that is in the folder. */
async function ours(path: string, ports: readonly number[] = []): Promise<ClientTorrent> {
  const client = new Client({ bind: HOST });
  clients.push(client);
  return client.add(torrentPath, { path, peers: ports.map((port) => ({ host: HOST, port })) });
}

/** Our command, as a process of its own that can be killed. */
function unchoke(port: number): { program: ChildProcess; lines: AsyncIterable<Record<string, unknown>> } {
  const args = ['download', torrentPath, '--out', empty, '--state-dir', join(folder, 'state'), '--json'];
  const peer = ['--bind', HOST, '--no-trackers', '--peer', `${HOST}:${port}`];
  const node = ['--conditions=@unchoke/source', '--import', 'tsx', CLI];
  const program = spawn(process.execPath, [...node, ...args, ...peer], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  programs.push(program);
  async function* lines(): AsyncGenerator<Record<string, unknown>> {
    for await (const line of createInterface({ input: program.stdout })) yield JSON.parse(line);
    if (program.exitCode === null && program.signalCode === null) await once(program, 'exit');
  }
  return { program, lines: lines() };
}

async function transmission(path: string): Promise<number> {
  const port = await freePort();
  const home = await mkdtemp(join(folder, 'transmission-'));
  const settings = {
    ...{ 'dht-enabled': false, 'lpd-enabled': false, 'utp-enabled': false, 'port-forwarding-enabled': false },
    ...{ 'rpc-enabled': false, 'peer-port': port, 'bind-address-ipv4': HOST, 'download-dir': path },
    ...{ 'watch-dir-enabled': true, 'watch-dir': join(home, 'watch'), 'trash-original-torrent-files': false },
  };
  await mkdir(join(home, 'watch'));
  await writeFile(join(home, 'settings.json'), JSON.stringify(settings));
  await writeFile(join(home, 'watch', 'wanted.torrent'), await readFile(torrentPath));
  const before = tracker.requests.length;
  start('transmission-daemon', ['--foreground', '--config-dir', home]);
  // It announces when it has looked at its files, and refuses whoever dials it before that.
  await until(() => tracker.requests.slice(before).some(({ request }) => request.peerId?.startsWith('-TR') === true));
  return port;
}

async function aria2(path: string, more: readonly string[] = []): Promise<number> {
  const port = await freePort();
  const quiet = ['--no-conf', '--quiet', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false'];
  const seeding = ['--seed-ratio=0', '--check-integrity=true', '--file-allocation=none', ...more];
  start('aria2c', [...quiet, ...seeding, `--listen-port=${port}`, `--dir=${path}`, torrentPath]);
  return port;
}

async function libtorrent(path: string): Promise<void> {
  const script = join(folder, 'peer.py');
  await writeFile(script, LIBTORRENT);
  start(python!, [script, torrentPath, path]);
}

/** Everybody that the tracker knows. */
function tracked(): { readonly complete: number; readonly incomplete: number } {
  const infoHash = Buffer.from(metainfo.infoHash ?? []).toString('hex');
  return tracker.swarm(infoHash) ?? { complete: 0, incomplete: 0 };
}

/** Whether every file is there under its last name with every byte right. */
async function isThere(path: string, files: typeof FILES = FILES): Promise<boolean> {
  for (const [name, content] of files) {
    const bytes = await readFile(join(path, NAME, name)).catch(() => undefined);
    if (bytes === undefined || Buffer.compare(bytes, content) !== 0) return false;
  }
  return true;
}

/** Looks again until it is so; the test's own time is the bound. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 100));
}

function start(program: string, args: readonly string[]): void {
  programs.push(spawn(program, args, { stdio: 'ignore' }));
}

async function stopped(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  await new Promise((resolve) => {
    program.once('exit', resolve);
    program.kill('SIGKILL');
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Bytes without a pattern, the same for the same seed. */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

const LIBTORRENT = `
import sys, time
import libtorrent as lt
source, folder = sys.argv[1], sys.argv[2]
session = lt.session({
    'listen_interfaces': '127.0.0.1:0', 'enable_dht': False, 'enable_lsd': False,
    'enable_upnp': False, 'enable_natpmp': False, 'enable_incoming_utp': False, 'enable_outgoing_utp': False,
    'allow_multiple_connections_per_ip': True,
})
session.add_torrent({'ti': lt.torrent_info(source), 'save_path': folder})
while True:
    time.sleep(1)
`;
