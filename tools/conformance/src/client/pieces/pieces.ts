import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import { clientCase, needsExtension } from '../client-case.js';
import { type Hostile, hostileCase } from '../hostile.js';
import type { ClientSubject } from '../subject.js';
import { taken } from '../taken.js';

const PIECE = 'BEP 3, piece';

type Row = readonly [id: string, behaviour: Hostile['behaviour'], rule: string];

/** Blocks that are not what was asked for: the other seed has the right ones, and nothing of these stays. */
const BLOCKS: readonly Row[] = [
  ['unrequested', 'unrequested-piece', 'It writes no block that it did not ask for.'],
  ['index-out-of-range', 'piece-index-out-of-range', 'It lives on when a block belongs to a piece behind the last.'],
  ['wrong-offset', 'wrong-offset', 'It completes with the right bytes when blocks come for another offset.'],
  [
    'unaligned-offset',
    'unaligned-offset',
    'It completes with the right bytes when blocks come for offsets between blocks.',
  ],
  ['short', 'short-block', 'It completes with the right bytes when blocks are too short.'],
  ['long', 'long-block', 'It completes with the right bytes when blocks are too long.'],
  ['empty', 'empty-block', 'It completes with the right bytes when blocks are empty.'],
  ['1-mib', 'piece-of-1-mib', 'It lives on when a block has a megabyte.'],
  ['duplicate', 'duplicate-piece', 'It completes with the right bytes when every block comes twice.'],
  ['already-had', 'piece-already-had', 'It leaves verified data as it is when a block for it comes again.'],
];

const POISON: readonly Row[] = [
  ['all', 'poison-all', 'It completes from others when every block of a peer is bad.'],
  ['one-block', 'poison-one-block', 'It completes from others when one block of a peer is bad.'],
  ['last-piece', 'poison-last-piece', 'It completes from others when the last piece of a peer is bad.'],
  [
    'some',
    [{ when: { on: 'send', message: 'piece', after: 3, every: 10 }, do: { type: 'corrupt' } }],
    'It completes from others when a block in ten is bad.',
  ],
  [
    'after-good-reputation',
    [{ when: { on: 'send', message: 'piece', after: 16 }, do: { type: 'corrupt' } }],
    'It completes from others when a peer turns bad after many good blocks.',
  ],
];

const own: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep6/pieces/unrequested-closes', level: 'MUST', section: 'BEP 6' },
    rule: 'With the fast extension it closes the connection when a block comes that it never asked for.',
    play: async (stage) => {
      await stage.start();
      needsExtension(stage, 'fast');
      const liar = await stage.seed({
        have: [],
        behaviour: [
          {
            when: { on: 'ready' },
            do: { type: 'send', message: { type: 'piece', piece: 0, begin: 0, block: { zeros: 16_384 } } },
          },
        ],
      });
      await stage.meet(liar);
      await stage.until(() => liar.closed > 0, 20_000, 'the connection to be closed');
    },
  }),
  clientCase({
    ...{ id: 'safe/pieces/poison-banned', level: 'SAFE', section: 'reliability' },
    rule: 'It stops taking data from a peer that alone sent bad pieces, at the latest after as many as the torrent has twice.',
    play: async (stage) => {
      await stage.start();
      const liar = await stage.seed({ behaviour: 'poison-all' });
      await stage.meet(liar);
      const blocks = stage.torrent.mock.pieceCount * 2;
      await stage.until(() => liar.said('piece').length >= 2, 40_000, 'bad blocks to be taken');
      await stage.never(
        () =>
          liar.said('piece').length > blocks * 2 && `it took ${liar.said('piece').length} bad blocks and wants more`,
        15_000,
      );
    },
  }),
  clientCase({
    ...{ id: 'safe/pieces/poison-not-announced', level: 'SAFE', section: 'reliability' },
    rule: 'It tells nobody of a piece whose hash does not match.',
    play: async (stage) => {
      await stage.start();
      const witness = await stage.leech({
        behaviour: [{ when: { on: 'send', message: 'interested' }, do: { type: 'drop' } }],
      });
      await stage.meet(witness);
      await stage.until(() => witness.isGreeted, 20_000, 'its handshake');
      const liar = await stage.seed({ behaviour: 'poison-all', have: [0, 1] });
      await stage.meet(liar);
      await stage.until(() => liar.said('piece').length >= 4 || liar.closed > 0, 60_000, 'bad blocks to be taken');
      await stage.never(() => witness.heard('have').length > 0 && 'it said that it has a bad piece', 3_000);
    },
  }),
  clientCase({
    ...{ id: 'safe/pieces/poison-not-on-disk', level: 'SAFE', section: 'reliability' },
    rule: 'It does not take a download for complete whose pieces are bad.',
    play: async (stage) => {
      await stage.start();
      const last = stage.torrent.mock.pieceCount - 1;
      const rest = Array.from({ length: last }, (_, piece) => piece);
      const honest = await stage.seed({ have: rest });
      await stage.meet(honest);
      await taken(stage, honest, rest);
      const liar = await stage.seed({ behaviour: 'poison-all', have: [last] });
      await stage.meet(liar);
      await stage.until(() => liar.said('piece').length >= 2, 60_000, 'the bad piece to be taken');
      await stage.never(
        () => stage.announced('completed').length > 0 && 'it told the tracker that it was complete',
        5_000,
      );
      if (stage.exit?.code === 0) fail('its process ended as if the download were complete');
    },
  }),
  clientCase({
    ...{ id: 'safe/pieces/poison-not-served', level: 'SAFE', section: 'reliability' },
    rule: 'It hands on nothing of a piece whose hash does not match.',
    play: async (stage) => {
      await stage.start();
      const liar = await stage.seed({ behaviour: 'poison-all', have: [0] });
      const victim = await stage.leech({
        behaviour: [
          {
            when: { on: 'receive', message: 'unchoke' },
            do: { type: 'send', message: { type: 'request', piece: 0, begin: 0, length: 16_384 } },
          },
        ],
      });
      await stage.meet(victim);
      await stage.until(() => victim.isGreeted, 20_000, 'its handshake');
      // It is interested in whatever there may be, so that it is unchoked.
      victim.tell({ type: 'send', message: { type: 'interested' } });
      await stage.meet(liar);
      await stage.until(() => liar.said('piece').length >= 2 || liar.closed > 0, 60_000, 'bad blocks to be taken');
      victim.tell({ type: 'send', message: { type: 'request', piece: 0, begin: 0, length: 16_384 } });
      await stage.never(() => victim.heard('piece').length > 0 && 'it served a block of the bad piece', 15_000);
    },
  }),
  clientCase({
    ...{ id: 'safe/pieces/poison-mixed', level: 'SAFE', section: 'reliability', timeoutS: 150 },
    rule: 'It completes when bad and good blocks are mixed in every piece.',
    play: async (stage) => {
      await stage.start();
      const liar = await stage.seed({
        behaviour: [{ when: { on: 'send', message: 'piece', every: 2 }, do: { type: 'corrupt' } }],
      });
      await stage.meet(liar, await stage.seed(), await stage.seed());
      await stage.completes(100_000);
    },
  }),
  clientCase({
    ...{ id: 'safe/pieces/late-duplicate', level: 'SAFE', section: 'reliability' },
    rule: 'It keeps the bytes it verified when blocks come late, after others brought them.',
    play: async (stage) => {
      await stage.start();
      // A download takes the time it takes, however fast minutes pass.
      const lateMs = Math.max(LATE_MS, stage.kit.ms(LATE_MS));
      // Whoever takes them has worse than a copy.
      const late = await stage.seed({
        behaviour: [
          { when: { on: 'send', message: 'piece' }, do: [{ type: 'corrupt' }, { type: 'delay', ms: lateMs }] },
        ],
      });
      await stage.meet(late);
      await stage.until(() => late.heard('request').length > 0, 40_000, 'a request');
      await stage.meet(await stage.seed());
      await stage.completes();
      await stage.until(
        () => late.said('piece').length > 0 || late.closed > 0 || stage.exit !== undefined,
        40_000,
        'the late blocks to be sent',
      );
      if (late.said('piece').length === 0) notApplicable('it had left before the late blocks came');
      await stage.never(() => false, 1_000);
      const isRight = stage.torrent.files.every((file) => stage.isFileRight(file));
      if (!isRight) fail('what it had verified was overwritten');
    },
  }),
];

export const pieceCases: readonly Case<ClientSubject>[] = [
  ...BLOCKS.map(([id, behaviour, rule]) =>
    hostileCase({
      ...{ id: `bep3/pieces/${id}`, level: 'SAFE', rule, section: PIECE, behaviour, expect: 'survive' },
      // A request that got such an answer may have to run out of time before others are asked.
      ...{ withinS: 130, timeoutS: 220 },
    }),
  ),
  ...POISON.map(([id, behaviour, rule]) =>
    hostileCase({
      ...{ id: `safe/pieces/poison-${id}`, level: 'SAFE', rule, section: 'reliability', behaviour, expect: 'survive' },
      ...{ withinS: 90, timeoutS: 150 },
    }),
  ),
  ...own,
];

/** Others have answered by then. */
const LATE_MS = 3_000;
