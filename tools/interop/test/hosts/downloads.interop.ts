import { describe, expect, test } from 'vitest';
import { isWhole, lengthOf, ODD_FILES } from '../../src/content.js';
import { isNetwork } from '../../src/host.js';
import { Stage, until } from '../../src/stage.js';
import { STRANGERS } from '../../src/strangers/index.js';
import { can } from '../../src/strangers/stranger.js';

// One of them and one of us, in both directions; they find each other through a tracker.

describe.concurrent.each(STRANGERS.filter(({ isInstalled }) => isInstalled))('$name', (stranger) => {
  test(
    'seeds, and we have every byte',
    Stage.with(async (stage) => {
      const tracker = await stage.tracker();
      const torrent = await stage.torrent(ODD_FILES, [tracker.announceUrl]);
      await stage.seed(stranger, torrent);
      const folder = await stage.newFolder();
      const ours = await stage.ours(torrent, folder);
      await ours.done;
      await until(() => isWhole(folder, ODD_FILES));
      expect(ours.status).toMatchObject({ receivedBytes: lengthOf(ODD_FILES), wastedBytes: 0 });
    }),
  );

  // Of whoever comes after us we hear with our next announce, a minute later: who never dials loopback has to wait for that.
  test.skipIf(!isNetwork && !can(stranger, 'download from us', 'dial-loopback'))(
    'has every byte from us',
    Stage.with(async (stage) => {
      const tracker = await stage.tracker();
      const torrent = await stage.torrent(ODD_FILES, [tracker.announceUrl]);
      const ours = await stage.ours(torrent, torrent.full);
      await until(() => tracker.swarm(torrent.metainfo.infoHash!)?.complete === 1);
      const { folder } = await stage.start(stranger, torrent, await stage.newFolder());
      await until(() => isWhole(folder, ODD_FILES));
      expect(ours.status).toMatchObject({ receivedBytes: 0 });
      expect(ours.status.sentBytes).toBeGreaterThanOrEqual(lengthOf(ODD_FILES));
    }),
  );
});
