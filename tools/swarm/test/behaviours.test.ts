import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TorrentNotice } from '@unchoke/client';
import { Client, type ClientTorrent } from '@unchoke/client/node';
import {
  bundledBehaviour,
  bundledBehaviourNames,
  type MockPeer,
  randomTorrent,
  startMockPeer,
} from '@unchoke/mock-peer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** So many leeches work through the list side by side. */
const LANES = 4;

const { torrent, content, torrentFile } = randomTorrent('512KiB:42', { pieceLength: 32_768 });
const truth = content.read(0, content.length);
let folder = '';
let honest: MockPeer;
const clients: Client[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'unchoke-behaviours-'));
  honest = await startMockPeer({ torrent, content });
  for (let lane = 0; lane < LANES; lane++) clients.push(new Client({ bind: '127.0.0.1' }));
});

afterAll(async () => {
  await Promise.all([...clients.map((client) => client.close()), honest.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Beside an honest seed, a peer of each kind in the catalogue: the download completes, and the honest one is never blamed. */
describe('beside a peer that misbehaves, a download completes', () => {
  test.concurrent.each(Array.from({ length: LANES }, (_, lane) => lane))(
    'lane %i',
    async (lane) => {
      const names = bundledBehaviourNames().filter((_, index) => index % LANES === lane);
      for (const name of names) await downloadBeside(name, clients[lane]!);
    },
    600_000,
  );
});

async function downloadBeside(name: string, client: Client): Promise<void> {
  const path = join(folder, name);
  const notices: TorrentNotice[] = [];
  const stranger = await startMockPeer({ torrent, content, behaviour: bundledBehaviour(name) });
  const peers = [stranger, honest].map(({ port }) => ({ host: '127.0.0.1', port }));
  const leech = await client.add(torrentFile, { path, trackers: [], peers });
  leech.onNotice((notice) => notices.push(notice));
  try {
    await Promise.race([leech.done, late(name, leech)]);
    expect(readFileSync(join(path, leech.metainfo.name)).equals(truth), `${name}: the bytes are wrong`).toBe(true);
    const banned = notices.filter((notice) => notice.type === 'peer-banned').map(({ address }) => address.port);
    expect(banned, `${name}: the honest seed was banned`).not.toContain(honest.port);
  } finally {
    await leech.remove();
    await stranger.close();
  }
}

/** Far beyond what a stalling peer can cost (its requests go to others after 20 seconds): only a download that hangs is late. */
const LATE_MS = 120_000;

async function late(name: string, leech: ClientTorrent): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, LATE_MS).unref());
  throw new Error(`${name}: ${JSON.stringify(leech.status, (key, value) => (key === 'have' ? undefined : value))}`);
}
