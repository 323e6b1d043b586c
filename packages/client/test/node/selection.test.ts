import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClientError } from '@unchoke/client';
import { type AddOptions, Client } from '@unchoke/client/node';
import { createTorrent } from '@unchoke/metainfo/node';
import { expect, onTestFinished, test } from 'vitest';
import { noise, scratchFolder } from './scratch.js';

const FIRST = noise(100_000, 1);
const SECOND = noise(60_000, 5);

/** A torrent of two files that share a piece, one client that has it, and another that adds it with these options. */
async function download(select: AddOptions['select']) {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'set'));
  writeFileSync(join(folder, 'set', 'a.bin'), FIRST);
  writeFileSync(join(folder, 'set', 'b.bin'), SECOND);
  const { bytes } = await createTorrent(join(folder, 'set'), { pieceLength: 16_384, threadCount: 0 });
  const [seed, leech] = [newClient(), newClient()];
  await seed.add(bytes, { path: folder });
  const peers = [{ host: '127.0.0.1', port: await seed.listen() }];
  const path = join(folder, 'out');
  const torrent = await leech.add(bytes, { path, peers, ...(select === undefined ? {} : { select }) });
  await torrent.done;
  return { torrent, fileAt: (name: string) => join(path, 'set', name) };
}

function newClient(): Client {
  const client = new Client({ bind: '127.0.0.1' });
  onTestFinished(() => client.close());
  return client;
}

test('fetches the files that are selected, and makes no others', async () => {
  const { torrent, fileAt } = await download([1]);
  expect(torrent.status).toMatchObject({ state: 'seeding', pieceCount: 10, haveCount: 4, unwantedCount: 6 });
  expect(readFileSync(fileAt('b.bin')).equals(SECOND)).toBe(true);
  expect(existsSync(fileAt('a.bin'))).toBe(false);
});

test('can be told once the files are known', async () => {
  const { torrent, fileAt } = await download(({ files }) =>
    files.filter(({ length }) => length > 90_000).map(({ index }) => index),
  );
  expect(torrent.status).toMatchObject({ state: 'seeding', haveCount: 7, unwantedCount: 3 });
  expect(readFileSync(fileAt('a.bin')).equals(FIRST)).toBe(true);
});

test('is complete at once when nothing is selected, and everything is when nobody says anything', async () => {
  expect((await download([])).torrent.status).toMatchObject({ state: 'seeding', haveCount: 0, unwantedCount: 10 });
  expect((await download(() => undefined)).torrent.status).toMatchObject({ haveCount: 10, unwantedCount: 0 });
});

test('refuses a file that there is not', async () => {
  const error = await download([0, 2]).catch((caught: unknown) => caught);
  expect(ClientError.isInstance(error) && error.code).toBe('bad-option');
});
