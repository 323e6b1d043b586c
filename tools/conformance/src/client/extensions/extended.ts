import type { Case } from '../../case.js';
import { fail } from '../../errors.js';
import type { Actor } from '../actor.js';
import { clientCase, needsExtension } from '../client-case.js';
import { hostileCase } from '../hostile.js';
import type { Stage } from '../stage.js';
import type { ClientSubject } from '../subject.js';

const EXTENDED = 'BEP 10';

/** Extended handshakes that are none: whatever becomes of the connection, the download goes on. */
const BAD = [
  ['not-bencode', 'is no bencode'],
  ['list', 'is a list'],
  ['nested', 'opens a hundred thousand lists and closes none'],
  ['nested-closed', 'holds a hundred thousand lists in each other'],
  ['wide', 'has a huge number of keys'],
  ['mistyped', 'has values of the wrong types'],
  ['huge-v', 'has a name of the client that is huge'],
  ['bad-ids', 'gives ids that are no bytes'],
  ['prototype', 'has keys such as __proto__'],
] as const;

const own: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep10/handshake/dictionary', level: 'MUST', section: EXTENDED },
    rule: 'Its extended handshake is a dictionary in which m is one, too.',
    play: async (stage) => {
      const { header } = await extendedHandshake(stage);
      if (typeof header !== 'object' || header === null) fail('it is no dictionary');
      const { m } = header as { readonly m?: unknown };
      if (typeof m !== 'object' || m === null || Array.isArray(m)) fail('it has no dictionary m');
    },
  }),
  clientCase({
    ...{ id: 'bep10/handshake/ids', level: 'MUST', section: EXTENDED },
    rule: 'It gives its extensions different ids between 1 and 255.',
    play: async (stage) => {
      const { header } = await extendedHandshake(stage);
      const ids = Object.entries((header as { readonly m?: Record<string, unknown> }).m ?? {});
      const used = ids.filter(([, id]) => id !== 0);
      const odd = used.find(([, id]) => !Number.isInteger(id) || Number(id) < 1 || Number(id) > 255);
      if (odd !== undefined) fail(`${odd[0]} has the id ${String(odd[1])}`);
      if (new Set(used.map(([, id]) => id)).size < used.length) fail('two extensions have the same id');
    },
  }),
  clientCase({
    ...{ id: 'bep10/handshake/not-without-offer', level: 'MUST', section: EXTENDED },
    rule: 'It sends no extended message to a peer that did not offer BEP 10.',
    play: async (stage) => {
      await stage.start();
      const plain = await stage.seed({
        behaviour: [
          {
            when: { on: 'send', message: 'handshake' },
            do: { type: 'alter', fields: { reserved: '00 00 00 00 00 00 00 04' } },
          },
        ],
      });
      await stage.meet(plain);
      await stage.completes();
      const said = ['extended-handshake', 'extended', 'pex', 'metadata-request'].find(
        (name) => plain.heard(name).length > 0,
      );
      if (said !== undefined) fail(`it sent ${said}`);
    },
  }),
  clientCase({
    ...{ id: 'bep10/handshake/once-on-time', level: 'SHOULD', section: EXTENDED },
    rule: 'Its extended handshake comes before it asks for anything.',
    play: async (stage) => {
      await stage.start();
      needsExtension(stage, 'extensions');
      const seed = await stage.seed();
      await stage.meet(seed);
      await stage.completes();
      const first = seed.records.find(
        ({ direction, message }) => direction === 'received' && ['extended-handshake', 'request'].includes(message),
      );
      if (first?.message !== 'extended-handshake') fail('it asked for blocks first');
    },
  }),
];

export const extendedCases: readonly Case<ClientSubject>[] = [
  ...own,
  ...BAD.map(([name, what]) =>
    hostileCase({
      ...{
        id: `bep10/handshake/bad/${name}`,
        profile: ['list', 'nested', 'mistyped'].includes(name) ? 'quick' : 'full',
        level: 'SAFE',
        section: EXTENDED,
        expect: 'survive',
        extension: 'extensions',
      },
      ...(name.startsWith('nested') ? { reason: 'CVE-2020-8437' } : {}),
      ...{
        behaviour: `extended-handshake-${name}`,
        rule: `It completes from others when an extended handshake ${what}.`,
      },
    }),
  ),
  hostileCase({
    ...{ id: 'bep10/handshake/repeated', level: 'MUST', section: EXTENDED, expect: 'keep', extension: 'extensions' },
    rule: 'It takes an extended handshake that comes again.',
    // Once the bitfield is through: that has to come before what is no part of the beginning.
    behaviour: [{ when: { on: 'ready' }, do: { type: 'send', message: { type: 'extended-handshake' }, times: 3 } }],
  }),
  hostileCase({
    ...{ id: 'bep10/handshake/disabling', level: 'MUST', section: EXTENDED, expect: 'keep', extension: 'extensions' },
    ...{
      behaviour: 'extended-handshake-disabling',
      rule: 'It takes an extended handshake that switches extensions off.',
    },
  }),
  hostileCase({
    ...{
      id: 'bep10/messages/unknown-id',
      level: 'SAFE',
      section: EXTENDED,
      expect: 'survive',
      extension: 'extensions',
    },
    rule: 'It lives on when an extended message has an id that it never gave.',
    behaviour: [
      {
        when: { on: 'ready' },
        do: { type: 'send', message: { type: 'extended', id: 200, payload: { text: 'de' } }, times: 5 },
      },
    ],
  }),
];

/** The first one that a peer gets. */
export async function extendedHandshake(
  stage: Stage,
  plan: Parameters<Stage['seed']>[0] = {},
): Promise<Actor['records'][number]> {
  await stage.start();
  needsExtension(stage, 'extensions');
  const peer = await stage.seed({ have: [], ...plan });
  await stage.meet(peer);
  await stage.until(
    () => peer.heard('extended-handshake').length > 0 || peer.heard('extended').length > 0,
    20_000,
    'an extended handshake',
  );
  const [first] = peer.heard('extended-handshake');
  if (first === undefined) fail('its extended handshake is no dictionary');
  return first;
}
