import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { ClientError } from '@unchoke/client';
import { Client, type ClientOptions, type ClientTorrent } from '@unchoke/client/node';
import { buildMetainfo, parseMetainfo } from '@unchoke/metainfo';
import { createTorrent, hashes } from '@unchoke/metainfo/node';
import { expect, onTestFinished, test } from 'vitest';
import { noise, scratchFolder } from './scratch.js';

const LOOPBACK = { bind: '127.0.0.1' } as const;

interface Scene {
  readonly folder: string;
  readonly torrent: Uint8Array;
  readonly content: Buffer;
  readonly out: string;
}

/** A folder with a file of noise, and a torrent of it. */
async function scene(trackerTiers: readonly (readonly string[])[] = []): Promise<Scene> {
  const folder = scratchFolder();
  const content = noise(1_000_000, 5);
  mkdirSync(join(folder, 'seed'));
  writeFileSync(join(folder, 'seed', 'data.bin'), content);
  const { bytes } = await createTorrent(join(folder, 'seed', 'data.bin'), {
    pieceLength: 32_768,
    threadCount: 0,
    trackerTiers,
  });
  return { folder, torrent: bytes, content, out: join(folder, 'out') };
}

function newClient(options: ClientOptions = {}): Client {
  const client = new Client({ ...LOOPBACK, ...options });
  onTestFinished(() => client.close());
  return client;
}

async function seeded({ folder, torrent }: Scene): Promise<{ readonly seed: ClientTorrent; readonly port: number }> {
  const client = newClient();
  const seed = await client.add(torrent, { path: join(folder, 'seed') });
  return { seed, port: await client.listen() };
}

test('downloads from another client, byte for byte', async () => {
  const set = await scene();
  const { seed, port } = await seeded(set);
  const leech = await newClient().add(set.torrent, { path: set.out, peers: [{ host: '127.0.0.1', port }] });
  await leech.done;
  expect(readFileSync(join(set.out, 'data.bin')).equals(set.content)).toBe(true);
  expect(leech.status).toMatchObject({
    state: 'seeding',
    haveCount: 31,
    pieceCount: 31,
    receivedBytes: 1_000_000,
    wastedBytes: 0,
  });
  expect(seed.status.sentBytes).toBe(1_000_000);
});

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

test.skipIf(!hasIPv6)('does so over IPv6, from the path of a torrent and from what was parsed from it', async () => {
  const set = await scene();
  const path = join(set.folder, 'data.torrent');
  writeFileSync(path, set.torrent);
  const [seeding, leeching] = [newClient({ bind: '::1' }), newClient({ bind: '::1' })];
  await seeding.add(path, { path: join(set.folder, 'seed') });
  const peers = [{ host: '::1', port: await seeding.listen() }];
  const leech = await leeching.add(parseMetainfo(set.torrent, hashes), { path: set.out, peers });
  await leech.done;
  expect(readFileSync(join(set.out, 'data.bin')).equals(set.content)).toBe(true);
});

test('finds its peers through a tracker', async () => {
  const announced: string[] = [];
  let seedPort = 0;
  const tracker = createServer((request, response) => {
    announced.push(new URL(request.url ?? '', 'http://tracker').searchParams.get('event') ?? 'regular');
    const peer = Buffer.from([127, 0, 0, 1, seedPort >> 8, seedPort & 255]);
    response.end(Buffer.concat([Buffer.from('d8:intervali60e5:peers6:'), peer, Buffer.from('e')]));
  });
  await new Promise<void>((resolve) => tracker.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void tracker.close());
  const address = tracker.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const set = await scene([[`http://127.0.0.1:${port}/announce`]]);
  seedPort = (await seeded(set)).port;
  const client = newClient();
  const leech = await client.add(set.torrent, { path: set.out });
  await leech.done;
  await client.close();
  expect(readFileSync(join(set.out, 'data.bin')).equals(set.content)).toBe(true);
  expect(announced).toContain('completed');
  expect(announced.filter((event) => event === 'stopped')).toHaveLength(1);
});

test('uses what is there already, and fetches only what is wrong', async () => {
  const set = await scene();
  const { port } = await seeded(set);
  cpSync(join(set.folder, 'seed'), set.out, { recursive: true });
  const damaged = Buffer.from(set.content);
  damaged[40_000]! ^= 1;
  writeFileSync(join(set.out, 'data.bin'), damaged);
  const leech = await newClient().add(set.torrent, { path: set.out, peers: [{ host: '127.0.0.1', port }] });
  await leech.done;
  expect(leech.status.receivedBytes).toBe(32_768);
  expect(readFileSync(join(set.out, 'data.bin')).equals(set.content)).toBe(true);
});

test('remembers what is verified, and looks again at a file that changed', async () => {
  const set = await scene();
  const { port } = await seeded(set);
  const stateFolder = join(set.folder, 'state');
  const peers = [{ host: '127.0.0.1', port }];
  const first = newClient({ stateFolder });
  await (await first.add(set.torrent, { path: set.out, peers })).done;
  await first.close();
  truncateSync(join(set.out, 'data.bin'), 500_000);
  const second = newClient({ stateFolder });
  const again = await second.add(set.torrent, { path: set.out, peers });
  await again.done;
  expect(again.status.receivedBytes).toBeGreaterThanOrEqual(500_000);
  expect(again.status.receivedBytes).toBeLessThan(600_000);
  expect(readFileSync(join(set.out, 'data.bin')).equals(set.content)).toBe(true);
});

test('looking at what is there is told of, and ends with a signal, or with the client', async () => {
  const path = scratchFolder();
  const pieceLength = 1_048_576;
  // Far more than all threads have in hand at once; and a hole in the disk.
  const length = 512 * pieceLength;
  writeFileSync(join(path, 'large'), '');
  truncateSync(join(path, 'large'), length);
  const files = [{ path: ['large'], length }];
  const torrent = buildMetainfo({ name: 'large', pieceLength, files, pieceHashes: new Uint8Array(20 * 512) });
  const breakOff = new AbortController();
  const seen: number[] = [];
  const onChecking = ({ hashedBytes, totalBytes }: { hashedBytes: number; totalBytes: number }): void => {
    seen.push(hashedBytes);
    expect(totalBytes).toBe(length);
    breakOff.abort();
  };
  const client = newClient();
  const options = { path, onChecking, trackers: [] };
  const added = client.add(torrent, { ...options, signal: breakOff.signal });
  await expect(added).rejects.toMatchObject({ code: 'aborted' });
  expect(Math.max(...seen)).toBeLessThan(length);
  let reason: unknown;
  await new Promise<void>((resolve) => {
    const another = client.add(torrent, { path, trackers: [], onChecking: () => resolve() });
    another.catch((error: unknown) => {
      reason = error;
    });
  });
  await client.close();
  expect(reason).toMatchObject({ code: 'closed' });
});

test('several files in folders, empty ones too', async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'seed', 'album', 'disc 1'), { recursive: true });
  const files = { 'a.txt': noise(10, 1), 'empty.txt': Buffer.alloc(0), 'disc 1/song.flac': noise(200_000, 2) };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, 'seed', 'album', name), content);
  const { bytes } = await createTorrent(join(folder, 'seed', 'album'), {
    pieceLength: 16_384,
    threadCount: 0,
    version: 'hybrid',
  });
  const { port } = await seeded({ folder, torrent: bytes, content: Buffer.alloc(0), out: '' });
  const leech = await newClient().add(bytes, { path: join(folder, 'out'), peers: [{ host: '127.0.0.1', port }] });
  await leech.done;
  for (const [name, content] of Object.entries(files)) {
    expect(readFileSync(join(folder, 'out', 'album', name)).equals(content)).toBe(true);
  }
});

test('a torrent of version 2 only', async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'seed'));
  const content = noise(300_000, 9);
  writeFileSync(join(folder, 'seed', 'data.bin'), content);
  const { bytes } = await createTorrent(join(folder, 'seed', 'data.bin'), {
    pieceLength: 32_768,
    threadCount: 0,
    version: 'v2',
  });
  const { port } = await seeded({ folder, torrent: bytes, content, out: '' });
  const leech = await newClient().add(bytes, { path: join(folder, 'out'), peers: [{ host: '127.0.0.1', port }] });
  await leech.done;
  expect(readFileSync(join(folder, 'out', 'data.bin')).equals(content)).toBe(true);
});

test('several files of version 2 alone, whose last pieces are short', async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'seed', 'album', 'disc 1'), { recursive: true });
  const lengths = { a: 40_000, b: 1, c: 0, 'disc 1/d': 32_768, 'disc 1/e': 100_001 };
  for (const [name, length] of Object.entries(lengths))
    writeFileSync(join(folder, 'seed', 'album', name), noise(length, length));
  const options = { threadCount: 0, version: 'v2', pieceLength: 32_768 } as const;
  const { bytes } = await createTorrent(join(folder, 'seed', 'album'), options);
  const { port } = await seeded({ folder, torrent: bytes, content: Buffer.alloc(0), out: '' });
  const leech = await newClient().add(bytes, { path: join(folder, 'out'), peers: [{ host: '127.0.0.1', port }] });
  await leech.done;
  for (const [name, length] of Object.entries(lengths))
    expect(readFileSync(join(folder, 'out', 'album', name)).equals(noise(length, length))).toBe(true);
  expect(leech.status).toMatchObject({ receivedBytes: 172_770, wastedBytes: 0 });
});

test('a torrent that is paused has no peers, and goes on when it is resumed', async () => {
  const set = await scene();
  const { port } = await seeded(set);
  const leech = await newClient().add(set.torrent, { path: set.out, peers: [{ host: '127.0.0.1', port }] });
  leech.pause();
  expect(leech.status).toMatchObject({ state: 'paused', peers: [] });
  leech.resume();
  leech.setDeadline(30, 0);
  await leech.done;
  leech.pause();
  await leech.remove();
  expect(readFileSync(join(set.out, 'data.bin')).equals(set.content)).toBe(true);
});

test('removing a torrent ends what waits for it, and leaves its files', async () => {
  const set = await scene();
  const client = newClient();
  const torrent = await client.add(set.torrent, { path: join(set.folder, 'seed') });
  await torrent.done;
  const unfinished = await newClient().add(set.torrent, { path: set.out });
  await unfinished.remove();
  await expect(unfinished.done).rejects.toThrow('removed before it was complete');
  await torrent.remove();
  expect(client.torrents).toEqual([]);
  expect(existsSync(join(set.folder, 'seed', 'data.bin'))).toBe(true);
});

test('a limit holds a download back, and taking it away lets it go', async () => {
  const set = await scene();
  const { port } = await seeded(set);
  const client = newClient({ maxDownloadRate: 20_000 });
  const leech = await client.add(set.torrent, { path: set.out, peers: [{ host: '127.0.0.1', port }] });
  await new Promise<void>((resolve) => leech.onNotice(({ type }) => type === 'piece-completed' && resolve()));
  expect(leech.status.why).toBe('limited by you: 19.5 KiB/s');
  leech.setLimits({ maxDownloadRate: 10_000 });
  expect(leech.status.why).toBe('limited by you: 9.8 KiB/s');
  client.setLimits({});
  leech.setLimits({});
  await leech.done;
  expect(readFileSync(join(set.out, 'data.bin')).equals(set.content)).toBe(true);
});

test('misuse is told', async () => {
  const set = await scene();
  const client = newClient();
  expect(() => client.setLimits({ maxUploadRate: 0 })).toThrow('maxUploadRate 0: expected bytes a second, above 0');
  await client.add(set.torrent, { path: set.out });
  await expect(client.add(set.torrent, { path: set.out })).rejects.toSatisfy(
    (error) => ClientError.isInstance(error) && error.code === 'already-added',
  );
  await client.close();
  await client.close();
  await expect(client.add(set.torrent, { path: set.out })).rejects.toSatisfy(
    (error) => ClientError.isInstance(error) && error.code === 'closed',
  );
});

test('who comes while it closes does not keep it open', async () => {
  const set = await scene();
  const client = newClient();
  const torrent = await client.add(set.torrent, { path: join(set.folder, 'seed') });
  const port = await client.listen();
  const late = connect({ host: '127.0.0.1', port });
  onTestFinished(() => void late.destroy());
  await once(late, 'connect');
  late.on('error', () => undefined);
  const gone = new Promise((resolve) => late.once('close', resolve));
  const closed = client.close();
  // The handshake is read after the torrent has let go of its peers, and before nobody listens any more.
  late.write(
    Buffer.concat([
      Buffer.from('\x13BitTorrent protocol\0\0\0\0\0\0\0\0', 'latin1'),
      torrent.metainfo.infoHash!,
      Buffer.alloc(20, 'x'),
    ]),
  );
  late.resume();
  await Promise.all([gone, closed]);
});

test('after close no socket and no server is left', async () => {
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
  const before = sockets();
  const set = await scene();
  const seeder = newClient();
  await seeder.add(set.torrent, { path: join(set.folder, 'seed') });
  const leecher = newClient();
  const peers = [{ host: '127.0.0.1', port: await seeder.listen() }];
  await (await leecher.add(set.torrent, { path: set.out, peers })).done;
  await Promise.all([seeder.close(), leecher.close()]);
  // Handles are gone at the end of the turn in which they were closed.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(sockets()).toBeLessThanOrEqual(before);
});
