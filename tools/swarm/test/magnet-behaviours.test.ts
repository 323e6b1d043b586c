import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, DIAGNOSTICS, type TorrentDiagnostic } from '@unchoke/client/node';
import { parseMetainfo } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import {
  bundledBehaviour,
  bundledBehaviourNames,
  type MockPeer,
  randomTorrent,
  startMockPeer,
} from '@unchoke/mock-peer';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

/** 1,024 pieces: metadata of two parts. */
const { torrent, content, torrentFile } = randomTorrent('4MiB:42', { pieceLength: 4096 });
const metainfo = parseMetainfo(torrentFile, hashes);
const link = `magnet:?xt=urn:btih:${Buffer.from(metainfo.infoHash!).toString('hex')}`;
const names = bundledBehaviourNames().filter((name) =>
  /^(metadata|extended-handshake|pex|handshake|length-prefix)-/.test(name),
);
let folder = '';
let honest: MockPeer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'unchoke-magnets-'));
  honest = await startMockPeer({ torrent, content });
});

afterAll(async () => {
  await honest.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each(names)(
  'beside %s the metadata comes from the honest seed, and then everything',
  async (name) => {
    const stranger = await startMockPeer({ torrent, content, behaviour: bundledBehaviour(name) });
    const client = new Client({ bind: '127.0.0.1' });
    const banned = listenForBans();
    onTestFinished(async () => {
      await Promise.all([client.close(), stranger.close()]);
    });
    const path = join(folder, name);
    const peers = [stranger, honest].map(({ port }) => ({ host: '127.0.0.1', port }));
    const started = await client.add(link, { path, peers });
    expect(Buffer.compare(started.metainfo.infoBytes, metainfo.infoBytes)).toBe(0);
    await started.done;
    const bytes = readFileSync(join(path, started.metainfo.name));
    expect(bytes.equals(content.read(0, content.length))).toBe(true);
    expect(banned.map(({ port }) => port)).not.toContain(honest.port);
  },
  300_000,
);

test('who alone sends false metadata is banned and named, and no torrent comes of it', async () => {
  const liar = await startMockPeer({ torrent, content, behaviour: bundledBehaviour('metadata-wrong-bytes') });
  const client = new Client({ bind: '127.0.0.1' });
  onTestFinished(async () => {
    await Promise.all([client.close(), liar.close()]);
  });
  const reason = new Promise<string>((resolve) => listenForBans(resolve));
  const added = client.add(link, { path: join(folder, 'never'), peers: [{ host: '127.0.0.1', port: liar.port }] });
  added.catch(() => undefined);
  expect(await reason).toBe('sent false metadata');
  expect(client.torrents).toEqual([]);
  await client.close();
  await expect(added).rejects.toThrow('closed');
}, 300_000);

function listenForBans(tell?: (reason: string) => void): { readonly port: number }[] {
  const banned: { readonly port: number }[] = [];
  const listen = (message: unknown) => {
    const { notice } = message as TorrentDiagnostic;
    if (notice?.type !== 'peer-banned') return;
    banned.push(notice.address);
    tell?.(notice.reason);
  };
  const channels = [DIAGNOSTICS.magnetNotice, DIAGNOSTICS.torrentNotice];
  for (const name of channels) subscribe(name, listen);
  onTestFinished(() => {
    for (const name of channels) unsubscribe(name, listen);
  });
  return banned;
}
