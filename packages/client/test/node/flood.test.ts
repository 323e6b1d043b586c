import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { LIMITS } from '@unchoke/client';
import { Client } from '@unchoke/client/node';
import { createTorrent } from '@unchoke/metainfo/node';
import { expect, onTestFinished, test } from 'vitest';
import { noise, scratchFolder } from './scratch.js';

test('connections that say nothing push out each other, and nobody who speaks', async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'seed'));
  writeFileSync(join(folder, 'seed', 'data.bin'), noise(100_000, 5));
  const { bytes } = await createTorrent(join(folder, 'seed', 'data.bin'), { threadCount: 0 });
  const seeder = new Client({ bind: '127.0.0.1' });
  const leecher = new Client({ bind: '127.0.0.1' });
  onTestFinished(() => Promise.all([seeder.close(), leecher.close()]).then(() => undefined));
  await seeder.add(bytes, { path: join(folder, 'seed') });
  const port = await seeder.listen();
  const flood: Socket[] = [];
  let cutCount = 0;
  const isCut = new Promise<void>((resolve) => {
    const cut = () => void (++cutCount === 100 && resolve());
    for (let count = 0; count < LIMITS.strangersMax + 100; count++) {
      flood.push(
        connect(port, '127.0.0.1')
          .on('error', () => undefined)
          .on('close', cut)
          .resume(),
      );
    }
  });
  onTestFinished(() => {
    for (const socket of flood) socket.destroy();
  });
  await isCut;
  const leech = await leecher.add(bytes, { path: join(folder, 'out'), peers: [{ host: '127.0.0.1', port }] });
  await leech.done;
  expect(leech.status.receivedBytes).toBe(100_000);
});
