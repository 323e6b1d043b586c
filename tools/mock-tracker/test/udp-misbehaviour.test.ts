import { afterEach, expect, test } from 'vitest';
import {
  type Misbehaviour,
  type MockTracker,
  type Occasion,
  startMockTracker,
  type TrackerCondition,
} from '../src/index.js';
import { announceTarget, get, UdpClient, udpAnnounce } from './support/clients.js';

let tracker: MockTracker;
let client: UdpClient;

afterEach(async () => {
  client.close();
  await tracker.close();
});

const PEER = '7f0000011a01';

/** A tracker that knows one peer, a rule for announces (unless said otherwise), and a client with a connection id. */
async function misbehaving(
  misbehaviour: Misbehaviour,
  when: TrackerCondition & Occasion = { request: 'announce' },
): Promise<Buffer> {
  tracker = await startMockTracker({ scenario: { rules: [{ when: { protocol: 'udp', ...when }, do: misbehaviour }] } });
  await get(tracker.port, announceTarget({ peerId: 'a'.repeat(20), port: 0x1a01 }));
  client = new UdpClient(tracker.port);
  return client.connectionId();
}

async function replyOf(misbehaviour: Misbehaviour): Promise<string> {
  return (await askMisbehaving(misbehaviour)).toString('hex');
}

async function askMisbehaving(misbehaviour: Misbehaviour): Promise<Buffer> {
  const connectionId = await misbehaving(misbehaviour);
  return client.ask(udpAnnounce(connectionId));
}

const HEAD = '0000000100000007';
const GOOD = `${HEAD}0000003c0000000200000000${PEER}`;

test.each<[string, Misbehaviour, string]>([
  ['nothing', {}, GOOD],
  ['HTTP only', { http: { status: 500 }, body: { nest: 1 } }, GOOD],
  ['an error packet', { udp: { error: 'no é' } }, `0000000300000007${Buffer.from('no é').toString('hex')}`],
  ['a failure', { reply: { failure: 'no' } }, '00000003000000076e6f'],
  ['another transaction', { udp: { transactionId: 'wrong' } }, GOOD.replace('00000007', '5a5a5a5d')],
  ['transaction 1', { udp: { transactionId: 1 } }, GOOD.replace('00000007', '00000001')],
  ['another action', { udp: { action: 0 } }, GOOD.replace('00000001', '00000000')],
  ['cut', { udp: { cutAt: 19 } }, GOOD.slice(0, 38)],
  ['empty', { udp: { cutAt: 0 } }, ''],
  ['longer', { udp: { append: { hex: 'ff' } } }, `${GOOD}ff`],
  ['other bytes', { udp: { replace: { text: 'hi' } } }, '6869'],
  [
    'interval -1, absurd counts',
    { reply: { interval: -1, complete: '4294967297' } },
    `${HEAD}ffffffff0000000200000001${PEER}`,
  ],
  [
    'peers with port 0 and itself',
    { reply: { peers: { add: ['10.0.0.1:0', 'self'] } } },
    `${GOOD}0a00000100007f0000011ae1`,
  ],
  ['a cut list', { reply: { peers: { cutBytes: 2 } } }, GOOD.slice(0, -4)],
  ['no peers', { reply: { peers: { none: true } } }, GOOD.slice(0, 40)],
])('%s', async (_, misbehaviour, expected) => {
  expect(await replyOf(misbehaviour)).toBe(expected);
});

test('as many made-up peers as a datagram holds', async () => {
  const reply = await askMisbehaving({ reply: { peers: { madeUp: 100_000 } } });
  expect(reply.length).toBe(20 + Math.floor((65_507 - 20) / 6) * 6);
});

test('a lost request is not counted, a lost reply is; the next one comes through', async () => {
  for (const drop of ['request', 'reply'] as const) {
    const connectionId = await misbehaving({ udp: { drop } }, { request: 'announce', nth: 1 });
    client.send(udpAnnounce(connectionId));
    // The reply that does come is the second one's: datagrams on loopback keep their order.
    const second = await client.ask(udpAnnounce(connectionId, { peerId: 'q'.repeat(20) }, { transactionId: 8 }));
    expect(second.readUInt32BE(4)).toBe(8);
    expect(tracker.stats().peerCount).toBe(drop === 'request' ? 2 : 3);
    client.close();
    await tracker.close();
  }
  await misbehaving({});
});

test('duplicated', async () => {
  await askMisbehaving({ udp: { copies: 3 } });
  for (let copy = 2; copy <= 3; copy++) expect((await client.next()).bytes.toString('hex')).toBe(GOOD);
});

test('reordered: the first reply waits for the second', async () => {
  const connectionId = await misbehaving({ udp: { holdForNext: true } }, { nth: 1, request: 'announce' });
  client.send(udpAnnounce(connectionId, {}, { transactionId: 1 }));
  client.send(udpAnnounce(connectionId, {}, { transactionId: 2 }));
  expect((await client.next()).bytes.readUInt32BE(4)).toBe(2);
  expect((await client.next()).bytes.readUInt32BE(4)).toBe(1);
});

test('delayed', async () => {
  expect(await replyOf({ udp: { waitMs: 1 } })).toBe(GOOD);
});

test('from another port', async () => {
  const connectionId = await misbehaving({ udp: { otherPort: true } });
  client.send(udpAnnounce(connectionId));
  const { bytes, port } = await client.next();
  expect(bytes.toString('hex')).toBe(GOOD);
  expect(port).not.toBe(tracker.port);
});

test('strays before the answer', async () => {
  const first = await askMisbehaving({ udp: { strays: 3 } });
  expect(first.readUInt32BE(4)).toBe(8);
  expect((await client.next()).bytes.readUInt32BE(0)).toBe(0x7fff_ffff);
  expect((await client.next()).bytes.length).toBeLessThan(8);
  expect((await client.next()).bytes.toString('hex')).toBe(GOOD);
});

test('a connection id that has expired, and one that is called so', async () => {
  const stale = await misbehaving({ udp: { staleConnectionId: true } }, { request: 'connect', nth: 1 });
  const refused = await client.ask(udpAnnounce(stale));
  expect(refused.readUInt32BE(0)).toBe(3);
  expect(refused.toString('latin1', 8)).toContain('connect again');
  const good = await client.connectionId();
  expect((await client.ask(udpAnnounce(good))).toString('hex')).toBe(GOOD);
  tracker.setScenario({ rules: [{ when: { request: 'announce' }, do: { udp: { staleConnectionId: true } } }] });
  expect((await client.ask(udpAnnounce(good))).readUInt32BE(0)).toBe(3);
});
