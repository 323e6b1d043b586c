import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MockPeer, type MockPeerOptions, randomTorrent, startMockPeer } from '@unchoke/mock-peer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { has, libtorrentPython } from '../src/programs.js';

const { torrent, content, torrentFile } = randomTorrent('24MiB:7', { name: 'noise.bin', pieceLength: 65_536 });
const wanted = content.read(0, content.length);

let folder = '';
let peers: MockPeer[] = [];
let programs: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unchoke-mock-peer-'));
  await writeFile(join(folder, 'noise.torrent'), torrentFile);
});

afterEach(async () => {
  for (const peer of peers) await peer.close();
  await Promise.all(programs.map(stopped));
  peers = [];
  programs = [];
  await rm(folder, { recursive: true, force: true });
});

describe('a well-behaved mock seed is downloaded from completely', () => {
  test.skipIf(!has('transmission-daemon'))('by transmission, which it dials', async () => {
    // It decides on interest every ten seconds, so this takes longer than the others.
    const port = await transmission();
    const peer = await seed({ peers: [{ host: '127.0.0.1', port }] });
    await downloaded(peer);
  });

  test.skipIf(!has('aria2c'))('by aria2, which it dials', async () => {
    const port = await aria2();
    const peer = await seed({ peers: [{ host: '127.0.0.1', port }] });
    await downloaded(peer);
  });

  const python = libtorrentPython();
  test.skipIf(python === undefined)('by libtorrent, which dials it', async () => {
    const peer = await seed({});
    await writeFile(join(folder, 'leech.py'), LIBTORRENT_LEECH);
    start(python as string, [join(folder, 'leech.py'), join(folder, 'noise.torrent'), folder, String(peer.port)]);
    await downloaded(peer);
  });

  test.skipIf(python === undefined)('by libtorrent from a magnet link, with the metadata it serves', async () => {
    const peer = await seed({});
    await writeFile(join(folder, 'leech.py'), LIBTORRENT_LEECH);
    const magnet = `magnet:?xt=urn:btih:${Buffer.from(torrent.infoHash).toString('hex')}`;
    start(python as string, [join(folder, 'leech.py'), magnet, folder, String(peer.port)]);
    await downloaded(peer);
  });
});

describe('a mock leech downloads completely', () => {
  test.skipIf(!has('transmission-daemon'))('from transmission', async () => {
    const port = await transmission();
    await leeched(port);
  });

  test.skipIf(!has('aria2c'))('from aria2', async () => {
    const port = await aria2();
    await leeched(port);
  });

  const python = libtorrentPython();
  test.skipIf(python === undefined)('from libtorrent', async () => {
    const port = await freePort();
    await writeFile(join(folder, 'seed.py'), LIBTORRENT_SEED);
    start(python as string, [join(folder, 'seed.py'), join(folder, 'noise.torrent'), folder, String(port)]);
    await leeched(port);
  });

  beforeEach(() => writeFile(join(folder, 'noise.bin'), wanted));
});

test.skipIf(!has('tshark'))('its pcap is read by the BitTorrent dissector of Wireshark', async () => {
  const small = randomTorrent('100KiB:7', { pieceLength: 32_768 });
  const pcap = join(folder, 'wire.pcap');
  const peer = await startMockPeer({ ...small, pcap });
  const leech = await startMockPeer({ torrent: small.torrent, role: 'leech', peers: [peer] });
  expect(await leech.completed).toBe(true);
  await leech.close();
  await peer.close();
  const read = (filter: string): readonly string[] => {
    const run = spawnSync('tshark', ['-r', pcap, '-o', 'tcp.check_checksum:TRUE', '-Y', filter], { encoding: 'utf8' });
    expect(run.status).toBe(0);
    return run.stdout.split('\n').filter((line) => line !== '');
  };
  expect(read('bittorrent.msg.type == 7').length).toBeGreaterThanOrEqual(7);
  expect(read('bittorrent').join('\n')).toMatch(/Handshake[\s\S]*Have All[\s\S]*Interested[\s\S]*Unchoke[\s\S]*Piece/);
  expect(read('_ws.malformed')).toEqual([]);
  expect(read('tcp.checksum.status == 0 or ip.checksum.status == 0 or tcp.analysis.lost_segment')).toEqual([]);
});

/** Starts it on the folder; what is there already it verifies and seeds. */
async function transmission(): Promise<number> {
  const port = await freePort();
  await mkdir(join(folder, 'watch'));
  const settings = {
    ...{ 'dht-enabled': false, 'lpd-enabled': false, 'utp-enabled': false, 'port-forwarding-enabled': false },
    ...{ 'rpc-enabled': false, 'peer-port': port, 'bind-address-ipv4': '127.0.0.1', 'download-dir': folder },
    ...{ 'watch-dir-enabled': true, 'watch-dir': join(folder, 'watch'), 'rename-partial-files': true },
  };
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
  await writeFile(join(folder, 'watch', 'noise.torrent'), torrentFile);
  start('transmission-daemon', ['--foreground', '--config-dir', folder]);
  return port;
}

async function aria2(): Promise<number> {
  const port = await freePort();
  const switches = [
    '--enable-dht=false',
    '--bt-enable-lpd=false',
    '--seed-ratio=0',
    '--check-integrity=true',
    '--no-conf',
    '--quiet',
  ];
  start('aria2c', [...switches, `--listen-port=${port}`, `--dir=${folder}`, join(folder, 'noise.torrent')]);
  return port;
}

/** The leech verifies every piece itself. */
async function leeched(port: number): Promise<void> {
  const behaviour = { dial: { redialAfterMs: 200 }, rules: [] };
  const peer = await startMockPeer({ torrent, role: 'leech', behaviour, peers: [{ host: '127.0.0.1', port }] });
  peers.push(peer);
  expect(await peer.completed).toBe(true);
  expect(peer.heldCount).toBe(torrent.pieceCount);
}

/** A perfect peer; it dials until somebody listens. */
async function seed(options: Partial<MockPeerOptions>): Promise<MockPeer> {
  const peer = await startMockPeer({
    ...{ torrent, content, behaviour: { dial: { redialAfterMs: 200 }, rules: [] } },
    ...options,
  });
  peers.push(peer);
  return peer;
}

/** The file is there under its last name, and every byte of it is right. */
async function downloaded(peer: MockPeer): Promise<void> {
  const path = join(folder, 'noise.bin');
  let bytes: Buffer | undefined;
  while (bytes === undefined || Buffer.compare(bytes, wanted) !== 0) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const length = await stat(path)
      .then((found) => found.size)
      .catch(() => 0);
    if (length === content.length) bytes = await readFile(path);
  }
  expect(peer.uploadedLength).toBeGreaterThanOrEqual(content.length);
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const LIBTORRENT_LEECH = `
import sys, time
import libtorrent as lt
source, folder, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
session = lt.session({
    'listen_interfaces': '127.0.0.1:0', 'enable_dht': False, 'enable_lsd': False,
    'enable_upnp': False, 'enable_natpmp': False, 'enable_incoming_utp': False, 'enable_outgoing_utp': False,
})
if source.startswith('magnet:'):
    params = lt.parse_magnet_uri(source)
else:
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(source)
params.save_path = folder
handle = session.add_torrent(params)
handle.connect_peer(('127.0.0.1', port))
while not handle.status().is_seeding:
    time.sleep(0.1)
time.sleep(60)
`;

const LIBTORRENT_SEED = `
import sys, time
import libtorrent as lt
source, folder, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
session = lt.session({
    'listen_interfaces': '127.0.0.1:%d' % port, 'enable_dht': False, 'enable_lsd': False,
    'enable_upnp': False, 'enable_natpmp': False, 'enable_incoming_utp': False, 'enable_outgoing_utp': False,
})
params = lt.add_torrent_params()
params.ti = lt.torrent_info(source)
params.save_path = folder
session.add_torrent(params)
time.sleep(100)
`;
