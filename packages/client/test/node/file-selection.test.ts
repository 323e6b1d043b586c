import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from '@unchoke/bencode';
import { ClientError } from '@unchoke/client';
import { Client, type ClientOptions, type ClientTorrent } from '@unchoke/client/node';
import { formatMagnet, parseMetainfo } from '@unchoke/metainfo';
import { createTorrent, hashes } from '@unchoke/metainfo/node';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { noise, scratchFolder } from './scratch.js';

const PIECE = 16_384;
/** In the order of the torrent; pieces are shared between neighbours. */
const FILES = [
  ['a.bin', 100_000],
  ['b.bin', 40_000],
  ['c/d.bin', 5_000],
  ['e.txt', 0],
  ['f.bin', 150_000],
] as const;

interface Scene {
  readonly folder: string;
  readonly torrent: Uint8Array;
  readonly out: string;
  readonly peers: readonly { readonly host: string; readonly port: number }[];
}

async function scene(version: 'v1' | 'v2' | 'hybrid' = 'v1'): Promise<Scene> {
  const folder = scratchFolder();
  for (const [name, length] of FILES) {
    mkdirSync(join(folder, 'seed', 'album', name, '..'), { recursive: true });
    writeFileSync(join(folder, 'seed', 'album', name), noise(length, length));
  }
  const options = { pieceLength: PIECE, threadCount: 0, version } as const;
  const { bytes } = await createTorrent(join(folder, 'seed', 'album'), options);
  return { folder, torrent: bytes, out: join(folder, 'out'), peers: await seedOf(bytes, join(folder, 'seed')) };
}

function newClient(options: ClientOptions = {}): Client {
  const client = new Client({ bind: '127.0.0.1', ...options });
  onTestFinished(() => client.close());
  return client;
}

async function seedOf(torrent: Uint8Array, path: string) {
  const client = newClient();
  await (await client.add(torrent, { path })).done;
  return [{ host: '127.0.0.1', port: await client.listen() }];
}

function notice(torrent: ClientTorrent, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    const end = torrent.onNotice(({ type }) => {
      if (type !== wanted) return;
      end();
      resolve();
    });
  });
}

function isWhole(out: string, index: number): boolean {
  const [name, length] = FILES[index]!;
  return readFileSync(join(out, 'album', name)).equals(noise(length, length));
}

const isMade = (out: string, index: number) => existsSync(join(out, 'album', FILES[index]![0]));
const indexesOf = (torrent: Uint8Array, names: readonly string[]) =>
  parseMetainfo(torrent, hashes)
    .files.filter(({ path }) => names.includes(path.slice(1).join('/')))
    .map(({ index }) => index);

test.each(['v1', 'v2', 'hybrid'] as const)('only what is wanted is fetched and made (%s)', async (version) => {
  const { torrent, out, peers } = await scene(version);
  const select = indexesOf(torrent, ['b.bin', 'e.txt']);
  const leech = await newClient().add(torrent, { path: out, peers, select });
  await leech.done;
  expect(FILES.map((_, index) => isMade(out, index))).toEqual([false, true, false, true, false]);
  expect(isWhole(out, 1) && isWhole(out, 3)).toBe(true);
  const wanted = leech.status.files.filter(({ priority }) => priority !== 'skip');
  expect(wanted).toEqual([
    { length: 40_000, haveBytes: 40_000, priority: 'normal' },
    { length: 0, haveBytes: 0, priority: 'normal' },
  ]);
  expect(leech.status.haveCount).toBeLessThan(leech.status.pieceCount);
  expect(leech.status.state).toBe('seeding');
});

test('what is wanted later comes then, from where it waited and from peers', async () => {
  const { torrent, out, peers } = await scene();
  const leech = await newClient().add(torrent, { path: out, peers, select: [1] });
  await leech.done;
  expect(readdirSync(out).some((name) => name.endsWith('.parts'))).toBe(true);
  const completed = notice(leech, 'torrent-completed');
  leech.select([0, 1, 2, 3]);
  leech.prioritize(4, 'high');
  await completed;
  expect(FILES.every((_, index) => isWhole(out, index))).toBe(true);
  expect(readdirSync(out)).toEqual(['album']);
  expect(leech.status).toMatchObject({ haveCount: leech.status.pieceCount, wastedBytes: 0, receivedBytes: 295_000 });
});

test('done waits for choices that are not carried out yet', async () => {
  const { torrent, out, peers } = await scene();
  const leech = await newClient().add(torrent, { path: out, peers, select: [1], maxDownloadRate: 100_000 });
  leech.select([0, 1]);
  await leech.done;
  expect(isWhole(out, 0) && isWhole(out, 1)).toBe(true);
});

test('a file whose pieces have begun is no longer moved into the parts file', async () => {
  const { torrent, out, peers } = await scene();
  const leech = await newClient().add(torrent, {
    path: out,
    peers,
    strategy: 'sequential',
    select: [0],
    maxDownloadRate: 40_000,
  });
  await notice(leech, 'piece-completed');
  leech.select([4]);
  leech.setLimits({});
  await leech.done;
  expect(isMade(out, 0)).toBe(true);
  expect(leech.status.files[0]!.haveBytes).toBeGreaterThanOrEqual(PIECE);
  const completed = notice(leech, 'torrent-completed');
  leech.select([0, 1, 2, 3, 4]);
  await completed;
  expect(FILES.every((_, index) => isWhole(out, index))).toBe(true);
});

test('a choice is remembered in the state folder, and what is said anew counts more', async () => {
  const { folder, torrent, out, peers } = await scene();
  const stateFolder = join(folder, 'state');
  const first = newClient({ stateFolder });
  const before = await first.add(torrent, { path: out, select: [0] });
  before.select([2]);
  before.prioritize(1, 'low');
  await first.close();
  const second = newClient({ stateFolder });
  const again = await second.add(torrent, { path: out, peers });
  const priorities = again.status.files.map(({ priority }) => priority);
  expect(priorities).toEqual(['skip', 'low', 'normal', 'skip', 'skip']);
  await again.done;
  expect(FILES.map((_, index) => isMade(out, index))).toEqual([false, true, true, false, false]);
  await second.close();
  const third = newClient({ stateFolder });
  const all = await third.add(torrent, { path: out, peers, select: [0, 1, 2, 3, 4] });
  await all.done;
  expect(FILES.every((_, index) => isWhole(out, index))).toBe(true);
});

test('a piece that somebody waits for comes although its file was not chosen', async () => {
  const { torrent, out, peers } = await scene();
  const leech = await newClient().add(torrent, { path: out, peers, select: [] });
  await leech.done;
  const came = notice(leech, 'piece-completed');
  leech.setDeadline(2, 0);
  await came;
  expect(leech.status.files[0]!.haveBytes).toBe(PIECE);
  expect(readFileSync(join(out, 'album', 'a.bin')).subarray(2 * PIECE, 3 * PIECE)).toEqual(
    noise(100_000, 100_000).subarray(2 * PIECE, 3 * PIECE),
  );
});

test('a magnet link names the files that it is about', async () => {
  const { torrent, out, peers } = await scene();
  const { infoHash } = parseMetainfo(torrent, hashes);
  const so = (first: number, last: number) =>
    formatMagnet({ infoHash: infoHash!, selectedFiles: [{ first, last }], peers: [...peers] });
  const client = newClient();
  const leech = await client.add(so(1, 2), { path: out });
  await leech.done;
  expect(FILES.map((_, index) => isMade(out, index))).toEqual([false, true, true, false, false]);
  await leech.remove();
  const { files } = await client
    .add(so(1, 99), { path: out, select: ({ files }) => [files.length - 1] })
    .then(({ status }) => status);
  expect(files.map(({ priority }) => priority)).toEqual(['skip', 'skip', 'skip', 'skip', 'normal']);
});

test('links among the files do not shift what is wanted', async () => {
  const folder = scratchFolder();
  const content = noise(2 * PIECE, 3);
  mkdirSync(join(folder, 'seed', 'linked'), { recursive: true });
  writeFileSync(join(folder, 'seed', 'linked', 'one'), content.subarray(0, PIECE));
  writeFileSync(join(folder, 'seed', 'linked', 'two'), content.subarray(PIECE));
  const info = {
    name: 'linked',
    'piece length': PIECE,
    pieces: Buffer.concat([hashes.sha1(content.subarray(0, PIECE)), hashes.sha1(content.subarray(PIECE))]),
    files: [
      { attr: 'l', length: 0, path: ['link'], 'symlink path': ['two'] },
      { length: PIECE, path: ['one'] },
      { length: PIECE, path: ['two'] },
    ],
  };
  const torrent = encode({ info });
  const peers = await seedOf(torrent, join(folder, 'seed'));
  const leech = await newClient().add(torrent, { path: join(folder, 'out'), peers, select: [1] });
  await leech.done;
  expect(readdirSync(join(folder, 'out', 'linked'))).toEqual(['one']);
});

test('choices at any time, and the files are whole in the end', async () => {
  const { torrent, folder, peers } = await scene('hybrid');
  const { files } = parseMetainfo(torrent, hashes);
  const chosen = fc.subarray([...files.keys()]);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(chosen, { minLength: 1, maxLength: 20 }), async (choices) => {
      const out = join(folder, `out-${++run}`);
      const client = newClient();
      const leech = await client.add(torrent, { path: out, peers, select: choices[0]! });
      let next = 1;
      const ended = new Promise<void>((resolve) => {
        const goOn = () => {
          const choice = choices[next++];
          if (choice !== undefined) leech.select(choice);
          else leech.select([...files.keys()]);
          if (leech.status.haveCount === leech.status.pieceCount) resolve();
        };
        leech.onNotice(({ type }) => (type === 'piece-completed' || type === 'torrent-completed') && goOn());
        goOn();
      });
      while (next < choices.length) {
        leech.select(choices[next++]!);
        await new Promise((resolve) => setImmediate(resolve));
      }
      leech.select([...files.keys()]);
      await ended;
      expect(FILES.every((_, index) => isWhole(out, index))).toBe(true);
      await client.close();
    }),
    { numRuns: 8 },
  );
});

test('what cannot be chosen is told', async () => {
  const { torrent, out } = await scene();
  const client = newClient();
  const isBadOption = (error: unknown) => ClientError.isInstance(error) && error.code === 'bad-option';
  await expect(client.add(torrent, { path: out, select: [5] })).rejects.toSatisfy(isBadOption);
  const leech = await client.add(torrent, { path: out });
  expect(() => leech.select([0.5])).toThrow('there is no file 0.5: this torrent has files 0 to 4');
  expect(() => leech.prioritize(0, 'urgent' as 'high')).toThrow('priority urgent: expected skip, low, normal or high');
});
