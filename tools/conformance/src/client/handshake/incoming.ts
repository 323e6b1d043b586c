import type { Case } from '../../case.js';
import { fail } from '../../errors.js';
import { clientCase } from '../client-case.js';
import { greet } from '../greeting.js';
import { hostileCase } from '../hostile.js';
import type { Stage } from '../stage.js';
import type { ClientSubject } from '../subject.js';

const HANDSHAKE = 'BEP 3, handshake';

/** What is no handshake: never answered with one, and cut off within a minute, also by those who try encryption on it. */
const STRANGERS = [
  ['http', 'handshake-http', 'HTTP'],
  ['tls', 'handshake-tls', 'TLS'],
  ['random', 'handshake-random-bytes', 'random bytes'],
  ['length-byte', 'handshake-wrong-length-byte', 'a wrong length byte'],
  ['protocol', 'handshake-wrong-protocol', 'another protocol name'],
] as const;

const CUTS = [1, 19, 20, 28, 48, 67] as const;

const strangers: readonly Case<ClientSubject>[] = STRANGERS.map(([name, behaviour, what]) =>
  clientCase({
    ...{ id: `bep3/handshake/stranger/${name}`, level: 'SAFE', section: HANDSHAKE, profile: 'full', timeoutS: 150 },
    rule: `It closes a connection that begins with ${what} within a minute and greets nobody there.`,
    play: async (stage) => {
      await stage.start();
      const stranger = await stage.seed({ behaviour });
      await stage.meet(stranger);
      await closedInTime(stage, () => stranger.closed > 0);
      if (stranger.heard('handshake').length > 0) fail('it answered with a handshake');
    },
  }),
);

const partial: readonly Case<ClientSubject>[] = CUTS.map((bytes) =>
  clientCase({
    ...{
      id: `bep3/handshake/partial/${bytes}-bytes`,
      level: 'SAFE',
      section: HANDSHAKE,
      profile: 'full',
      timeoutS: 150,
    },
    rule: `It closes a connection whose handshake stops after ${bytes} ${bytes === 1 ? 'byte' : 'bytes'} within a minute.`,
    play: async (stage) => {
      await stage.start();
      const silent = await stage.seed({ behaviour: `handshake-cut-at-${bytes}` });
      await stage.meet(silent);
      await closedInTime(stage, () => silent.closed > 0);
    },
  }),
);

const own: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep3/handshake/answer/protocol', level: 'MUST', section: HANDSHAKE },
    rule: 'It answers a handshake with one of its own: the byte 19 and the protocol name come first.',
    play: async (stage) => {
      await stage.start();
      if (stage.greeting?.protocol !== '\x13BitTorrent protocol')
        fail(`it began with ${JSON.stringify(stage.greeting?.protocol)}`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/handshake/answer/info-hash', level: 'MUST', section: HANDSHAKE },
    rule: 'It answers with the info-hash it was asked for.',
    play: async (stage) => {
      await stage.start();
      const given = Buffer.from(stage.greeting?.infoHash ?? []).toString('hex');
      const wanted = Buffer.from(stage.torrent.mock.infoHash).toString('hex');
      if (given !== wanted) fail(`it answered with ${given}, not ${wanted}`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/handshake/answer/peer-id-kept', level: 'SHOULD', section: HANDSHAKE },
    rule: 'It has one peer id for all connections of one torrent.',
    play: async (stage) => {
      await stage.start();
      const again = await greet(stage.port, stage.torrent.mock.infoHash, stage.nextHost(), 10_000);
      const ids = [stage.greeting, again].map((one) => Buffer.from(one?.peerId ?? []).toString('latin1'));
      if (ids[0] !== ids[1]) fail(`it was ${JSON.stringify(ids[0])} first and ${JSON.stringify(ids[1])} then`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/handshake/unknown-info-hash', level: 'MUST', section: HANDSHAKE },
    rule: 'It closes the connection of a peer that asks for a torrent it does not have, without answering.',
    play: async (stage) => {
      await stage.start();
      const stranger = await stage.seed({
        behaviour: [
          { when: { on: 'send', message: 'handshake' }, do: { type: 'alter', fields: { infoHash: 'aa'.repeat(20) } } },
        ],
      });
      await stage.meet(stranger);
      await stage.until(() => stranger.closed > 0 || stranger.isGreeted, 60_000, 'the connection to be closed');
      if (stranger.isGreeted) fail('it answered with a handshake');
    },
    timeoutS: 100,
  }),
  clientCase({
    ...{ id: 'bep3/handshake/drip', level: 'SAFE', section: HANDSHAKE, profile: 'full', timeoutS: 150 },
    rule: 'It closes a connection whose handshake comes byte by byte, one each two seconds: the deadline is for the whole of it.',
    play: async (stage) => {
      await stage.start();
      const slow = await stage.seed({
        behaviour: [
          { when: { on: 'open' }, do: { type: 'drip', bytes: 1, everyMs: Math.max(1, stage.kit.ms(2_000)) } },
        ],
      });
      await stage.meet(slow);
      await closedInTime(stage, () => slow.closed > 0);
    },
  }),
  clientCase({
    ...{ id: 'bep3/handshake/own-peer-id', level: 'SAFE', section: HANDSHAKE },
    rule: 'It closes a connection to somebody who has its own peer id: that is itself.',
    play: async (stage) => {
      await stage.start();
      const twin = await stage.seed({ peerId: new Uint8Array(stage.greeting!.peerId) });
      await stage.meet(twin);
      await stage.until(() => twin.closed > 0, 20_000, 'the connection to be closed');
    },
  }),
  clientCase({
    ...{
      id: 'bep3/handshake/half-open-flood',
      level: 'SAFE',
      section: HANDSHAKE,
      timeoutS: 120,
      profile: 'full',
      alone: true,
    },
    rule: 'It still takes an honest peer while 200 connections of others say nothing.',
    play: async (stage) => {
      await stage.start();
      const silent = await stage.seed({
        behaviour: { dial: { connections: 200 }, rules: [{ when: { on: 'open' }, do: { type: 'mute' } }] },
      });
      await stage.meet(silent);
      await stage.until(() => silent.opened >= 150, 30_000, 'the connections to be taken');
      const redials = { dial: { redialAfterMs: 500 }, rules: [] };
      await stage.meet(await stage.seed({ behaviour: redials }));
      await stage.completes();
    },
  }),
];

const bits: readonly Case<ClientSubject>[] = [
  hostileCase({
    ...{
      id: 'bep3/handshake/reserved/all',
      level: 'SAFE',
      reason: 'libtorrent#8692',
      section: HANDSHAKE,
      expect: 'alone',
    },
    ...{ behaviour: 'reserved-bits-all', rule: 'It downloads from a peer that sets every reserved bit.' },
  }),
  hostileCase({
    ...{ id: 'bep3/handshake/reserved/unassigned', level: 'MUST', section: HANDSHAKE, expect: 'alone' },
    ...{
      behaviour: 'reserved-bits-unassigned',
      rule: 'It downloads from a peer that sets reserved bits nobody assigned.',
    },
  }),
  hostileCase({
    ...{ id: 'bep3/handshake/reserved/none', level: 'MUST', section: HANDSHAKE, expect: 'alone' },
    rule: 'It downloads from a peer that offers no extension at all.',
    behaviour: [
      { when: { on: 'send', message: 'handshake' }, do: { type: 'alter', fields: { reserved: '00'.repeat(8) } } },
    ],
  }),
];

export const incomingCases: readonly Case<ClientSubject>[] = [...own, ...bits, ...strangers, ...partial];

/** Reliable ones wait 10 to 30 seconds. */
async function closedInTime(stage: Stage, isClosed: () => boolean): Promise<void> {
  await stage.until(isClosed, 65_000, 'the connection to be closed');
}
