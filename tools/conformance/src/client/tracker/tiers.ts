import type { TrackerScenario } from '@unchoke/mock-tracker';
import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import { clientCase } from '../client-case.js';
import type { ClientSubject } from '../subject.js';

const TIERS = 'BEP 12';
const NOBODY: TrackerScenario = { rules: [{ do: { reply: { interval: 1_800, peers: { only: [] } } } }] };
const DOWN: TrackerScenario = { rules: [{ do: { http: { status: 503 }, udp: { drop: 'request' } } }] };

export const tierCases: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep12/tiers/failover', level: 'MUST', section: TIERS },
    rule: 'It turns to the second tier when the first one fails.',
    stage: { scenario: DOWN, others: [NOBODY], tiers: ([a, b]) => [[a!], [b!]] },
    play: async (stage) => {
      await stage.start();
      await stage.until(() => (stage.others[0]?.requests.length ?? 0) > 0, 60_000, 'an announce to the second tier');
    },
  }),
  clientCase({
    ...{ id: 'bep12/tiers/within-a-tier', level: 'MUST', section: TIERS },
    rule: 'It turns to the other tracker of a tier when one fails.',
    stage: { scenario: DOWN, others: [NOBODY], tiers: ([a, b]) => [[a!, b!]] },
    play: async (stage) => {
      await stage.start();
      await stage.until(() => (stage.others[0]?.requests.length ?? 0) > 0, 60_000, 'an announce to the other tracker');
    },
  }),
  clientCase({
    ...{ id: 'bep12/tiers/first-only', level: 'SHOULD', section: TIERS },
    rule: 'It leaves the second tier alone while the first one answers.',
    stage: { others: [NOBODY], tiers: ([a, b]) => [[a!], [b!]] },
    play: async (stage) => {
      await stage.start();
      await stage.until(() => stage.announces.length > 0, 30_000, 'an announce to the first tier');
      await stage.never(
        () => (stage.others[0]?.requests.length ?? 0) > 0 && 'it announced to the second tier, too',
        5_000,
      );
    },
  }),
  clientCase({
    ...{ id: 'bep12/tiers/list-wins', level: 'MUST', section: TIERS },
    rule: 'It passes over announce where there is an announce-list.',
    stage: { others: [NOBODY], tiers: ([, b]) => [[b!]] },
    play: async (stage) => {
      await stage.start();
      await stage.until(
        () => (stage.others[0]?.requests.length ?? 0) > 0,
        30_000,
        'an announce to the tracker of the list',
      );
      await stage.never(() => stage.announces.length > 0 && 'it announced to the one under announce', 3_000);
    },
  }),
  clientCase({
    ...{ id: 'bep27/tiers/one-at-a-time', level: 'MUST', section: 'BEP 27' },
    rule: 'It announces a private torrent to one tracker at a time.',
    stage: { torrent: { isPrivate: true }, others: [NOBODY], tiers: ([a, b]) => [[a!], [b!]] },
    play: async (stage) => {
      await stage.start();
      await stage.until(
        () => stage.announces.length + (stage.others[0]?.requests.length ?? 0) > 0,
        30_000,
        'an announce',
      );
      await stage.never(
        () => stage.announces.length > 0 && (stage.others[0]?.requests.length ?? 0) > 0 && 'it announced to both',
        5_000,
      );
    },
  }),
];

/** Whether anything came over UDP at all; many switch it off. */
const udp = { announce: 'udp' as const };

export const udpCases: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep15/announce/works', level: 'MUST', section: 'BEP 15', stage: udp },
    rule: 'It announces over UDP: connects first, then announces under the id that it got.',
    play: async (stage) => {
      await stage.start();
      await stage
        .until(() => stage.tracker.requests.length > 0, 30_000, 'a datagram')
        .catch(() => notApplicable('it sends no datagrams'));
      await stage.until(
        () => stage.announces.some(({ reply }) => reply.type === 'peers'),
        30_000,
        'an announce under a valid connection id',
      );
      const first = stage.announces.find(({ reply }) => reply.type === 'peers')?.request;
      if (first?.infoHash !== Buffer.from(stage.torrent.mock.infoHash).toString('hex'))
        fail('it announced another info-hash');
      if (first.event !== 'started') fail(`its first announce says ${String(first.event)}`);
      if (Number(first.left) !== stage.torrent.mock.totalLength) fail(`it announced left=${String(first.left)}`);
      if (first.port !== stage.port) fail(`it announced port ${String(first.port)}`);
    },
  }),
  clientCase({
    ...{ id: 'bep15/announce/peers', level: 'MUST', section: 'BEP 15', stage: udp, needs: ['dialsLoopback'] },
    rule: 'It downloads from a peer that the tracker names over UDP.',
    play: async (stage) => {
      const seed = await stage.seed();
      stage.tracker.setScenario(stage.named(seed));
      await stage.start();
      await stage
        .until(() => stage.tracker.requests.length > 0, 30_000, 'a datagram')
        .catch(() => notApplicable('it sends no datagrams'));
      await stage.completes();
    },
  }),
  clientCase({
    ...{ id: 'bep15/connect/backoff', level: 'SHOULD', section: 'BEP 15', profile: 'full', timeoutS: 120 },
    rule: 'It waits 15 seconds before it sends a datagram again that was not answered.',
    stage: { ...udp, scenario: { rules: [{ do: { udp: { drop: 'request' } } }] } },
    play: async (stage) => {
      await stage.start();
      await stage
        .until(() => stage.tracker.requests.length > 0, 30_000, 'a datagram')
        .catch(() => notApplicable('it sends no datagrams'));
      // A client with sockets of two families may send one of each.
      await stage.never(
        () => stage.tracker.requests.length > 2 && `it sent ${stage.tracker.requests.length} within fourteen seconds`,
        14_000,
      );
    },
  }),
  clientCase({
    ...{ id: 'bep15/connect/again', level: 'SHOULD', section: 'BEP 15', profile: 'full', timeoutS: 150 },
    rule: 'It sends a datagram again that was lost.',
    stage: { ...udp, scenario: { rules: [{ when: { nth: 1 }, do: { udp: { drop: 'request' } } }] } },
    play: async (stage) => {
      await stage.start();
      await stage
        .until(() => stage.tracker.requests.length > 0, 30_000, 'a datagram')
        .catch(() => notApplicable('it sends no datagrams'));
      await stage.until(() => stage.tracker.requests.length > 1, 70_000, 'a second datagram');
    },
  }),
  ...(
    [
      ['wrong-transaction', 'has another transaction id', { transactionId: 'wrong' }],
      ['wrong-action', 'has an unknown action', { action: 77 }],
      ['short', 'is cut off', { cutAt: 6 }],
      ['empty', 'is empty', { cutAt: 0 }],
      ['error', 'is an error', { error: 'not today' }],
      ['strays', 'comes behind a hundred stray datagrams', { strays: 100 }],
      ['twice', 'comes twice', { copies: 2 }],
      ['other-port', 'comes from another port', { otherPort: true }],
    ] as const
  ).map(([id, what, doing]) =>
    clientCase({
      ...{
        id: `bep15/answer/${id}`,
        level: 'SAFE',
        section: 'BEP 15',
        profile: id === 'error' || id === 'strays' ? 'quick' : 'full',
      },
      rule: `It completes from peers that it knows otherwise when an answer over UDP ${what}.`,
      stage: { ...udp, scenario: { rules: [{ do: { udp: doing, reply: { peers: { only: [] } } } }] } },
      play: async (stage) => {
        await stage.start();
        await stage
          .until(() => stage.tracker.requests.length > 0, 30_000, 'a datagram')
          .catch(() => notApplicable('it sends no datagrams'));
        await stage.meet(await stage.seed());
        await stage.completes();
      },
    }),
  ),
  clientCase({
    ...{ id: 'bep15/answer/forged-not-taken', level: 'MUST', section: 'BEP 15', needs: ['dialsLoopback'] },
    rule: 'It takes no peers out of an answer with another transaction id.',
    stage: udp,
    play: async (stage) => {
      const named = await stage.seed();
      stage.tracker.setScenario({
        rules: [
          {
            when: { request: 'announce' },
            do: { udp: { transactionId: 'wrong' }, reply: { peers: { only: [named.address] } } },
          },
        ],
      });
      await stage.start();
      await stage
        .until(() => stage.announces.length > 0, 30_000, 'an announce')
        .catch(() => notApplicable('it sends no datagrams'));
      await stage.never(() => named.opened > 0 && 'it dialled a peer of that answer', 8_000);
    },
  }),
];
