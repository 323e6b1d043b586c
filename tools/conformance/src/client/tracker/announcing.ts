import type { Exchange } from '@unchoke/mock-tracker';
import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import { clientCase } from '../client-case.js';
import type { Stage } from '../stage.js';
import type { ClientSubject } from '../subject.js';

const TRACKERS = 'BEP 3, trackers';

/** What the first announce says, looked at one by one. */
const FIRST: readonly (readonly [
  id: string,
  level: 'MUST' | 'SHOULD',
  rule: string,
  judge: (stage: Stage, first: Exchange) => string | undefined,
])[] = [
  [
    'info-hash',
    'MUST',
    'It announces the info-hash as its 20 bytes, percent-encoded.',
    (stage, { request }) =>
      differs(request.infoHash, Buffer.from(stage.torrent.mock.infoHash).toString('hex'), 'info_hash'),
  ],
  [
    'peer-id',
    'SHOULD',
    'It announces the peer id that it has in its handshakes.',
    (stage, { request }) =>
      differs(peerIdBytes(request.peerId), Buffer.from(stage.greeting?.peerId ?? []).toString('hex'), 'peer_id'),
  ],
  [
    'port',
    'MUST',
    'It announces the port that it listens on.',
    (stage, { request }) => differs(request.port, stage.port, 'port'),
  ],
  [
    'left',
    'MUST',
    'It announces what is left: all, when it has nothing.',
    (stage, { request }) => differs(request.left, stage.torrent.mock.totalLength, 'left'),
  ],
  [
    'uploaded',
    'MUST',
    'It announces uploaded, no block at the start.',
    // Some count all that they say, and somebody has greeted them by then.
    (_, { request }) => (Number(request.uploaded) < BLOCK ? undefined : `uploaded is ${request.uploaded}`),
  ],
  [
    'downloaded',
    'MUST',
    'It announces downloaded, 0 at the start.',
    (_, { request }) => differs(request.downloaded, 0, 'downloaded'),
  ],
  [
    'compact',
    'SHOULD',
    'It asks for compact peers.',
    (_, { request }) => (request.target?.includes('compact=1') === true ? undefined : 'compact=1 is missing'),
  ],
  [
    'started',
    'MUST',
    'Its first announce says started.',
    (_, { request }) => differs(request.event, 'started', 'event'),
  ],
];

const first: readonly Case<ClientSubject>[] = FIRST.map(([id, level, rule, judge]) =>
  clientCase({
    ...{
      id: `${id === 'compact' ? 'bep23' : 'bep3'}/announce/${id}`,
      level,
      rule,
      section: id === 'compact' ? 'BEP 23' : TRACKERS,
    },
    play: async (stage) => {
      await stage.start();
      const announce = await stage.until(() => stage.announces[0], 30_000, 'an announce');
      const wrong = judge(stage, announce);
      if (wrong !== undefined) fail(wrong);
    },
  }),
);

const events: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep3/announce/started-once', level: 'MUST', section: TRACKERS },
    rule: 'It says started once.',
    play: async (stage) => {
      await stage.start();
      await stage.until(() => stage.announces.length > 0, 30_000, 'an announce');
      await stage.meet(await stage.seed());
      await stage.completes();
      const count = stage.announced('started').length;
      if (count !== 1) fail(`it said it ${count} times`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/announce/completed', level: 'MUST', section: TRACKERS },
    rule: 'It says completed, once, with nothing left, when a download is complete.',
    play: async (stage) => {
      await stage.start();
      await stage.until(() => stage.announced('started').length > 0, 30_000, 'an announce');
      await stage.meet(await stage.seed());
      await stage.completes();
      const [completed] = await stage
        .until(() => nonEmpty(stage.announced('completed')), 20_000, 'completed')
        .catch((error: unknown) => {
          if (stage.announced('completed').length > 0) return stage.announced('completed');
          throw error;
        });
      if (completed?.request.left !== 0) fail(`it said that ${String(completed?.request.left)} bytes are left`);
      if (stage.announced('completed').length > 1) fail('it said it again');
    },
  }),
  clientCase({
    ...{ id: 'bep3/announce/completed-not-by-seeds', level: 'MUST', section: TRACKERS, needs: ['seeds'] },
    rule: 'A seed that had everything at its start never says completed.',
    play: async (stage) => {
      await stage.startSeed();
      await stage.until(() => stage.announces.length > 0, 30_000, 'an announce');
      await stage.never(() => stage.announced('completed').length > 0 && 'it said completed', 3_000);
    },
  }),
  clientCase({
    ...{ id: 'bep3/announce/seed-left', level: 'MUST', section: TRACKERS, needs: ['seeds'] },
    rule: 'A seed announces that nothing is left.',
    play: async (stage) => {
      await stage.startSeed();
      // Some announce before they have looked at what is there.
      await stage.until(
        () => stage.announces.some(({ request }) => request.left === 0),
        30_000,
        'an announce with left=0',
      );
    },
  }),
  clientCase({
    ...{ id: 'bep3/announce/stopped', level: 'SHOULD', section: TRACKERS },
    rule: 'It says stopped when it is asked to end.',
    play: async (stage) => {
      await stage.start();
      await answered(stage);
      await stage.stop();
      await stage.until(() => stage.announced('stopped').length > 0, 5_000, 'stopped');
    },
  }),
  clientCase({
    ...{ id: 'bep3/announce/counters', level: 'SHOULD', section: TRACKERS },
    rule: 'At the end it announces at least as many downloaded bytes as the torrent has, and nothing uploaded when nobody asked.',
    play: async (stage) => {
      await stage.start();
      await stage.until(() => stage.announces.length > 0, 30_000, 'an announce');
      await stage.meet(await stage.seed());
      await stage.completes();
      await stage.stopIfRunning();
      const last = stage.announces.at(-1)?.request;
      if (last === undefined || stage.announces.length < 2) notApplicable('it announced once only');
      if (Number(last.downloaded) < stage.torrent.mock.totalLength)
        fail(`it announced downloaded=${String(last.downloaded)}`);
      if (Number(last.uploaded) !== 0) fail(`it announced uploaded=${String(last.uploaded)}`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/announce/key-kept', level: 'SHOULD', section: 'BEP 15, key' },
    rule: 'If it has a key, it has the same one in every announce.',
    play: async (stage) => {
      await stage.start();
      await answered(stage);
      await stage.stop();
      const keys = new Set(stage.announces.map(({ request }) => request.key));
      if (keys.has(undefined) && keys.size === 1) notApplicable('it has none');
      if (stage.announces.length < 2) notApplicable('it announced once only');
      if (keys.size > 1) fail(`it had ${[...keys].map(String).join(' and ')}`);
    },
  }),
  clientCase({
    ...{
      id: 'bep3/announce/tracker-id',
      level: 'SHOULD',
      section: TRACKERS,
      stage: { scenario: { rules: [{ do: { reply: { trackerId: 'kit-42', peers: { only: [] } } } }] } },
    },
    rule: 'It sends back the tracker id that it was given.',
    play: async (stage) => {
      await stage.start();
      await answered(stage);
      await stage.stop();
      const later = stage.announces.slice(1);
      if (later.length === 0) notApplicable('it announced once only');
      const without = later.find(({ request }) => request.trackerId !== 'kit-42');
      if (without !== undefined)
        fail(`it sent ${String(without.request.trackerId)} with ${without.request.event ?? 'no event'}`);
    },
  }),
  clientCase({
    ...{ id: 'bep3/announce/dials-compact', level: 'MUST', section: 'BEP 23', needs: ['dialsLoopback'] },
    rule: 'It downloads from a peer that the tracker names in compact form.',
    play: async (stage) => await fromNamed(stage, 'compact'),
  }),
  clientCase({
    ...{ id: 'bep3/announce/dials-dictionary', level: 'MUST', section: TRACKERS, needs: ['dialsLoopback'] },
    rule: 'It downloads from a peer that the tracker names in a dictionary without ids.',
    play: async (stage) => await fromNamed(stage, 'dictionary-without-ids'),
  }),
];

export const announcingCases: readonly Case<ClientSubject>[] = [...first, ...events];

/** It has announced and had time to read the answer. */
async function answered(stage: Stage): Promise<void> {
  await stage.until(() => stage.announces.length > 0, 30_000, 'an announce');
  await stage.never(() => false, 1_000);
}

async function fromNamed(stage: Stage, form: 'compact' | 'dictionary-without-ids'): Promise<void> {
  const seed = await stage.seed();
  stage.tracker.setScenario({ rules: [{ do: { reply: { interval: 1800, peers: { only: [seed.address], form } } } }] });
  await stage.start();
  await stage.completes();
}

function differs(found: unknown, wanted: unknown, name: string): string | undefined {
  return found === wanted ? undefined : `${name} is ${String(found)}, not ${String(wanted)}`;
}

/** The log writes letters as they are and other bytes as %00. */
function peerIdBytes(text: string | undefined): string {
  return Buffer.from(
    (text ?? '').replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('hex');
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

const BLOCK = 16_384;
