import { describe, expect, test } from 'vitest';
import { isWhole, ODD_FILES } from '../../src/content.js';
import { OURS } from '../../src/host.js';
import { openRelay, speaksFast } from '../../src/relay.js';
import { Stage, until } from '../../src/stage.js';
import { STRANGERS } from '../../src/strangers/index.js';

// The messages that cross between us, heard on the way: what both sides offer, both sides use.

const HEARD = STRANGERS.filter(({ isInstalled }) => isInstalled);

describe.concurrent.each(HEARD)('$name seeds to us, and', (stranger) => {
  test(
    'the fast extension and the extension protocol are spoken both ways',
    Stage.with(async (stage) => {
      const { announceUrl } = await stage.tracker();
      const torrent = await stage.torrent(ODD_FILES, [announceUrl]);
      const seed = await stage.seed(stranger, torrent);
      const relay = await openRelay(stage, seed.address, seed.port);
      const folder = await stage.newFolder();
      // Nobody tells it another way than through the relay.
      const peers = [{ host: OURS.address, port: relay.port }];
      const ours = await stage.ours(torrent, folder, { peers, trackers: [] });
      await ours.done;
      await until(() => isWhole(folder, ODD_FILES));
      const { dialer, dialed } = relay;
      expect(speaksFast(dialer)).toBe(true);
      expect([...dialer.types]).toEqual(expect.arrayContaining(['extended', 'interested', 'request', 'have']));
      expect([...dialed.types]).toEqual(expect.arrayContaining(['extended', 'unchoke', 'piece']));
      // BEP 6: with both bits set, exactly one of have-all, have-none and bitfield comes first; without, at most a bitfield.
      const isFast = speaksFast(dialed);
      expect(dialer.types.has('have-none')).toBe(isFast);
      if (!isFast) expect(dialed.types).not.toContain('have-all');
      console.log(`${stranger.name}: ${isFast ? 'fast' : 'not fast'}; says ${[...dialed.types].join(', ')}`);
    }),
  );
});
