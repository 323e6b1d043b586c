import { join } from 'node:path';
import { readTorrent } from '@unchoke/metainfo/node';
import { describe, expect, test } from 'vitest';
import { isWhole, lay, lengthOf, NAME, ODD_FILES } from '../../src/content.js';
import { CREATORS } from '../../src/creators.js';
import { Stage, until } from '../../src/stage.js';
import { STRANGERS } from '../../src/strangers/index.js';
import { can } from '../../src/strangers/stranger.js';

// A torrent by each creator, opened by each client: it takes the files for what the torrent says and seeds, and we get them all.

const creators = CREATORS.filter(({ isInstalled }) => isInstalled);

describe.concurrent.each(creators)('a torrent by $name', (creator) => {
  const openers = STRANGERS.filter((stranger) => {
    return creator.version === 'v1' ? stranger.isInstalled : can(stranger, `a torrent by ${creator.name}`, 'hybrid');
  });

  test.each(openers)('goes from $name to us', (stranger) =>
    Stage.with(async (stage) => {
      const torrent = await made(stage);
      await stage.seed(stranger, torrent);
      await downloads(stage, torrent);
    })(),
  );

  test(
    'goes from us to us',
    Stage.with(async (stage) => {
      const torrent = await made(stage);
      await stage.ours(torrent, torrent.full);
      await downloads(stage, torrent);
    }),
  );

  async function made(stage: Stage) {
    const { announceUrl } = await stage.tracker();
    const full = await stage.newFolder();
    await lay(full, ODD_FILES);
    const path = join(await stage.newFolder(), 'made.torrent');
    await creator.create(join(full, NAME), announceUrl, path);
    return { path, full, metainfo: await readTorrent(path, { strict: true }) };
  }

  async function downloads(stage: Stage, torrent: Awaited<ReturnType<typeof made>>): Promise<void> {
    const folder = await stage.newFolder();
    const ours = await stage.ours(torrent, folder);
    await ours.done;
    await until(() => isWhole(folder, ODD_FILES));
    expect(ours.status.wastedBytes).toBe(0);
    const solid = torrent.metainfo.files.filter(({ isPad }) => !isPad);
    expect(solid.reduce((sum, { length }) => sum + length, 0)).toBe(lengthOf(ODD_FILES));
  }
});
