import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TorrentNotice } from '@unchoke/client';
import { bundledBehaviour, openFiles, readTorrent, sha1, startMockPeer } from '@unchoke/mock-peer';
import { describe, expect, test } from 'vitest';
import { isWhole, lay, NAME, ODD_FILES } from '../../src/content.js';
import { isNetwork, kill, OURS } from '../../src/host.js';
import { Stage, until } from '../../src/stage.js';
import { STRANGERS } from '../../src/strangers/index.js';
import { libtorrent } from '../../src/strangers/libtorrent.js';
import { can } from '../../src/strangers/stranger.js';

// What goes wrong between real programs: one is killed and comes back, the tracker dies, somebody sends false data.

const MINUTE_MS = 60_000;
/** Slow enough to be in the middle when something happens. */
const RATE = 1_000_000;

describe.concurrent.each(STRANGERS.filter(({ isInstalled }) => isInstalled))('$name', (stranger) => {
  test(
    'is killed while we download, comes back, and we have every byte',
    Stage.with(async (stage) => {
      const { announceUrl } = await stage.tracker();
      const torrent = await stage.torrent(ODD_FILES, [announceUrl]);
      const first = await stage.seed(stranger, torrent);
      const folder = await stage.newFolder();
      const peers = [{ host: first.address, port: first.port }];
      const ours = await stage.ours(torrent, folder, { peers, trackers: [], maxDownloadRate: RATE });
      await until(() => ours.status.haveCount > torrent.metainfo.pieceCount / 4);
      await kill(first.program);
      await until(() => ours.status.peers.length === 0);
      expect(ours.status.haveCount).toBeLessThan(torrent.metainfo.pieceCount);
      await stage.seed(stranger, torrent, first);
      await ours.done;
      await until(() => isWhole(folder, ODD_FILES));
    }),
  );

  test(
    'and we go on when the tracker dies',
    Stage.with(async (stage) => {
      const tracker = await stage.tracker();
      const torrent = await stage.torrent(ODD_FILES, [tracker.announceUrl]);
      await stage.seed(stranger, torrent);
      await until(() => tracker.swarm(torrent.metainfo.infoHash!)?.complete === 1);
      const folder = await stage.newFolder();
      const ours = await stage.ours(torrent, folder, { maxDownloadRate: RATE });
      await until(() => ours.status.haveCount > 0);
      await tracker.close();
      await ours.done;
      await until(() => isWhole(folder, ODD_FILES));
    }),
  );

  test.skipIf(!isNetwork && !can(stranger, 'a liar between us', 'dial-loopback'))(
    'downloads with us beside a liar, and nobody keeps a false byte',
    Stage.with(async (stage) => {
      const tracker = await stage.tracker();
      const torrent = await stage.torrent(ODD_FILES, [tracker.announceUrl]);
      const mocked = readTorrent(await readFile(torrent.path), sha1);
      const content = openFiles(mocked, join(torrent.full, NAME));
      const behaviour = bundledBehaviour('poison-one-in-a-hundred');
      const liar = await startMockPeer({ torrent: mocked, content, behaviour, host: OURS.address });
      stage.after(() => liar.close());
      const [part, theirs] = [await stage.newFolder(), await stage.newFolder()];
      await lay(part, ODD_FILES);
      const notices: TorrentNotice[] = [];
      const seed = await stage.ours(torrent, part);
      const leech = await stage.ours(torrent, await stage.newFolder(), {
        peers: [{ host: OURS.address, port: liar.port }],
      });
      leech.onNotice((notice) => notices.push(notice));
      await stage.start(stranger, torrent, theirs);
      await leech.done;
      await until(() => isWhole(theirs, ODD_FILES));
      const banned = notices.filter((notice) => notice.type === 'peer-banned');
      expect(banned.filter(({ address }) => address.port !== liar.port)).toEqual([]);
      expect(seed.status.receivedBytes).toBe(0);
    }),
  );
});

/** Libtorrent lets nobody go on, and a minute later everybody. */
test.skipIf(!libtorrent.isInstalled)(
  'choked for a minute, we wait, say so, and then have every byte',
  Stage.with(async (stage) => {
    const torrent = await stage.torrent(ODD_FILES, []);
    const seed = await stage.seed(libtorrent, torrent);
    const folder = await stage.newFolder();
    const peers = [{ host: seed.address, port: seed.port }];
    // It thinks about whom to choke every 15 seconds: by then there must be something left to wait for.
    const ours = await stage.ours(torrent, folder, { peers, maxDownloadRate: RATE / 20 });
    await until(() => ours.status.haveCount > 0);
    seed.program.kill('SIGUSR1');
    await until(() => ours.status.peers.length > 0 && ours.status.peers.every(({ theyChoke }) => theyChoke));
    const before = ours.status.haveCount;
    await sleep(MINUTE_MS);
    expect(ours.status.haveCount).toBeLessThan(torrent.metainfo.pieceCount);
    expect(ours.status.haveCount).toBeGreaterThanOrEqual(before);
    expect(ours.status.why).toMatch(/chok/);
    seed.program.kill('SIGUSR2');
    await ours.done;
    await until(() => isWhole(folder, ODD_FILES));
  }),
);
