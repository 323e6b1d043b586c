import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import type { Actor } from '../actor.js';
import { clientCase, needsExtension } from '../client-case.js';
import { hostileCase } from '../hostile.js';
import type { Stage } from '../stage.js';
import type { ClientSubject } from '../subject.js';

const PEX = 'BEP 11';

const BAD = [
  ['odd-length', 'has an odd length'],
  ['short-flags', 'has fewer flags than peers'],
  ['bad-addresses', 'names addresses that nobody may dial'],
  ['mistyped', 'has values of the wrong types'],
  ['flood', 'names thousands of peers'],
  ['ten-a-second', 'comes ten times a second'],
  ['hundred-thousand', 'names a hundred thousand peers'],
] as const;

export const pexCases: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep11/receiving/dials', level: 'SHOULD', section: PEX, needs: ['dialsLoopback'] },
    rule: 'It dials a peer that another peer tells it of, if it offers ut_pex.',
    play: async (stage) => {
      const { named } = await told(stage);
      await stage.until(() => named.opened > 0, 60_000, 'it to dial the peer that it was told of');
    },
  }),
  clientCase({
    ...{ id: 'bep27/pex/not-offered', level: 'MUST', section: 'BEP 27', stage: { torrent: { isPrivate: true } } },
    rule: 'It does not offer ut_pex for a private torrent.',
    play: async (stage) => {
      await stage.start();
      needsExtension(stage, 'extensions');
      const peer = await stage.seed({ have: [] });
      await stage.meet(peer);
      await stage.until(() => peer.heard('extended-handshake').length > 0, 20_000, 'an extended handshake');
      const id = idsOf(peer)['ut_pex'];
      if (id !== undefined && id !== 0) fail(`it gave ut_pex the id ${String(id)}`);
    },
  }),
  clientCase({
    ...{
      id: 'bep27/pex/not-dialled',
      level: 'MUST',
      section: 'BEP 27',
      needs: ['dialsLoopback'],
      stage: { torrent: { isPrivate: true } },
    },
    rule: 'It does not dial peers that it was told of by ut_pex for a private torrent.',
    play: async (stage) => {
      const { named } = await told(stage, true);
      await stage.never(() => named.opened > 0 && 'it dialled the peer that another peer had named', 10_000);
    },
  }),
  clientCase({
    ...{ id: 'bep11/sending/bounded', level: 'SHOULD', section: PEX, profile: 'full', timeoutS: 200 },
    rule: 'It sends at most one message a minute, with at most fifty peers in all but the first.',
    play: async (stage) => {
      await stage.start();
      needsExtension(stage, 'extensions');
      const listener = await stage.seed({ have: [] });
      await stage.meet(listener);
      await stage.until(() => listener.heard('extended-handshake').length > 0, 20_000, 'an extended handshake');
      if (idsOf(listener)['ut_pex'] === undefined) notApplicable('it does not offer ut_pex');
      const others: Actor[] = [];
      for (let i = 0; i < 60; i++)
        others.push(await stage.seed({ have: [], behaviour: { dial: { redialAfterMs: 500 }, rules: [] } }));
      await stage.meet(...others);
      await stage.until(
        () => others.filter(({ isGreeted }) => isGreeted).length >= 20,
        30_000,
        'twenty of sixty peers to be taken',
      );
      await stage.never(() => tooMuch(stage, listener), 75_000);
    },
  }),
  ...BAD.map(([name, what]) =>
    hostileCase({
      ...{ id: `bep11/receiving/${name}`, level: 'SAFE', section: PEX, expect: 'survive', extension: 'extensions' },
      ...{ behaviour: `pex-${name}`, rule: `It completes from others when a message ${what}.` },
      ...(name === 'ten-a-second' ? { lingersS: 5 } : {}),
    }),
  ),
];

/** A peer that names another one which nobody else knows. */
async function told(stage: Stage, isPrivate = false): Promise<{ named: Actor }> {
  await stage.start();
  needsExtension(stage, 'extensions');
  const named = await stage.seed();
  const teller = await stage.seed({
    have: [],
    behaviour: [
      {
        when: { on: 'receive', message: 'extended-handshake' },
        do: {
          type: 'send',
          message: {
            type: 'pex',
            fields: { added: { bytes: { peers: [named.address] } }, 'added.f': { bytes: '00' } },
          },
        },
      },
    ],
  });
  await stage.meet(teller);
  await stage.until(() => teller.heard('extended-handshake').length > 0, 20_000, 'an extended handshake');
  if (!isPrivate && idsOf(teller)['ut_pex'] === undefined) notApplicable('it does not offer ut_pex');
  return { named };
}

function idsOf(peer: Actor): Readonly<Record<string, unknown>> {
  const header = peer.heard('extended-handshake')[0]?.['header'] as
    | { readonly m?: Record<string, unknown> }
    | undefined;
  return header?.m ?? {};
}

function tooMuch(stage: Stage, listener: Actor): string | undefined {
  const messages = listener.heard('pex');
  for (const message of messages) {
    const { connection } = message;
    const before = messages.filter((one) => one.connection === connection && one.timeMs < message.timeMs).at(-1);
    // The first one of a connection may name everybody.
    if (before === undefined) continue;
    const header = message['header'] as { readonly added?: unknown };
    const added = header.added;
    const length =
      typeof added === 'object' && added !== null && 'bytes' in added
        ? Number(added.bytes)
        : String(added ?? '').length / 2;
    if (length / 6 > 50) return `it named ${length / 6} peers at once`;
    if (message.timeMs - before.timeMs < stage.kit.ms(55_000)) {
      return `two messages came within ${Math.round(message.timeMs - before.timeMs)} ms`;
    }
  }
  return undefined;
}
