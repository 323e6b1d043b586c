import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from '@unchoke/bencode';
import { type Exchange, type MockTracker, startMockTracker } from '@unchoke/mock-tracker';
import { announce } from '@unchoke/tracker/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { has, libtorrentPython } from '../src/programs.js';

/**
 * A client that is given a torrent announces to the mock tracker; the only other peer in the swarm is a socket of ours.
 * That a client dials it, and greets it with the right info-hash, proves that it was given the right peers.
 */

const infoBytes = encode({ length: 65_536, name: 'wanted', 'piece length': 65_536, pieces: randomBytes(20) });
const infoHash = createHash('sha1').update(infoBytes).digest();

let folder = '';
let tracker: MockTracker;
let peer: WaitingPeer;
let program: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unchoke-mock-tracker-'));
  tracker = await startMockTracker();
  peer = await waitingPeer();
  const seed = { infoHash, peerId: randomBytes(20), port: peer.port, uploaded: 0, downloaded: 0, left: 0 };
  await announce(tracker.udpUrl, seed);
});

afterEach(async () => {
  if (program !== undefined) await ended(program);
  program = undefined;
  await peer.close();
  await tracker.close();
  await rm(folder, { recursive: true, force: true });
});

describe.each(['http', 'udp'] as const)('over %s, peers come to', (protocol) => {
  test.skipIf(!has('transmission-daemon'))('transmission', async () => {
    await mkdir(join(folder, 'watch'));
    const rpcPort = await freePort();
    const settings = {
      ...{ 'dht-enabled': false, 'lpd-enabled': false, 'utp-enabled': false, 'port-forwarding-enabled': false },
      ...{ 'peer-port': await freePort(), 'bind-address-ipv4': '127.0.0.1', 'download-dir': folder },
      ...{ 'rpc-bind-address': '127.0.0.1', 'rpc-port': rpcPort, 'rpc-authentication-required': false },
      ...{ 'watch-dir-enabled': true, 'watch-dir': join(folder, 'watch') },
    };
    await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
    await writeTorrent(join('watch', 'wanted.torrent'), protocol);
    start('transmission-daemon', ['--foreground', '--config-dir', folder]);
    // It never dials loopback addresses, whoever names them; but it says what it was told.
    expect(await transmissionTracker(rpcPort)).toMatchObject({
      lastAnnounceResult: 'Success',
      lastAnnouncePeerCount: 1,
      seederCount: 1,
      leecherCount: 1,
    });
    // Ended as a whole, it does not always find the time to say goodbye over HTTP.
    await comesAndGoes(protocol, '-TR', () => transmission(rpcPort, 'torrent-stop', {}));
  });

  test.skipIf(!has('aria2c'))('aria2', async () => {
    await writeTorrent('wanted.torrent', protocol);
    // Its UDP trackers come with its DHT only; that one knows no node to talk to.
    const dht = [`--dht-listen-port=${await freePort()}`, `--dht-file-path=${join(folder, 'dht.dat')}`];
    const switches = ['--bt-enable-lpd=false', '--enable-dht6=false', '--no-conf', '--quiet'];
    const ours = [`--enable-dht=${protocol === 'udp'}`, `--listen-port=${await freePort()}`, `--dir=${folder}`];
    start('aria2c', [...switches, ...dht, ...ours, join(folder, 'wanted.torrent')]);
    await dialsThePeer();
    // It says goodbye when interrupted, but not when told to terminate.
    await comesAndGoes(protocol, 'A2-', () => program!.kill('SIGINT'));
  });

  const python = libtorrentPython();
  test.skipIf(python === undefined)('libtorrent', async () => {
    await writeTorrent('wanted.torrent', protocol);
    await writeFile(join(folder, 'leech.py'), LIBTORRENT_LEECH);
    start(python as string, [join(folder, 'leech.py'), join(folder, 'wanted.torrent'), folder]);
    await dialsThePeer();
    await comesAndGoes(protocol, '-LT', () => program!.kill('SIGTERM'));
  });
});

async function dialsThePeer(): Promise<void> {
  expect(await peer.greeting).toEqual(Buffer.concat([Buffer.from('\x13BitTorrent protocol'), infoHash]));
}

/** The client has announced itself properly, and says goodbye when it is stopped. */
async function comesAndGoes(protocol: 'http' | 'udp', clientName: string, goodbye: () => unknown): Promise<void> {
  const [started] = announces(protocol);
  expect(started).toMatchObject({
    rule: null,
    request: { event: 'started', left: 65_536 },
    reply: { type: 'peers', ipv4Peers: 1 },
  });
  expect(started?.request.peerId?.startsWith(clientName)).toBe(true);
  expect(tracker.swarm(infoHash)).toMatchObject({ complete: 1, incomplete: 1 });
  await goodbye();
  await until(() => announces(protocol).at(-1)?.request.event === 'stopped');
  expect(tracker.swarm(infoHash)).toMatchObject({ complete: 1, incomplete: 0 });
}

/** What transmission says about its tracker, as soon as that has answered. */
async function transmissionTracker(port: number): Promise<unknown> {
  for (;;) {
    const { torrents } = await transmission(port, 'torrent-get', { fields: ['trackerStats'] });
    const stats = torrents?.[0]?.trackerStats[0];
    if (stats?.hasAnnounced === true) return stats;
    await pause();
  }
}

interface TransmissionAnswer {
  readonly torrents?: readonly { readonly trackerStats: readonly { readonly hasAnnounced: boolean }[] }[];
}

/** One call of its RPC, from when it listens; the first answer names the session id that all calls need. */
async function transmission(port: number, method: string, args: object): Promise<TransmissionAnswer> {
  const body = JSON.stringify({ method, arguments: args });
  let sessionId = '';
  for (;;) {
    const headers = { 'X-Transmission-Session-Id': sessionId };
    const answer = await fetch(`http://127.0.0.1:${port}/transmission/rpc`, { method: 'POST', headers, body }).catch(
      () => undefined,
    );
    if (answer?.ok === true) return ((await answer.json()) as { arguments: TransmissionAnswer }).arguments;
    sessionId = answer?.headers.get('X-Transmission-Session-Id') ?? '';
    await pause();
  }
}

/** Looks again until it is so; the test's own time is the bound. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause();
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

/** The announces of the client under test: everything but the seed's. */
function announces(protocol: 'http' | 'udp'): readonly Exchange[] {
  return tracker.requests.filter(
    (exchange) => exchange.protocol === protocol && exchange.request.kind === 'announce' && exchange.request.left !== 0,
  );
}

async function writeTorrent(name: string, protocol: 'http' | 'udp'): Promise<void> {
  const url = protocol === 'http' ? tracker.announceUrl : tracker.udpUrl;
  const head = Buffer.from(`d8:announce${url.length}:${url}4:info`);
  await writeFile(join(folder, name), Buffer.concat([head, infoBytes, Buffer.from('e')]));
}

interface WaitingPeer {
  readonly port: number;
  /** Protocol name and info-hash of the first handshake, without the reserved bytes between them. */
  readonly greeting: Promise<Buffer>;
  close(): Promise<void>;
}

function waitingPeer(): Promise<WaitingPeer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer();
  const greeting = new Promise<Buffer>((resolve) => {
    server.on('connection', (socket) => {
      sockets.add(socket);
      let received = Buffer.alloc(0);
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        if (received.length < 48) return;
        // An encrypted attempt comes first from some: hanging up makes them try in the clear.
        if (received[0] === 0x13) resolve(Buffer.concat([received.subarray(0, 20), received.subarray(28, 48)]));
        socket.destroy();
      });
    });
  });
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({ port: (server.address() as { port: number }).port, greeting, close }),
    );
  });
}

function start(name: string, args: readonly string[]): void {
  program = spawn(name, args, { stdio: 'ignore' });
}

async function ended(running: ChildProcess): Promise<void> {
  if (running.exitCode !== null || running.signalCode !== null) return;
  await new Promise((resolve) => {
    running.once('exit', resolve);
    running.kill('SIGKILL');
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
import signal, sys, time
import libtorrent as lt
source, folder = sys.argv[1], sys.argv[2]
session = lt.session({
    'listen_interfaces': '127.0.0.1:0', 'enable_dht': False, 'enable_lsd': False,
    'enable_upnp': False, 'enable_natpmp': False, 'enable_incoming_utp': False, 'enable_outgoing_utp': False,
    'out_enc_policy': 2, 'in_enc_policy': 2,
})
handle = session.add_torrent({'ti': lt.torrent_info(source), 'save_path': folder})
def stop(*_):
    handle.pause()
signal.signal(signal.SIGTERM, stop)
while True:
    time.sleep(0.1)
`;
