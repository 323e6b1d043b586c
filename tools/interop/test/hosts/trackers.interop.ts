import { describe, expect, test } from 'vitest';
import { isWhole, ONE_FILE } from '../../src/content.js';
import { freePort, isNetwork, OURS } from '../../src/host.js';
import { Stage, until } from '../../src/stage.js';
import { STRANGERS } from '../../src/strangers/index.js';
import { can, type Skill } from '../../src/strangers/stranger.js';
import { announceUrl, SCHEMES, seedsOf, TRACKERS, type TrackerKind } from '../../src/trackers.js';

// Each tracker with each client, over both protocols and both families: a seed tells the tracker, and a leech finds it there.

const FAMILIES = isNetwork ? (['IPv4', 'IPv6'] as const) : (['IPv4'] as const);
const places = TRACKERS.filter(({ isInstalled }) => isInstalled).flatMap((tracker) =>
  SCHEMES.flatMap((scheme) =>
    familiesOf(tracker, scheme).map((family) => ({ tracker, scheme, family, name: tracker.name })),
  ),
);

describe.each(places)('$name over $scheme and $family', ({ tracker, scheme, family }) => {
  const isIPv6 = family === 'IPv6';
  const address = isIPv6 ? OURS.address6 : OURS.address;

  describe.concurrent('with', () => {
    const skills: readonly Skill[] = [
      ...(isIPv6 ? (['IPv6'] as const) : []),
      ...(scheme === 'udp' ? (['udp-tracker'] as const) : []),
      ...(scheme === 'udp' && isIPv6 ? (['udp-tracker-over-IPv6'] as const) : []),
    ];
    test.each(STRANGERS.filter((stranger) => can(stranger, `${tracker.name} over ${scheme} and ${family}`, ...skills)))(
      '$name',
      (stranger) =>
        play(async (stage, torrent) => {
          await stage.seed(stranger, torrent, { isIPv6 });
        }),
    );

    test('ours', () =>
      play(async (stage, torrent) => {
        await stage.ours(torrent, torrent.full, { isIPv6 });
      }));
  });

  function play(seed: (stage: Stage, torrent: Awaited<ReturnType<Stage['torrent']>>) => Promise<void>): Promise<void> {
    return Stage.with(async (stage) => {
      const port = await freePort(address);
      const url = announceUrl(scheme, address, port);
      const torrent = await stage.torrent(ONE_FILE, [url]);
      await tracker.start(stage, address, port, torrent.metainfo);
      await seed(stage, torrent);
      await until(async () => (await seedsOf(address, port, torrent.metainfo)) === 1);
      const folder = await stage.newFolder();
      const leech = await stage.ours(torrent, folder, { isIPv6 });
      await leech.done;
      await until(() => isWhole(folder, ONE_FILE));
      expect(leech.status.trackers[0]?.answerCount).toBeGreaterThan(0);
    })();
  }
});

function familiesOf({ name, families }: TrackerKind, scheme: (typeof SCHEMES)[number]): readonly ('IPv4' | 'IPv6')[] {
  const missing = FAMILIES.filter((family) => !families[scheme].includes(family));
  for (const family of missing) console.log(`skipped: ${name} has no ${family} over ${scheme}`);
  return FAMILIES.filter((family) => families[scheme].includes(family));
}
