import { closeSync, openSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import { clientCase } from '../client-case.js';
import { everythingBelow, putOnDisk } from '../disk.js';
import type { Stage } from '../stage.js';
import type { ClientSubject } from '../subject.js';
import { blocksOf, taken } from '../taken.js';

const RESUME = { level: 'SAFE', section: 'reliability' } as const;

export const resumeCases: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'safe/resume/after-stop', ...RESUME, timeoutS: 150 },
    rule: 'After a clean end it downloads none of the pieces again that it had.',
    play: async (stage) => {
      await half(stage);
      await stage.stop();
      await secondHalf(stage);
    },
  }),
  clientCase({
    ...{ id: 'safe/resume/after-kill', ...RESUME, reason: 'qBittorrent#13199', timeoutS: 150 },
    rule: 'After kill -9 it downloads at most half of the pieces again that it had told others of.',
    play: async (stage) => {
      await half(stage);
      // What is done in rounds of a few seconds is done by now.
      await stage.never(() => false, 3_000);
      await stage.stop('SIGKILL');
      await secondHalf(stage, 4);
    },
  }),
  clientCase({
    ...{ id: 'safe/resume/completes-after-kill', ...RESUME, timeoutS: 150 },
    rule: 'After kill -9 in the middle of a download it still completes with the right bytes.',
    play: async (stage) => {
      await half(stage);
      await stage.stop('SIGKILL');
      await stage.start();
      await stage.meet(await stage.seed());
      await stage.completes();
    },
  }),
  clientCase({
    ...{ id: 'safe/resume/damaged-file', ...RESUME, timeoutS: 150 },
    rule: 'It finds out about data that was damaged while it was away, and mends it.',
    play: async (stage) => {
      await half(stage);
      await stage.stop();
      damage(stage);
      await stage.start();
      await stage.meet(await stage.seed());
      await stage.completes();
    },
  }),
  clientCase({
    ...{ id: 'safe/resume/garbage-there', ...RESUME },
    rule: 'It does not take a file for downloaded because it is there and as long as it should be.',
    play: async (stage) => {
      writeFileSync(join(stage.out, stage.torrent.name), Buffer.alloc(stage.torrent.mock.totalLength, 0x55));
      await stage.start();
      await stage.meet(await stage.seed());
      await stage.completes();
    },
  }),
  clientCase({
    ...{ id: 'safe/resume/damaged-seed', ...RESUME, needs: ['seeds'] },
    rule: 'As a seed it serves nothing of a piece that is damaged on disk, or refuses to seed and says why.',
    play: async (stage) => {
      putOnDisk(stage.torrent, stage.out);
      damage(stage);
      if (!(await stage.startsOrRefuses('seed'))) {
        // It was the damage that it refused, and nothing else, if it starts without.
        putOnDisk(stage.torrent, stage.out);
        await stage.start('seed');
        return;
      }
      const leech = await stage.leech();
      await stage.meet(leech);
      const sent = (): readonly number[] => leech.heard('piece').map(({ piece }) => Number(piece));
      await stage.never(() => sent().includes(0) && 'it served a block of the damaged piece', 12_000);
    },
  }),
];

/** Downloads the first eight pieces from a peer that has no more. */
async function half(stage: Stage): Promise<void> {
  await stage.start();
  const witness = await stage.leech({
    behaviour: [{ when: { on: 'send', message: 'interested' }, do: { type: 'drop' } }],
  });
  await stage.meet(witness);
  await stage.until(() => witness.isGreeted, 20_000, 'its handshake');
  const seed = await stage.seed({ have: HALF });
  await stage.meet(seed);
  await taken(stage, seed, HALF);
}

async function secondHalf(stage: Stage, againMax = 0): Promise<void> {
  await stage.start();
  const seed = await stage.seed();
  await stage.meet(seed);
  await stage.completes();
  const again = HALF.filter((piece) => blocksOf(seed, piece) > 0);
  if (again.length > againMax) fail(`it downloaded ${again.length} of ${HALF.length} pieces again`);
}

/** One byte in the first piece. The file is new, as it is after anything that damages one, also for who remembers whole seconds. */
function damage(stage: Stage): void {
  const path = everythingBelow(stage.out).find((one) => basename(one).startsWith(stage.torrent.name));
  if (path === undefined) notApplicable('it keeps what it has downloaded under another name');
  const fd = openSync(path, 'r+');
  const wrong = (stage.torrent.content.read(100, 1)[0] ?? 0) ^ 0xff;
  const { atime, mtimeMs } = statSync(path);
  writeSync(fd, Uint8Array.of(wrong), 0, 1, 100);
  closeSync(fd);
  utimesSync(path, atime, new Date(mtimeMs + 2_000));
}

const HALF = [0, 1, 2, 3, 4, 5, 6, 7];
