import type { Case } from '../../case.js';
import { clientCase } from '../client-case.js';
import { type Hostile, hostileCase } from '../hostile.js';
import type { ClientSubject } from '../subject.js';

const WIRE = 'BEP 3, peer messages';
const FAST = 'BEP 6';

/** Thousands of messages take a while to answer. */
const HEAVY = /^(choke-flap|interest-flap|suggest-flood)$/;
const LATER = { profile: 'full', alone: true } as const;

type Row = readonly [id: string, behaviour: string, expect: Hostile['expect'], level: Hostile['level'], rule: string];

/** Messages that say what cannot be. Where no text demands a close, living on unharmed is enough. */
const HAVES: readonly Row[] = [
  [
    'have/out-of-range',
    'have-out-of-range',
    'survive',
    'SAFE',
    'It completes from others when a peer has a piece behind the last.',
  ],
  ['have/max', 'have-max', 'survive', 'SAFE', 'It completes from others when a peer has piece 2^32 − 1.'],
  [
    'bitfield/too-long',
    'bitfield-too-long',
    'close',
    'SHOULD',
    'It closes the connection when a bitfield is too long.',
  ],
  [
    'bitfield/too-short',
    'bitfield-too-short',
    'close',
    'SHOULD',
    'It closes the connection when a bitfield is too short.',
  ],
  [
    'bitfield/spare-bits',
    'bitfield-spare-bits',
    'close',
    'SHOULD',
    'It closes the connection when spare bits of a bitfield are set.',
  ],
  ['bitfield/empty', 'bitfield-empty', 'survive', 'SAFE', 'It completes from others when a bitfield has no bytes.'],
  ['bitfield/twice', 'bitfield-twice', 'survive', 'SAFE', 'It completes from others when a bitfield comes twice.'],
  ['bitfield/late', 'bitfield-late', 'survive', 'SAFE', 'It completes from others when a bitfield comes late.'],
  [
    'choke/flapping',
    'choke-flap',
    'survive',
    'SAFE',
    'It lives on and completes when a peer chokes and unchokes it ten thousand times.',
  ],
  [
    'interest/flapping',
    'interest-flap',
    'survive',
    'SAFE',
    'It lives on and completes when the interest of a peer comes and goes ten thousand times.',
  ],
];

const HINTS: readonly Row[] = [
  [
    'have-all/without-fast',
    'have-all-without-fast',
    'survive',
    'SAFE',
    'It completes from others when a peer says have-all that never offered it.',
  ],
  [
    'have-all/then-bitfield',
    'have-all-then-bitfield',
    'survive',
    'SAFE',
    'It completes from others when a bitfield follows have-all.',
  ],
  [
    'have-all/then-have-none',
    'have-all-then-have-none',
    'survive',
    'SAFE',
    'It completes from others when have-none follows have-all.',
  ],
  [
    'suggest/out-of-range',
    'suggest-out-of-range',
    'survive',
    'SAFE',
    'It completes from others when a piece behind the last is suggested.',
  ],
  ['suggest/flood', 'suggest-flood', 'survive', 'SAFE', 'It lives on and completes under a flood of suggestions.'],
  [
    'allowed-fast/out-of-range',
    'allowed-fast-out-of-range',
    'survive',
    'SAFE',
    'It completes from others when a piece behind the last is allowed.',
  ],
  [
    'hints/without-fast',
    'hints-without-fast',
    'survive',
    'SAFE',
    'It completes from others when hints come from a peer that never offered them.',
  ],
];

const oneByOne = hostileCase({
  ...{ id: 'bep3/state/have/one-by-one', level: 'MUST', section: WIRE, expect: 'alone' },
  rule: 'It learns of pieces by have, one after the other.',
  behaviour: [
    { when: { on: 'send', message: ['bitfield', 'have-all'] }, do: { type: 'drop' } },
    { when: { on: 'ready' }, do: { type: 'send', message: { type: 'have', piece: 'each' }, times: 15, everyMs: 50 } },
  ],
});

const chokedAgain = clientCase({
  ...{ id: 'bep3/state/choke/after-every-block', level: 'MUST', section: WIRE, timeoutS: 220 },
  rule: 'It asks again for what a choke dropped, and completes.',
  play: async (stage) => {
    await stage.start();
    const fickle = await stage.seed({ behaviour: 'choke-after-every-block', have: [0, 1] });
    await stage.meet(fickle);
    // Some look around every thirty seconds only.
    const blocks = (): number => new Set(fickle.said('piece').map(({ piece, begin }) => `${piece}:${begin}`)).size;
    await stage.until(() => blocks() >= 4, 135_000, 'the four blocks of a peer that chokes after each');
    await stage.meet(await stage.seed());
    await stage.completes();
  },
});

const flapping = clientCase({
  ...{ id: 'bep3/state/choke/flapping-slowly', level: 'SAFE', section: WIRE },
  rule: 'It lives on and completes when a peer chokes and unchokes it all the time.',
  play: async (stage) => {
    await stage.start();
    // With one piece of it the download is not over before it has changed its mind often enough.
    const fickle = await stage.seed({ behaviour: 'choke-flap-slow', have: [0] });
    await stage.meet(fickle);
    await stage.until(() => fickle.said('choke').length >= 10 || fickle.closed > 0, 30_000, 'ten chokes');
    await stage.meet(await stage.seed());
    await stage.completes();
  },
});

export const messageCases: readonly Case<ClientSubject>[] = [
  oneByOne,
  chokedAgain,
  flapping,
  ...HAVES.map(caseOf('bep3/state', WIRE)),
  ...HINTS.map(caseOf('bep6/state', FAST)),
];

function caseOf(layer: string, section: string): (row: Row) => Case<ClientSubject> {
  return ([id, behaviour, expect, level, rule]) =>
    hostileCase({
      id: `${layer}/${id}`,
      level,
      rule,
      section,
      behaviour,
      expect,
      ...(HEAVY.test(behaviour) ? LATER : {}),
      // Ten times a second: most downloads of this size are over by the second time.
      ...(behaviour === 'choke-flap-slow' ? { lingersS: 5 } : {}),
    });
}
