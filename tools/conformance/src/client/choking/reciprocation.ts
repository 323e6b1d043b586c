import type { Rule } from '@unchoke/mock-peer';
import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import type { Actor } from '../actor.js';
import { clientCase } from '../client-case.js';
import type { Stage } from '../stage.js';
import type { ClientSubject } from '../subject.js';
import { holdsSlot, SlotTime } from './slot-time.js';

const COMMON = { level: 'SHOULD', section: 'BEP 3, choking', profile: 'full', timeoutS: 330 } as const;
/** More than is fetched before the end: who is complete has nobody to thank. */
const TORRENT = { torrent: { length: 24 * 1024 * 1024, pieceLength: 65_536 } };
/** Fetched at the beginning, and wanted by all others from then on. */
const FED: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7];
const LAST_PIECE = 383;
/** Slots of their own are certain for so few: nobody has less than three that can be earned. */
const GIVERS = 3;
/** More than most have slots for. */
const TAKERS = 27;
/** A block every so often is 20 KiB/s: much more than nothing, and not over too soon. */
const BLOCK_EVERY_MS = 800;
/** Programs decide every ten seconds, and judge by what they saw in the last twenty or thirty. */
const SETTLED_MS = 40_000;
const WATCHED_MS = 120_000;
const SHARE_MIN = 0.8;
/** Of 150 that each could have given; with fewer it has given nothing worth a slot. */
const BLOCKS_MIN = 20;
/** BEP 3: over a minute without a block is being snubbed. */
const SNUBBED_MS = 60_000;

export const reciprocationCases: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ ...COMMON, id: 'bep3/choking/reciprocation', stage: TORRENT },
    rule: 'While it downloads it serves each of three peers that give to it at least four fifths of the time, and leaves the rest to those that give nothing.',
    play: async (stage) => {
      const { givers, takers } = await exchange(stage);
      const before = givers.map((giver) => giver.said('piece').length);
      const time = new SlotTime([...givers, ...takers], stage.kit.ms(250));
      await stage.never(() => {
        needsChoice(takers);
        time.look(performance.now());
        return false;
      }, WATCHED_MS);
      givers.forEach((giver, i) => {
        const blocks = giver.said('piece').length - before[i]!;
        if (blocks < BLOCKS_MIN) notApplicable(`it took only ${blocks} blocks of a peer that had more to give`);
      });
      const least = Math.min(...givers.map((giver) => time.shareOf(giver)));
      const takersShare = takers.reduce((sum, taker) => sum + time.shareOf(taker), 0) / takers.length;
      if (least < SHARE_MIN)
        fail(
          `it served a peer that gave to it ${percent(least)} of the time, one that gave nothing ${percent(takersShare)}`,
        );
    },
  }),
  clientCase({
    ...{ ...COMMON, id: 'bep3/choking/anti-snubbing', stage: TORRENT },
    rule: 'A peer that held a slot for what it gave loses it when it has sent nothing for a minute.',
    play: async (stage) => {
      const { givers, takers } = await exchange(stage);
      await stage
        .until(() => givers.every(holdsSlot), 60_000, 'each of three peers that give to be served')
        .catch(() => notApplicable('it does not serve those who give, so they have nothing to lose'));
      const silent = givers[0]!;
      silent.tell({ type: 'stall' });
      const startedMs = performance.now();
      await stage.until(
        () => {
          needsChoice(takers);
          // Before that it may lose it and get it back in good faith.
          return performance.now() - startedMs >= stage.kit.ms(SNUBBED_MS) && !holdsSlot(silent);
        },
        SNUBBED_MS + 120_000,
        'a silent peer to lose its slot',
      );
      stage.judgeHealth();
    },
  }),
];

/** A download on the way from three peers, with many others around that want something and give nothing. */
async function exchange(
  stage: Stage,
): Promise<{ readonly givers: readonly Actor[]; readonly takers: readonly Actor[] }> {
  await stage.start();
  // A little, and then it waits: nobody is satisfied, and nobody has a whole piece to give.
  const modest: Rule = { when: { on: 'send', message: 'request', after: 2 }, do: { type: 'drop' } };
  const pace: Rule = {
    when: { on: 'ready' },
    do: { type: 'drip', bytes: 17_000, everyMs: Math.round(stage.kit.ms(BLOCK_EVERY_MS)) },
  };
  const comesBack = { redialAfterMs: 1_000 };
  const takers: Actor[] = [];
  for (let i = 0; i < TAKERS; i++) takers.push(await stage.leech({ behaviour: { dial: comesBack, rules: [modest] } }));
  const feeder = await stage.seed({ have: FED });
  await stage.meet(feeder);
  const fedBlocks = (FED.length * TORRENT.torrent.pieceLength) / 16_384;
  await stage.until(() => feeder.said('piece').length >= fedBlocks, 60_000, `${FED.length} pieces to be fetched`);
  // Checked by then, so that whoever comes learns it from the bitfield: not everybody tells those who give nothing of a piece.
  await stage.never(() => false, 5_000);
  await stage.meet(...takers);
  const all = stage.until(() => takers.every((taker) => taker.said('interested').length > 0), 60_000, 'haves');
  await all.catch(() => notApplicable(`it did not tell ${TAKERS} peers what it has`));
  const have = Array.from({ length: LAST_PIECE + 1 }, (_, piece) => piece).slice(FED.length);
  const givers: Actor[] = [];
  for (let i = 0; i < GIVERS; i++) {
    const behaviour = { dial: comesBack, rules: [modest, pace] };
    givers.push(await stage.leech({ have, content: stage.torrent.content, behaviour }));
  }
  // Last of all, so that they have to earn what others have got.
  await stage.meet(...givers);
  await stage.never(() => false, SETTLED_MS);
  return { givers, takers };
}

/** Whoever has a slot for everybody has nothing to decide. */
function needsChoice(takers: readonly Actor[]): void {
  if (takers.every(holdsSlot)) notApplicable(`it has a slot for each of ${TAKERS} peers that give nothing`);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
