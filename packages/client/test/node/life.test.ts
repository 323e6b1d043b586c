import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Client, type ClientOptions, type ClientTorrent } from '@unchoke/client/node';
import { createTorrent } from '@unchoke/metainfo/node';
import { expect, onTestFinished, test } from 'vitest';
import { noise, scratchFolder } from './scratch.js';

const FILES = { 'a.bin': noise(200_000, 1), 'sub/b.bin': noise(300_000, 2) };

function newClient(options: ClientOptions = {}): Client {
  const client = new Client({ bind: '127.0.0.1', ...options });
  onTestFinished(() => client.close());
  return client;
}

/** Two files, somebody who has them, and where they are to go. */
async function scene(trackerTiers: readonly (readonly string[])[] = []) {
  const folder = scratchFolder();
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(join(folder, 'seed', 'set', name, '..'), { recursive: true });
    writeFileSync(join(folder, 'seed', 'set', name), content);
  }
  const options = { pieceLength: 16_384, threadCount: 0, trackerTiers };
  const { bytes: torrent } = await createTorrent(join(folder, 'seed', 'set'), options);
  const seed = newClient();
  await (await seed.add(torrent, { path: join(folder, 'seed'), trackers: [] })).done;
  const peers = [{ host: '127.0.0.1', port: await seed.listen() }];
  return { folder, torrent, peers, out: join(folder, 'out') };
}

const isWhole = (out: string) =>
  Object.entries(FILES).every(([name, content]) => readFileSync(join(out, 'set', name)).equals(content));

function notice(torrent: ClientTorrent, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    const end = torrent.onNotice(({ type }) => {
      if (type !== wanted) return;
      end();
      resolve();
    });
  });
}

test('a recheck finds what was damaged behind its back, and it is fetched again', async () => {
  const { torrent, out, peers } = await scene();
  const leech = await newClient().add(torrent, { path: out, peers });
  await leech.done;
  const damaged = Buffer.from(FILES['a.bin']);
  damaged[100_000]! ^= 1;
  writeFileSync(join(out, 'set', 'a.bin'), damaged);
  const completed = notice(leech, 'torrent-completed');
  const checked = leech.recheck();
  leech.pause();
  leech.resume();
  await checked;
  await completed;
  expect(isWhole(out)).toBe(true);
  expect(leech.status).toMatchObject({ state: 'seeding', receivedBytes: 500_000 + 16_384 });
});

test('while its files are looked at it says so, and a paused one stays paused', async () => {
  const { torrent, folder } = await scene();
  const seed = await newClient().add(torrent, { path: join(folder, 'seed'), paused: true });
  const looks = [seed.recheck(), seed.recheck()];
  await Promise.resolve();
  expect(seed.status.state).toBe('checking');
  await Promise.all(looks);
  expect(seed.status).toMatchObject({ state: 'paused', haveCount: 31 });
});

test('a recheck and a move that are broken off leave the torrent as it was', async () => {
  const { torrent, folder } = await scene();
  const path = join(folder, 'seed');
  const seed = await newClient().add(torrent, { path });
  const breakOff = new AbortController();
  const checked = seed.recheck({ signal: breakOff.signal });
  breakOff.abort();
  await expect(checked).rejects.toMatchObject({ code: 'aborted' });
  const there = join(folder, 'elsewhere');
  await expect(seed.move(there, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  const moved = new AbortController();
  const moving = seed.move(there, { signal: moved.signal });
  const isMoved = moving.then(
    () => true,
    () => false,
  );
  await Promise.resolve();
  moved.abort();
  expect(isWhole((await isMoved) ? there : path)).toBe(true);
  await seed.recheck();
  expect(seed.status).toMatchObject({ state: 'seeding', haveCount: 31 });
});

test('moved in the middle of a download, it goes on in the new place', async () => {
  const { torrent, folder, out, peers } = await scene();
  const stateFolder = join(folder, 'state');
  const client = newClient({ stateFolder });
  const leech = await client.add(torrent, { path: out, peers, maxDownloadRate: 40_000 });
  await notice(leech, 'piece-completed');
  const there = join(folder, 'elsewhere');
  const moved = leech.move(there);
  leech.setLimits({});
  await moved;
  await leech.done;
  expect(isWhole(there)).toBe(true);
  expect(readdirSync(out)).toEqual([]);
  expect(leech.status).toMatchObject({ receivedBytes: 500_000, wastedBytes: 0 });
  await client.close();
  const again = await newClient({ stateFolder }).add(torrent, { path: there });
  await again.done;
  await again.remove({ deleteData: true });
  expect(readdirSync(there)).toEqual([]);
  expect(readdirSync(stateFolder)).toEqual([]);
});

test('a move that fails leaves everything where it was', async () => {
  const { torrent, folder, out, peers } = await scene();
  const leech = await newClient().add(torrent, { path: out, peers });
  await leech.done;
  const there = join(folder, 'elsewhere');
  mkdirSync(join(there, 'set'), { recursive: true });
  writeFileSync(join(there, 'set', 'a.bin'), 'mine');
  await expect(leech.move(there)).rejects.toThrow('a.bin');
  expect(isWhole(out)).toBe(true);
  expect(readFileSync(join(there, 'set', 'a.bin'), 'utf8')).toBe('mine');
  expect(leech.status).toMatchObject({ state: 'seeding', haveCount: 31 });
});

test('removed with its data it takes only what is its own, also in a later run', async () => {
  const { torrent, folder, out, peers } = await scene();
  mkdirSync(join(out, 'set'), { recursive: true });
  const stateFolder = join(folder, 'state');
  const first = newClient({ stateFolder });
  await (await first.add(torrent, { path: out, peers })).done;
  await first.close();
  expect(readdirSync(stateFolder)).not.toEqual([]);
  const second = await newClient({ stateFolder }).add(torrent, { path: out });
  await second.remove({ deleteData: true });
  expect(readdirSync(join(out, 'set'))).toEqual([]);
  expect(readdirSync(stateFolder)).toEqual([]);
  await expect(second.recheck()).rejects.toThrow('was removed');
});

test('added paused it waits for resume', async () => {
  const { torrent, out, peers } = await scene();
  const leech = await newClient().add(torrent, { path: out, peers, paused: true });
  expect(leech.status).toMatchObject({ state: 'paused', peers: [] });
  leech.resume();
  await leech.done;
  expect(isWhole(out)).toBe(true);
});

test('removed while it is checked, it is gone, and the check ends', async () => {
  const { torrent, folder } = await scene();
  const client = newClient();
  const seed = await client.add(torrent, { path: join(folder, 'seed') });
  const checks = Promise.allSettled([seed.recheck(), seed.recheck()]);
  await seed.remove();
  expect((await checks)[1]!.status).toBe('rejected');
  expect(client.torrents).toEqual([]);
  expect(existsSync(join(folder, 'seed', 'set', 'a.bin'))).toBe(true);
});

test('one whose folder is gone does not keep a client from closing', async () => {
  const { torrent, folder, out, peers } = await scene();
  const stateFolder = join(folder, 'state');
  const client = new Client({ bind: '127.0.0.1', stateFolder });
  onTestFinished(() => client.close().catch(() => undefined));
  const port = await client.listen();
  const leech = await client.add(torrent, { path: out, peers, maxDownloadRate: 40_000 });
  await notice(leech, 'piece-completed');
  rmSync(out, { recursive: true });
  rmSync(stateFolder, { recursive: true });
  await expect(client.close()).rejects.toThrow();
  await expect(leech.done).rejects.toThrow('removed');
  // Nobody holds the port any more.
  const next = new Client({ bind: '127.0.0.1', port });
  expect(await next.listen()).toBe(port);
  await next.close();
});

test('paused and removed at once, with a tracker that never answers', async () => {
  const tracker = createServer(() => undefined);
  await new Promise<void>((resolve) => tracker.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    tracker.closeAllConnections();
    tracker.close();
  });
  const address = tracker.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const { torrent, out } = await scene([[`http://127.0.0.1:${port}/announce`]]);
  const leech = await newClient().add(torrent, { path: out });
  leech.pause();
  leech.resume();
  leech.pause();
  await leech.remove();
  expect(leech.status.state).toBe('stopped');
});

test('what is remembered is not written again when it says the same: a thousand torrents start without waiting for the disk', async () => {
  const { torrent, folder } = await scene();
  const stateFolder = join(folder, 'state');
  const run = async (select: readonly number[]) => {
    const client = newClient({ stateFolder });
    const { metainfo } = await client.add(torrent, { path: join(folder, 'seed'), select });
    await client.close();
    return statSync(join(stateFolder, `${Buffer.from(metainfo.infoHash!).toString('hex')}.state.json`)).ino;
  };
  const first = await run([0, 1]);
  expect(await run([0, 1])).toBe(first);
  expect(await run([0])).not.toBe(first);
});
