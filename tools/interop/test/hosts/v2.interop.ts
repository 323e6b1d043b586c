import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@unchoke/client/node';
import { formatMagnet } from '@unchoke/metainfo';
import { createTorrent } from '@unchoke/metainfo/node';
import { describe, expect, test } from 'vitest';
import { type Content, isWhole, LONG_FILES, lay, lengthOf, NAME, ODD_FILES, ONE_FILE } from '../../src/content.js';
import { isNetwork, OURS } from '../../src/host.js';
import { Stage, type StagedTorrent, until } from '../../src/stage.js';
import { STRANGERS } from '../../src/strangers/index.js';
import { can } from '../../src/strangers/stranger.js';

// Torrents of version 2 alone (BEP 52), between those programs that know them and us, in both directions.

const SHAPES = [
  { shape: 'one file', content: ONE_FILE, isSingle: true },
  { shape: 'several files', content: ODD_FILES, isSingle: false },
] as const;

/** With them all hashes of the pieces do not fit in one message. */
const LINKED = [
  ...SHAPES.map((shape) => ({ ...shape, pieceLength: 65_536 })),
  { shape: 'files of many pieces', content: LONG_FILES, isSingle: false, pieceLength: 16_384 },
] as const;

const strangers = STRANGERS.filter((stranger) => can(stranger, 'version 2 alone', 'v2'));

describe.concurrent.each(strangers)('$name', (stranger) => {
  test.each(SHAPES)('seeds $shape, and we have every byte', ({ content, isSingle }) =>
    Stage.with(async (stage) => {
      const tracker = await stage.tracker();
      const torrent = await made(stage, content, isSingle, tracker.announceUrl);
      await stage.seed(stranger, torrent);
      const folder = await stage.newFolder();
      const ours = await stage.ours(torrent, isSingle ? join(folder, NAME) : folder);
      await ours.done;
      await until(() => isWhole(folder, content));
      expect(ours.status).toMatchObject({ receivedBytes: lengthOf(content), wastedBytes: 0 });
    })(),
  );

  // We seed and dial nobody: whoever never dials loopback cannot find us there.
  test.skipIf(!isNetwork && !can(stranger, 'download from us', 'dial-loopback')).each(SHAPES)(
    'has every byte of $shape from us',
    ({ content, isSingle }) =>
      Stage.with(async (stage) => {
        const tracker = await stage.tracker();
        const torrent = await made(stage, content, isSingle, tracker.announceUrl);
        const ours = await stage.ours(torrent, torrent.full);
        await until(() => tracker.swarm(torrent.metainfo.infoHashV2!.subarray(0, 20))?.complete === 1);
        const folder = await stage.newFolder();
        await stage.start(stranger, torrent, isSingle ? join(folder, NAME) : folder);
        await until(() => isWhole(folder, content));
        expect(ours.status).toMatchObject({ receivedBytes: 0 });
      })(),
  );

  // The hashes of the pieces are not in the metadata: we ask for them.
  test.each(LINKED)('seeds $shape, and we have every byte by a magnet link', ({ content, isSingle, pieceLength }) =>
    Stage.with(async (stage) => {
      const tracker = await stage.tracker();
      const torrent = await made(stage, content, isSingle, tracker.announceUrl, pieceLength);
      await stage.seed(stranger, torrent);
      const folder = await stage.newFolder();
      const client = new Client({ bind: OURS.address });
      stage.after(() => client.close());
      const link = formatMagnet({ infoHashV2: torrent.metainfo.infoHashV2!, trackers: [tracker.announceUrl] });
      const ours = await client.add(link, { path: isSingle ? join(folder, NAME) : folder });
      await ours.done;
      await until(() => isWhole(folder, content));
      expect(ours.status).toMatchObject({ receivedBytes: lengthOf(content), wastedBytes: 0 });
    })(),
  );

  // Its hashes are not in the metadata: they are asked of us.
  test.skipIf(!isNetwork && !can(stranger, 'a magnet link', 'dial-loopback')).each(LINKED)(
    'has every byte of $shape from us by a magnet link',
    ({ content, isSingle, pieceLength }) =>
      Stage.with(async (stage) => {
        const tracker = await stage.tracker();
        const torrent = await made(stage, content, isSingle, tracker.announceUrl, pieceLength);
        await stage.ours(torrent, torrent.full);
        const infoHashV2 = torrent.metainfo.infoHashV2!;
        await until(() => tracker.swarm(infoHashV2.subarray(0, 20))?.complete === 1);
        const folder = await stage.newFolder();
        const magnet = formatMagnet({ infoHashV2, trackers: [tracker.announceUrl] });
        await stage.start(stranger, { path: torrent.path, magnet }, isSingle ? join(folder, NAME) : folder);
        await until(() => isWhole(folder, content));
      })(),
  );
});

// Without padding both names of a hybrid mean the same bytes: we dial by the v1 hash, and are answered with the v2 one (BEP 52,
// upgrade path).
const upgraders = STRANGERS.filter((stranger) => can(stranger, 'a hybrid', 'hybrid'));

describe.concurrent.each(upgraders)('$name and a hybrid without padding', (stranger) => {
  test(
    'seeds it, and we have every byte',
    Stage.with(async (stage) => {
      const tracker = await stage.tracker();
      const torrent = await made(stage, ONE_FILE, true, tracker.announceUrl, 65_536, 'hybrid');
      await stage.seed(stranger, torrent);
      const folder = await stage.newFolder();
      const ours = await stage.ours(torrent, join(folder, NAME));
      await ours.done;
      expect(ours.status).toMatchObject({ receivedBytes: lengthOf(ONE_FILE), wastedBytes: 0 });
    }),
  );

  test.skipIf(!isNetwork && !can(stranger, 'download from us', 'dial-loopback'))(
    'has every byte of it from us',
    Stage.with(async (stage) => {
      const tracker = await stage.tracker();
      const torrent = await made(stage, ONE_FILE, true, tracker.announceUrl, 65_536, 'hybrid');
      await stage.ours(torrent, torrent.full);
      await until(() => tracker.swarm(torrent.metainfo.infoHash!)?.complete === 1);
      const folder = await stage.newFolder();
      await stage.start(stranger, torrent, join(folder, NAME));
      await until(() => isWhole(folder, ONE_FILE));
    }),
  );
});

/** A single file has no folder of its own: the one that it is laid in is where it goes. */
async function made(
  stage: Stage,
  content: Content,
  isSingle: boolean,
  trackerUrl: string,
  pieceLength = 65_536,
  version: 'v2' | 'hybrid' = 'v2',
): Promise<StagedTorrent> {
  if (!isSingle) return stage.torrent(content, [trackerUrl], { version, pieceLength });
  const folder = await stage.newFolder();
  await lay(folder, content);
  const options = { version, pieceLength, trackerTiers: [[trackerUrl]] } as const;
  const { bytes, metainfo } = await createTorrent(join(folder, NAME, content[0]![0]), options);
  const path = join(await stage.newFolder(), 'wanted.torrent');
  await writeFile(path, bytes);
  return { path, metainfo, full: join(folder, NAME) };
}
