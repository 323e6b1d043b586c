import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { Client } from '@unchoke/client/node';
import { randomTorrent } from '@unchoke/mock-peer';
import { type MockTracker, startMockTracker } from '@unchoke/mock-tracker';
import { type LeftOver, leftOver, whatIsOpen } from './left-over.js';
import { PIECE_LENGTH, scratchFolder, seedOne } from './seeding.js';

export interface Close {
  readonly torrents: number;
  /** Connections when it was closed. */
  readonly peers: number;
  readonly closeMs: number;
  /** Torrents of which a tracker heard `stopped`. It answers every fourth of them. */
  readonly stoppedHeard: number;
  readonly secondCloseMs: number;
  /** What is there afterwards and was not before. */
  readonly left: LeftOver;
}

const TORRENT_BYTES = 65_536;

/** T16: closes a client with so many torrents and peers; trackers that knew every torrent say nothing any more. */
export async function closeCrowded(torrents: number, peersEach: number): Promise<Close> {
  const before = whatIsOpen();
  const folder = scratchFolder();
  const tracker = await startMockTracker();
  const client = new Client({ bind: '127.0.0.1', peersMax: torrents * peersEach });
  const sockets: Socket[] = [];
  try {
    const infoHashes: Uint8Array[] = [];
    for (let index = 0; index < torrents; index++) {
      const url = index % 2 === 0 ? tracker.announceUrl : tracker.udpUrl;
      infoHashes.push(await seedOne(client, join(folder, 'seed'), `${TORRENT_BYTES}:${index}`, [[url]]));
    }
    const port = await client.listen();
    for (const infoHash of infoHashes)
      for (let count = 0; count < peersEach; count++) sockets.push(await greet(port, infoHash, sockets.length));
    await until(() => tracker.stats().swarmCount === torrents);
    fallSilent(tracker, infoHashes);
    const peers = client.torrents.reduce((sum, { status }) => sum + status.peers.length, 0);
    const closeMs = await timed(() => client.close());
    const secondCloseMs = await timed(() => client.close());
    const stoppedHeard = tracker.requests.filter(({ request }) => request.event === 'stopped').length;
    await tracker.close();
    return { torrents, peers, closeMs, stoppedHeard, secondCloseMs, left: await leftOver(before) };
  } finally {
    for (const socket of sockets) socket.destroy();
    await Promise.all([client.close(), tracker.close()]);
    rmSync(folder, { recursive: true });
  }
}

/** What a client may be at when it is closed; each brings it there, and answers the client. */
export const MOMENTS: { readonly [name: string]: (folder: string, client: Client) => Promise<Client | undefined> } = {
  /** It adds one whose files it reads, and rechecks another. */
  check: async (folder, client) => {
    await seedOne(client, folder, '32MiB:16');
    const { torrentFile } = randomTorrent('32MiB:16', { pieceLength: 16_384 });
    void client.add(torrentFile, { path: folder, trackers: [] }).catch(() => undefined);
    void client.torrents[0]!.recheck().catch(() => undefined);
    return undefined;
  },
  /** Blocks come in as fast as it takes them. */
  write: async (folder, client) => {
    const seed = new Client({ bind: '127.0.0.1' });
    await seedOne(seed, folder, '32MiB:17');
    const { torrentFile } = randomTorrent('32MiB:17', { pieceLength: PIECE_LENGTH });
    const peers = [{ host: '127.0.0.1', port: await seed.listen() }];
    const torrent = await client.add(torrentFile, { path: join(folder, 'out'), trackers: [], peers });
    await new Promise<void>((resolve) => {
      torrent.onNotice(({ type }) => type === 'piece-completed' && resolve());
    });
    return seed;
  },
  /** It dials, and a tracker is asked for the first time. */
  connect: async (folder, client) => {
    const silent = new Client({ bind: '127.0.0.1' });
    const port = await silent.listen();
    const { torrentFile } = randomTorrent('1MiB:18', { pieceLength: PIECE_LENGTH });
    const trackers = [[`http://127.0.0.1:${port}/announce`], [`udp://127.0.0.1:${port}`]];
    await client.add(torrentFile, { path: folder, trackers, peers: [{ host: '127.0.0.1', port }] });
    return silent;
  },
};

/** Closes a client in such a moment. */
export async function closeDuring(moment: string): Promise<LeftOver> {
  const before = whatIsOpen();
  const folder = scratchFolder();
  try {
    const client = new Client({ bind: '127.0.0.1' });
    const other = await MOMENTS[moment]!(folder, client);
    await client.close();
    await Promise.all([client.close(), other?.close()]);
    return await leftOver(before);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whoever says `stopped` gets an answer for every fourth torrent only. */
function fallSilent(tracker: MockTracker, infoHashes: readonly Uint8Array[]): void {
  const silent = infoHashes.filter((_, index) => index % 4 !== 0).map((hash) => Buffer.from(hash).toString('hex'));
  if (silent.length === 0) return;
  tracker.setScenario({
    rules: [
      {
        when: { request: 'announce', event: 'stopped', infoHash: silent },
        do: { http: { silence: true }, udp: { drop: 'reply' } },
      },
    ],
  });
}

/** A handshake; then it listens. */
function greet(port: number, infoHash: Uint8Array, number: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  const peerId = Buffer.from(`-XX0001-${String(number).padStart(12, '0')}`);
  socket.write(Buffer.concat([Buffer.from('\x13BitTorrent protocol'), Buffer.alloc(8), infoHash, peerId]));
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error('closed before its handshake')));
    socket.once('data', () => resolve(socket.resume()));
  });
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await after(20);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return Math.round(performance.now() - startMs);
}
