import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClientTorrent } from '@unchoke/client/node';
import { formatMagnet, type Metainfo } from '@unchoke/metainfo';
import { createTorrent } from '@unchoke/metainfo/node';
import { bundledBehaviour, type MockPeer, startMockPeer } from '@unchoke/mock-peer';
import { type MockTracker, startMockTracker } from '@unchoke/mock-tracker';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { has, libtorrentPython } from '../src/programs.js';

// Magnet links and peer exchange with other programs. The torrent has a thousand pieces, so that its metadata has two parts.

const HOST = '127.0.0.1';
const NAME = 'data.bin';
const CONTENT = noise(1000 * 16_384 - 77);

const python = libtorrentPython();
const hasAria2 = has('aria2c');
const hasTransmission = has('transmission-daemon');

let folder = '';
let full = '';
let empty = '';
let torrent: Uint8Array;
let metainfo: Metainfo;
let tracker: MockTracker;
let link = '';
let clients: Client[] = [];
let mocks: MockPeer[] = [];
let programs: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unchoke-magnet-'));
  [full, empty] = [join(folder, 'full'), join(folder, 'empty')];
  await mkdir(full);
  await mkdir(empty);
  await writeFile(join(full, NAME), CONTENT);
  tracker = await startMockTracker({ intervalS: 2, peerLifeMs: 600_000 });
  const trackers = [tracker.announceUrl];
  const made = await createTorrent(join(full, NAME), { pieceLength: 16_384, trackerTiers: [trackers] });
  torrent = made.bytes;
  metainfo = made.metainfo;
  link = formatMagnet({ infoHash: metainfo.infoHash!, trackers });
});

afterEach(async () => {
  await Promise.all([...clients.map((client) => client.close()), ...mocks.map((mock) => mock.close())]);
  await Promise.all(programs.map(stopped));
  clients = [];
  mocks = [];
  programs = [];
  await tracker.close();
  await rm(folder, { recursive: true, force: true });
});

describe('our client starts from a magnet link with', () => {
  test.skipIf(!hasTransmission)('transmission', async () => {
    const port = await transmission(full, 'torrent');
    await starts(formatMagnet({ infoHash: metainfo.infoHash!, peers: [{ host: HOST, port }] }));
  });

  test.skipIf(!hasAria2)('aria2', async () => {
    await aria2(full, 'torrent');
    await until(() => tracked().complete === 1);
    await starts(link);
  });

  test.skipIf(python === undefined)('libtorrent', async () => {
    await libtorrent(full, 'torrent');
    await until(() => tracked().complete === 1);
    await starts(link);
  });

  async function starts(magnet: string): Promise<void> {
    const started = await ours(magnet, empty);
    expect(started.metainfo.infoBytes).toEqual(metainfo.infoBytes);
    await started.done;
    await until(() => isThere(empty));
  }
});

describe('from a magnet link, with ours as the seed,', () => {
  // Without metadata it announces that nothing is left, and a tracker that knows seeds from leeches names no seeds to it.
  test.skipIf(!hasAria2)('aria2 starts', async () => {
    const { port } = await oursWithPort(torrent, full);
    link = formatMagnet({ infoHash: metainfo.infoHash!, trackers: [await trackerNaming(port)] });
    await aria2(empty, 'magnet');
    await until(() => isThere(empty));
  });

  test.skipIf(python === undefined)('libtorrent starts', async () => {
    await starts(() => libtorrent(empty, 'magnet'));
  });

  async function starts(leech: () => Promise<unknown>): Promise<void> {
    await ours(torrent, full);
    await until(() => tracked().complete === 1);
    await leech();
    await until(() => isThere(empty));
  }

  // It dials no loopback address.
  test.skipIf(!has('transmission-cli'))('transmission starts, when ours dials it', async () => {
    const theirs = join(folder, 'theirs');
    await mkdir(theirs);
    const port = await transmission(theirs, 'magnet');
    const seed = await ours(torrent, full, [port]);
    await until(() => seed.status.sentBytes >= CONTENT.length);
  });
});

describe.skipIf(python === undefined)('peer exchange', () => {
  test('ours hears of somebody from libtorrent', async () => {
    const port = await libtorrent(empty, 'torrent', ['untracked']);
    const one = await oursWithPort(torrent, join(folder, 'one'), [port]);
    const other = await oursWithPort(torrent, join(folder, 'other'), [port]);
    const knows = (from: typeof one, to: typeof other) =>
      from.torrent.status.peers.some(({ peerId }) => Buffer.compare(peerId, to.client.peerId) === 0);
    await until(() => knows(one, other) && knows(other, one));
  });

  test('libtorrent hears of somebody from ours', async () => {
    const port = await libtorrent(empty, 'torrent', ['untracked']);
    const behaviour = bundledBehaviour('never-unchoke');
    const mock = await startMockPeer({
      torrent: torrent,
      have: 'all',
      content: {
        length: CONTENT.length,
        read: (begin: number, length: number) => CONTENT.subarray(begin, begin + length),
      },
      behaviour,
    });
    mocks.push(mock);
    await ours(torrent, join(folder, 'one'), [mock.port]);
    await until(() => mock.connectionCount === 1);
    await ours(torrent, join(folder, 'two'), [port, mock.port]);
    // Ours twice, and libtorrent, whom nobody but ours has told.
    await until(() => mock.connectionCount === 3);
  });
});

async function ours(source: string | Uint8Array, path: string, ports: readonly number[] = []): Promise<ClientTorrent> {
  return (await oursWithPort(source, path, ports)).torrent;
}

async function oursWithPort(source: string | Uint8Array, path: string, ports: readonly number[] = []) {
  const client = new Client({ bind: HOST });
  clients.push(client);
  const port = await client.listen();
  const isTracked = typeof source === 'string' || !ports.length;
  const options = {
    path,
    peers: ports.map((number) => ({ host: HOST, port: number })),
    ...(isTracked ? {} : { trackers: [] }),
  };
  return { client, port, torrent: await client.add(source, options) };
}

async function transmission(path: string, start: 'torrent' | 'magnet'): Promise<number> {
  const port = await freePort();
  const home = await mkdtemp(join(folder, 'transmission-'));
  const settings = {
    ...{ 'dht-enabled': false, 'lpd-enabled': false, 'utp-enabled': false, 'port-forwarding-enabled': false },
    ...{ 'rpc-enabled': false, 'peer-port': port, 'bind-address-ipv4': HOST, 'download-dir': path },
    ...{ 'watch-dir-enabled': true, 'watch-dir': join(home, 'watch'), 'trash-original-torrent-files': false },
  };
  await mkdir(join(home, 'watch'));
  await writeFile(join(home, 'settings.json'), JSON.stringify(settings));
  const before = tracker.requests.length;
  // The daemon of version 3 ignores links in the folder that it watches.
  if (start === 'magnet')
    run('transmission-cli', ['--config-dir', home, '--port', `${port}`, '--download-dir', path, link]);
  else {
    await writeFile(join(home, 'watch', 'wanted.torrent'), torrent);
    run('transmission-daemon', ['--foreground', '--config-dir', home]);
  }
  // It announces when it has looked at its files, and refuses whoever dials it before that.
  await until(() => tracker.requests.slice(before).some(({ request }) => request.peerId?.startsWith('-TR') === true));
  return port;
}

async function aria2(path: string, start: 'torrent' | 'magnet'): Promise<number> {
  const port = await freePort();
  await writeFile(join(folder, 'wanted.torrent'), torrent);
  const quiet = ['--no-conf', '--quiet', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false'];
  const seeding = ['--seed-ratio=0', '--check-integrity=true', '--file-allocation=none'];
  const source = start === 'torrent' ? join(folder, 'wanted.torrent') : link;
  run('aria2c', [...quiet, ...seeding, `--listen-port=${port}`, `--dir=${path}`, source]);
  return port;
}

async function libtorrent(path: string, start: 'torrent' | 'magnet', more: readonly string[] = []): Promise<number> {
  const port = await freePort();
  const script = join(folder, 'peer.py');
  await writeFile(script, LIBTORRENT);
  await writeFile(join(folder, 'wanted.torrent'), torrent);
  run(python!, [script, start === 'torrent' ? join(folder, 'wanted.torrent') : link, path, `${port}`, ...more]);
  return port;
}

/** A tracker that names one peer to everybody. */
async function trackerNaming(port: number): Promise<string> {
  const peer = Buffer.from([127, 0, 0, 1, port >> 8, port & 255]);
  const reply = Buffer.concat([Buffer.from('d8:intervali60e5:peers6:'), peer, Buffer.from('e')]);
  const server = createHttpServer((_request, response) => void response.end(reply));
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://${HOST}:${(server.address() as { readonly port: number }).port}/announce`;
}

function tracked(): { readonly complete: number; readonly incomplete: number } {
  const infoHash = Buffer.from(metainfo.infoHash ?? []).toString('hex');
  return tracker.swarm(infoHash) ?? { complete: 0, incomplete: 0 };
}

async function isThere(path: string): Promise<boolean> {
  const bytes = await readFile(join(path, NAME)).catch(() => undefined);
  return bytes !== undefined && Buffer.compare(bytes, CONTENT) === 0;
}

/** Looks again until it is so; the test's own time is the bound. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 100));
}

function run(program: string, args: readonly string[]): void {
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

/** Bytes without a pattern, always the same. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

const LIBTORRENT = `
import sys, time
import libtorrent as lt
source, folder, port = sys.argv[1:4]
session = lt.session({
    'listen_interfaces': '127.0.0.1:' + port, 'enable_dht': False, 'enable_lsd': False,
    'enable_upnp': False, 'enable_natpmp': False, 'enable_incoming_utp': False, 'enable_outgoing_utp': False,
    'allow_multiple_connections_per_ip': True,
})
wanted = lt.parse_magnet_uri(source) if source.startswith('magnet:') else lt.add_torrent_params()
if not source.startswith('magnet:'):
    wanted.ti = lt.torrent_info(source)
wanted.save_path = folder
torrent = session.add_torrent(wanted)
if 'untracked' in sys.argv:
    torrent.replace_trackers([])
while True:
    time.sleep(1)
`;
