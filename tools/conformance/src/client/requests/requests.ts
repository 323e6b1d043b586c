import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import type { Actor } from '../actor.js';
import { clientCase, needsExtension } from '../client-case.js';
import { hostileCase } from '../hostile.js';
import type { Stage } from '../stage.js';
import type { ClientSubject } from '../subject.js';

const REQUESTS = 'BEP 3, request';
const BLOCK = 16_384;

const honest: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep3/requests/block-length', level: 'MUST', section: REQUESTS },
    rule: 'It asks for at most 16 KiB at a time.',
    play: async (stage) => {
      const seed = await downloadedFrom(stage);
      const long = seed.heard('request').find(({ length }) => Number(length) > BLOCK);
      if (long !== undefined) fail(`it asked for ${long['length']} bytes`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/requests/in-range', level: 'MUST', section: REQUESTS },
    rule: 'It asks for nothing outside the pieces, also at the end of the last one.',
    play: async (stage) => {
      const seed = await downloadedFrom(stage);
      const [detail] = seed.oddities('request-out-of-range');
      if (detail !== undefined) fail(`it asked for ${detail}`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/requests/only-what-is-there', level: 'MUST', section: REQUESTS },
    rule: 'It asks a peer only for pieces which that peer has.',
    play: async (stage) => {
      await stage.start();
      const odd = await stage.seed({ have: [1, 3, 5, 7, 9, 11, 13] });
      const even = await stage.seed({ have: [0, 2, 4, 6, 8, 10, 12, 14] });
      await stage.meet(odd, even);
      await stage.completes();
      const [detail] = [...odd.oddities('request-for-missing-piece'), ...even.oddities('request-for-missing-piece')];
      if (detail !== undefined) fail(`it asked for ${detail}`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/requests/pipelined', level: 'SHOULD', section: REQUESTS },
    rule: 'It keeps several requests on their way at once.',
    play: async (stage) => {
      await stage.start();
      // Some begin with one and ask for more as they see how fast a peer is: it delivers, each block a little later.
      const slow = await stage.seed({
        behaviour: [{ when: { on: 'send', message: 'piece' }, do: { type: 'delay', ms: 50 } }],
      });
      await stage.meet(slow);
      await stage.until(
        () => slow.heard('request').length - slow.said('piece').length > 1,
        40_000,
        'a second request before the first is answered',
      );
    },
  }),
  clientCase({
    ...{ id: 'bep3/requests/once', level: 'SAFE', section: REQUESTS },
    rule: 'It asks one peer for a block once, unless it was choked or refused.',
    play: async (stage) => {
      const seed = await downloadedFrom(stage);
      const asked = seed.heard('request').map(({ piece, begin }) => `${piece}:${begin}`);
      const twice = asked.find((block, i) => asked.indexOf(block) !== i);
      if (twice !== undefined) fail(`it asked twice for the block ${twice}`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/requests/order-varies', level: 'MAY', section: 'BEP 3, downloading' },
    rule: 'It does not download the pieces from front to back.',
    play: async (stage) => {
      const seed = await downloadedFrom(stage);
      const pieces = [...new Set(seed.heard('request').map(({ piece }) => Number(piece)))];
      if (pieces.every((piece, i) => piece === i)) fail('it asked for piece 0, 1, 2, … up to the last');
    },
  }),
  clientCase({
    ...{ id: 'bep10/requests/reqq', level: 'SHOULD', section: 'BEP 10, reqq' },
    rule: 'It has no more requests on their way than the peer says it can queue; one more is forgiven.',
    play: async (stage) => {
      await stage.start();
      needsExtension(stage, 'extensions');
      const narrow = await stage.seed({
        behaviour: [
          {
            when: { on: 'send', message: 'extended-handshake' },
            do: { type: 'alter', fields: { header: { reqq: 3 } } },
          },
          { when: { on: 'receive', message: 'request' }, do: { type: 'ignore' } },
        ],
      });
      await stage.meet(narrow);
      await stage.until(() => narrow.heard('request').length > 0, 40_000, 'a request');
      await stage.never(
        () => narrow.heard('request').length > 4 && `it had ${narrow.heard('request').length} on their way`,
        3_000,
      );
    },
  }),
  ...(['zero', 'negative', 'huge'] as const).map((size) =>
    hostileCase({
      ...{
        id: `bep10/requests/reqq-${size}`,
        level: 'SAFE',
        section: 'BEP 10, reqq',
        expect: 'survive',
        extension: 'extensions',
      },
      rule: `It completes whatever reqq a peer gives: ${size === 'huge' ? '2^40' : size === 'zero' ? '0' : 'a negative number'}.`,
      behaviour: `reqq-${size}`,
    }),
  ),
];

type Row = readonly [id: string, behaviour: string, rule: string];

/** Seeds that do not deliver: who waits for them for ever never completes. */
const STALLING: readonly Row[] = [
  ['serves-nothing', 'liar-serves-nothing', 'It asks others for what a peer leaves unanswered.'],
  ['serve-then-stall', 'serve-then-stall', 'It asks others when a peer stops answering.'],
  ['stall-mid-block', 'stall-mid-block', 'It asks others when a peer stops in the middle of a block.'],
  ['one-byte-per-second', 'one-byte-per-second', 'It asks others when a peer sends a byte a second.'],
  ['ignore-one-piece', 'ignore-one-piece', 'It asks others for the one piece that a peer does not deliver.'],
];

const QUICK_STALLING: readonly Row[] = [
  ['never-unchoke', 'never-unchoke', 'It completes from others when a peer never unchokes it.'],
  ['keep-alive-only', 'keep-alive-only', 'It completes from others when a peer says nothing but keep-alives.'],
  ['refuse-one-piece', 'refuse-one-piece', 'It asks others for the one piece that a peer refuses.'],
  [
    'close-on-interested',
    'close-on-interested',
    'It completes from others when a peer leaves as soon as it is wanted.',
  ],
  ['close-after-unchoke', 'close-after-unchoke', 'It asks others for what it had asked a peer that left.'],
  ['reset-on-request', 'reset-on-request', 'It asks others for what it had asked a peer whose connection broke.'],
  ['disconnect-mid-block', 'disconnect-mid-block', 'It asks others for a block that broke off in the middle.'],
];

const stalling: readonly Case<ClientSubject>[] = [
  ...STALLING.map(([id, behaviour, rule]) =>
    hostileCase({
      ...{ id: `safe/requests/${id}`, level: 'SAFE', rule, section: 'reliability', behaviour, expect: 'survive' },
      ...{ profile: 'full', withinS: 130, timeoutS: 220 },
    }),
  ),
  ...QUICK_STALLING.map(([id, behaviour, rule]) =>
    hostileCase({
      id: `safe/requests/${id}`,
      level: 'SAFE',
      rule,
      section: 'reliability',
      behaviour,
      expect: 'survive',
    }),
  ),
];

const endGame: Case<ClientSubject> = clientCase({
  ...{
    id: 'bep3/requests/end-game-cancel',
    level: 'SHOULD',
    section: 'BEP 3, end game',
    profile: 'full',
    timeoutS: 150,
  },
  rule: 'It cancels what it asked of several peers as soon as one of them has answered.',
  play: async (stage) => {
    await stage.start();
    const slow = await stage.seed({
      behaviour: [{ when: { on: 'receive', message: 'request' }, do: { type: 'ignore' } }],
    });
    await stage.meet(slow);
    await stage.until(() => slow.heard('request').length > 0, 40_000, 'a request');
    // What the slow one was asked for, the quick one must be asked for, too, or there was no end game.
    const quick = await stage.seed();
    await stage.meet(quick);
    await stage.completes(60_000).catch((error: unknown) => {
      if (!hasBoth(slow, quick)) notApplicable('it asks nobody twice: time-outs do what an end game would');
      throw error;
    });
    if (!hasBoth(slow, quick)) notApplicable('it asks nobody twice');
    await stage
      .until(() => slow.heard('cancel').length > 0 || slow.closed > 0, 10_000, 'a cancel')
      .catch((error: unknown) => {
        if (stage.exit !== undefined) notApplicable('its process was over first');
        throw error;
      });
    if (slow.heard('cancel').length === 0) notApplicable('it had closed the connection first');
  },
});

export const requestCases: readonly Case<ClientSubject>[] = [...honest, ...stalling, endGame];

async function downloadedFrom(stage: Stage): Promise<Actor> {
  await stage.start();
  const seed = await stage.seed();
  await stage.meet(seed);
  await stage.completes();
  return seed;
}

function hasBoth(slow: Actor, quick: Actor): boolean {
  const open = new Set(slow.heard('request').map(({ piece, begin }) => `${piece}:${begin}`));
  return quick.heard('request').some(({ piece, begin }) => open.has(`${piece}:${begin}`));
}
