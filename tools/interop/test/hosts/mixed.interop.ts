import { describe, expect, test } from 'vitest';
import { isWhole, lay, ODD_FILES } from '../../src/content.js';
import { isNetwork } from '../../src/host.js';
import { Stage, until } from '../../src/stage.js';
import { aria2 } from '../../src/strangers/aria2.js';
import { libtorrent } from '../../src/strangers/libtorrent.js';
import { qbittorrent } from '../../src/strangers/qbittorrent.js';
import { rtorrent } from '../../src/strangers/rtorrent.js';
import { can, type Stranger } from '../../src/strangers/stranger.js';
import { transmission } from '../../src/strangers/transmission.js';
import { webtorrent } from '../../src/strangers/webtorrent.js';

// Five kinds in a swarm, none with a full copy: each starts with every fifth piece, and all of them end with all.

const PIECE_LENGTH = 65_536;
const SWARMS: readonly (readonly Stranger[])[] = [
  [transmission, aria2, libtorrent, rtorrent],
  [qbittorrent, webtorrent, aria2, libtorrent],
];

describe.concurrent.each(
  SWARMS.map((strangers) => ({ strangers, names: strangers.map(({ name }) => name).join(', ') })),
)('ours, $names', ({ strangers }) => {
  const complete = strangers.every((stranger) =>
    isNetwork ? can(stranger, 'a mixed swarm') : can(stranger, 'a mixed swarm', 'dial-loopback'),
  );
  test.skipIf(!complete)(
    'complete one another, byte for byte',
    Stage.with(async (stage) => {
      const tracker = await stage.tracker();
      const torrent = await stage.torrent(ODD_FILES, [tracker.announceUrl], { pieceLength: PIECE_LENGTH });
      const folders: string[] = [];
      for (const [index, stranger] of strangers.entries()) {
        folders.push(await part(stage, index));
        await stage.start(stranger, torrent, folders[index]!);
      }
      folders.push(await part(stage, strangers.length));
      const ours = await stage.ours(torrent, folders.at(-1)!);
      await ours.done;
      for (const folder of folders) await until(() => isWhole(folder, ODD_FILES));
      expect(ours.status.receivedBytes).toBeGreaterThan(0);
      expect(ours.status.sentBytes).toBeGreaterThan(0);
    }),
  );

  async function part(stage: Stage, index: number): Promise<string> {
    const folder = await stage.newFolder();
    await lay(folder, ODD_FILES, (offset) => Math.floor(offset / PIECE_LENGTH) % (strangers.length + 1) === index);
    return folder;
  }
});
