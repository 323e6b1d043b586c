import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, type ClientOptions, type ClientTorrent } from '@unchoke/client/node';
import { createTorrent } from '@unchoke/metainfo/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { noise, scratchFolder } from './scratch.js';

const BYTE_COUNT = 200_000;

function newClient(options: ClientOptions = {}): Client {
  const client = new Client({ bind: '127.0.0.1', ...options });
  onTestFinished(() => client.close());
  return client;
}

/** Torrents of one file each, whose files are in `folder/seed`. */
async function torrents(folder: string, count: number): Promise<readonly Uint8Array[]> {
  mkdirSync(join(folder, 'seed'));
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const path = join(folder, 'seed', `${index}.bin`);
      writeFileSync(path, noise(BYTE_COUNT, index + 1));
      return (await createTorrent(path, { threadCount: 0 })).bytes;
    }),
  );
}

const statesOf = (all: readonly ClientTorrent[]) => all.map(({ status: { state } }) => state);

describe('seed goals', () => {
  test('a torrent that has given enough stops, and remembers it in the next run', async () => {
    const folder = scratchFolder();
    const [bytes] = await torrents(folder, 1);
    const stateFolder = join(folder, 'state');
    const client = newClient({ stateFolder });
    const seed = await client.add(bytes!, { path: join(folder, 'seed'), seedRatio: 1 });
    const leecher = newClient();
    const peers = [{ host: '127.0.0.1', port: await client.listen() }];
    const leech = await leecher.add(bytes!, { path: join(folder, 'out'), peers });
    await Promise.all([leech.done, seed.seeded]);
    expect(seed.status).toMatchObject({ state: 'paused', why: 'the seed goal is reached', ratio: 1 });
    await client.close();
    expect(readdirSync(stateFolder).some((name) => name.endsWith('.given'))).toBe(true);
    const again = await newClient({ stateFolder }).add(bytes!, { path: join(folder, 'seed'), seedRatio: 1 });
    await again.seeded;
    expect(again.status).toMatchObject({ state: 'paused', ratio: 1, sentBytes: 0 });
    again.resume();
    expect(again.status.state).toBe('seeding');
  });

  test('a damaged record is begun anew', async () => {
    const folder = scratchFolder();
    const [bytes] = await torrents(folder, 1);
    const stateFolder = join(folder, 'state');
    const first = newClient({ stateFolder });
    await (await first.add(bytes!, { path: join(folder, 'seed'), seedTimeMs: 1 })).seeded;
    await first.close();
    const name = readdirSync(stateFolder).find((each) => each.endsWith('.given'))!;
    expect(JSON.parse(readFileSync(join(stateFolder, name), 'utf8')).seedingMs).toBeGreaterThanOrEqual(1);
    writeFileSync(join(stateFolder, name), '{"sentBytes":-1');
    const again = await newClient({ stateFolder }).add(bytes!, { path: join(folder, 'seed'), seedTimeMs: 1e9 });
    expect(again.status).toMatchObject({ state: 'seeding', ratio: 0 });
  });

  test('one that is removed before rejects, and what is no goal is refused', async () => {
    const folder = scratchFolder();
    const [bytes] = await torrents(folder, 1);
    const client = newClient();
    await expect(client.add(bytes!, { path: folder, seedRatio: -1 })).rejects.toMatchObject({ code: 'bad-option' });
    expect(() => newClient({ activeSeedsMax: -1 })).toThrow('activeSeedsMax -1');
    const seed = await client.add(bytes!, { path: join(folder, 'seed') });
    await seed.remove();
    await expect(seed.seeded).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('the queue', () => {
  test('as many seeds as may be; the next starts when one is paused, removed or has reached its goal', async () => {
    const folder = scratchFolder();
    const client = newClient({ activeSeedsMax: 1 });
    const all: ClientTorrent[] = [];
    const path = join(folder, 'seed');
    for (const bytes of await torrents(folder, 4)) all.push(await client.add(bytes, { path }));
    expect(statesOf(all)).toEqual(['seeding', 'queued', 'queued', 'queued']);
    expect(all[1]!.status.why).toBe('queued: 1 seed is active, as many as may be');
    all[0]!.pause();
    expect(statesOf(all)).toEqual(['paused', 'seeding', 'queued', 'queued']);
    await all[1]!.remove();
    expect(statesOf(all)).toEqual(['paused', 'stopped', 'seeding', 'queued']);
    all[0]!.resume();
    expect(statesOf(all)).toEqual(['seeding', 'stopped', 'queued', 'queued']);
  });

  test('downloads one after the other, each when the one before is complete', async () => {
    const folder = scratchFolder();
    const files = await torrents(folder, 3);
    const seeder = newClient();
    for (const bytes of files) await seeder.add(bytes, { path: join(folder, 'seed') });
    const peers = [{ host: '127.0.0.1', port: await seeder.listen() }];
    const leecher = newClient({ activeDownloadsMax: 1 });
    const all: ClientTorrent[] = [];
    let mostActive = 0;
    const count = () => {
      mostActive = Math.max(mostActive, statesOf(all).filter((state) => state === 'downloading').length);
    };
    for (const bytes of files) {
      const leech = await leecher.add(bytes, { path: join(folder, 'out'), peers, paused: true });
      leech.onNotice(count);
      all.push(leech);
    }
    expect(statesOf(all)).toEqual(['paused', 'paused', 'paused']);
    for (const leech of all) leech.resume();
    expect(statesOf(all)).toEqual(['downloading', 'queued', 'queued']);
    await Promise.all(all.map(({ done }) => done));
    expect(mostActive).toBe(1);
    expect(statesOf(all)).toEqual(['seeding', 'seeding', 'seeding']);
  });
});
