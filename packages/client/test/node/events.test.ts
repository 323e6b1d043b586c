import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS, type TorrentNotice } from '@unchoke/client';
import { Client, DIAGNOSTICS, type TorrentDiagnostic } from '@unchoke/client/node';
import { formatMagnet } from '@unchoke/metainfo';
import { createTorrent } from '@unchoke/metainfo/node';
import { expect, onTestFinished, test } from 'vitest';
import { NoticeStream } from '../../src/node/notice-stream.js';
import { noise, scratchFolder } from './scratch.js';

async function scene() {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'seed'));
  writeFileSync(join(folder, 'seed', 'data.bin'), noise(200_000, 3));
  const made = await createTorrent(join(folder, 'seed', 'data.bin'), { pieceLength: 16_384, threadCount: 0 });
  const [seeder, client] = [new Client({ bind: '127.0.0.1' }), new Client({ bind: '127.0.0.1' })];
  onTestFinished(() => Promise.all([seeder.close(), client.close()]).then(() => undefined));
  await seeder.add(made.bytes, { path: join(folder, 'seed') });
  const peers = [{ host: '127.0.0.1', port: await seeder.listen() }];
  return { ...made, client, peers, out: join(folder, 'out') };
}

test('events() tells everything in order, and ends when the torrent is removed', async () => {
  const { bytes, client, peers, out } = await scene();
  const torrent = await client.add(bytes, { path: out, peers });
  const types: string[] = [];
  for await (const { type } of torrent.events()) {
    types.push(type);
    if (type === 'torrent-completed') void torrent.remove();
  }
  expect(types.filter((type) => type === 'piece-completed')).toHaveLength(13);
  expect(types).toContain('peer-connected');
  expect(types.at(-1)).toBe('torrent-stopped');
  expect(await torrent.events().next()).toEqual({ done: true, value: undefined });
});

test('leaving the loop ends the stream', async () => {
  const { bytes, client, peers, out } = await scene();
  const torrent = await client.add(bytes, { path: out, peers });
  const events = torrent.events();
  for await (const _ of events) break;
  await torrent.done;
  expect(await events.next()).toEqual({ done: true, value: undefined });
});

test('a stream that nobody reads does not grow, keeps the latest, and says how many are lost', async () => {
  const stream = new NoticeStream(() => undefined);
  for (let piece = 0; piece < LIMITS.noticesMax + 5; piece++)
    stream.push({ type: 'piece-rejected', piece } as unknown as TorrentNotice);
  stream.end();
  const notices: TorrentNotice[] = [];
  for await (const notice of stream) notices.push(notice);
  expect(notices[0]).toEqual({ type: 'notices-dropped', count: 5 });
  expect(notices).toHaveLength(LIMITS.noticesMax + 1);
  expect(notices.at(-1)).toEqual({ type: 'piece-rejected', piece: LIMITS.noticesMax + 4 });
});

test('a listener that throws harms nobody but its owner', async () => {
  const { bytes, client, peers, out } = await scene();
  const thrown: unknown[] = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const caught = new Promise<void>((resolve) => {
    process.on('uncaughtException', (error) => {
      thrown.push(error);
      resolve();
    });
  });
  try {
    const torrent = await client.add(bytes, { path: out, peers });
    torrent.onNotice(({ type }) => {
      if (type === 'torrent-completed') throw new Error('mine');
    });
    await Promise.all([torrent.done, caught]);
    expect(torrent.status.state).toBe('seeding');
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of others) process.on('uncaughtException', listener);
  }
  expect(thrown.map(String)).toEqual(['Error: mine']);
});

test('diagnostics tell of a torrent and of the magnet link that it was, without passkeys', async () => {
  const { metainfo, client, peers, out } = await scene();
  const heard: string[] = [];
  const texts: string[] = [];
  const listen = (message: unknown, name: string | symbol) => {
    const { infoHash, notice } = message as TorrentDiagnostic;
    if (infoHash !== Buffer.from(metainfo.infoHash!).toString('hex')) return;
    heard.push(`${String(name)} ${notice?.type ?? ''}`);
    texts.push(JSON.stringify(message));
  };
  for (const name of Object.values(DIAGNOSTICS)) subscribe(name, listen);
  onTestFinished(() => {
    for (const name of Object.values(DIAGNOSTICS)) unsubscribe(name, listen);
  });
  const trackers = ['http://127.0.0.1:1/0123456789abcdef0123456789/announce?passkey=secret'];
  const torrent = await client.add(formatMagnet({ infoHash: metainfo.infoHash!, trackers }), { path: out, peers });
  for await (const { type } of torrent.events()) if (type === 'torrent-completed') break;
  await client.close();
  expect(heard).toContain('unchoke:magnet-notice peer-connected');
  expect(heard.indexOf('unchoke:torrent-added ')).toBeGreaterThan(
    heard.indexOf('unchoke:magnet-notice peer-connected'),
  );
  expect(heard).toContain('unchoke:torrent-notice torrent-completed');
  expect(heard.at(-1)).toBe('unchoke:torrent-removed ');
  expect(texts.join()).not.toMatch(/secret|0123456789abcdef/);
  expect(JSON.stringify(torrent.status)).not.toMatch(/secret|0123456789abcdef/);
});
