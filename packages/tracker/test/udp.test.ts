import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AddressFamily,
  decodeUdpReply,
  decodeUdpRequest,
  encodeUdpReply,
  encodeUdpRequest,
  PeerList,
  TrackerError,
  type TrackerErrorCode,
  type UdpReply,
  type UdpRequest,
} from '../src/index.js';
import { announceRequests, hashes, hex, u32, u64, udpAnnouncePeers } from './samples.js';

const HASH = 'aa'.repeat(20);
const PEER_ID = 'bb'.repeat(20);

/** The tables of BEP 15 and BEP 41, filled in by hand. */
const requests: readonly (readonly [string, UdpRequest, string])[] = [
  ['connect', { type: 'connect', transactionId: 0xdeadbeef }, '0000041727101980 00000000 deadbeef'],
  [
    'announce',
    {
      type: 'announce',
      connectionId: 0x0102030405060708n,
      transactionId: 7,
      request: {
        infoHash: hex(HASH),
        peerId: hex(PEER_ID),
        downloaded: 2 ** 32 + 1,
        left: Number.MAX_SAFE_INTEGER,
        uploaded: 3,
        event: 'started',
        key: 0xfeedface,
        port: 6881,
      },
    },
    `0102030405060708 00000001 00000007 ${HASH} ${PEER_ID} 0000000100000001 001fffffffffffff 0000000000000003
     00000002 00000000 feedface ffffffff 1ae1`,
  ],
  [
    'announce with an address, a number of peers and URL data',
    {
      type: 'announce',
      connectionId: 0n,
      transactionId: 0,
      request: {
        infoHash: hex(HASH),
        peerId: hex(PEER_ID),
        downloaded: 0,
        left: 0,
        uploaded: 0,
        event: 'stopped',
        ip: '10.0.0.1',
        key: 0,
        numWant: 0,
        port: 1,
      },
      urlData: '/a?b',
    },
    `0000000000000000 00000001 00000000 ${HASH} ${PEER_ID} 0000000000000000 0000000000000000 0000000000000000
     00000003 0a000001 00000000 00000000 0001 02 04 2f613f62`,
  ],
  [
    'scrape',
    { type: 'scrape', connectionId: 2n ** 64n - 1n, transactionId: 9, infoHashes: [hex(HASH), hex(PEER_ID)] },
    `ffffffffffffffff 00000002 00000009 ${HASH} ${PEER_ID}`,
  ],
];

const replies: readonly (readonly [string, UdpReply, AddressFamily, string])[] = [
  ['connect', { type: 'connect', transactionId: 1, connectionId: 0xf0n }, 4, '00000000 00000001 00000000000000f0'],
  [
    'announce over IPv4',
    {
      type: 'announce',
      transactionId: 2,
      reply: {
        type: 'peers',
        intervalS: 1800,
        incomplete: 5,
        complete: 4,
        peers: PeerList.of([{ host: '1.2.3.4', port: 5 }]),
      },
    },
    4,
    '00000001 00000002 00000708 00000005 00000004 01020304 0005',
  ],
  [
    'announce over IPv6',
    {
      type: 'announce',
      transactionId: 2,
      reply: {
        type: 'peers',
        intervalS: 60,
        incomplete: 0,
        complete: 1,
        peers: PeerList.of([{ host: '::1', port: 6 }]),
      },
    },
    6,
    '00000001 00000002 0000003c 00000000 00000001 00000000000000000000000000000001 0006',
  ],
  [
    'scrape',
    { type: 'scrape', transactionId: 3, swarms: [{ complete: 1, downloaded: 2, incomplete: 3 }] },
    4,
    '00000002 00000003 00000001 00000002 00000003',
  ],
  ['error', { type: 'error', transactionId: 4, message: 'no é' }, 6, '00000003 00000004 6e6f20c3a9'],
];

describe('requests', () => {
  test.each(requests)('%s', (_name, message, bytes) => {
    expect(encodeUdpRequest(message)).toEqual(hex(bytes));
    expect(decodeUdpRequest(hex(bytes))).toEqual(message);
  });

  const messages: fc.Arbitrary<UdpRequest> = fc.oneof(
    fc.record({ type: fc.constant('connect' as const), transactionId: u32 }),
    fc.record(
      {
        type: fc.constant('announce' as const),
        connectionId: u64,
        transactionId: u32,
        request: announceRequests,
        urlData: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 600 }),
      },
      { requiredKeys: ['type', 'connectionId', 'transactionId', 'request'] },
    ) as fc.Arbitrary<UdpRequest>,
    fc.record({
      type: fc.constant('scrape' as const),
      connectionId: u64,
      transactionId: u32,
      infoHashes: fc.array(hashes, { minLength: 1, maxLength: 74 }),
    }),
  );

  test('what was written reads back', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeUdpRequest(encodeUdpRequest(message))).toEqual(message);
      }),
    );
  });

  test('options that are not ours, or not whole, do no harm', () => {
    const [, message, bytes] = requests[1]!;
    for (const options of ['00', '01', '01 00 02 02 2f61', '07 02 aaaa', '02', '02 05 2f', '01 01 01', 'ff ff 00']) {
      expect(decodeUdpRequest(hex(bytes + options))).toEqual(message);
    }
    const joined = decodeUdpRequest(hex(`${bytes} 01 02 02 2f61 09 01 00 02 01 62 00 02 01 63`));
    expect(joined).toEqual({ ...message, urlData: '/ab' });
  });

  test('a huge count reads as the largest exact number', () => {
    const bytes = hex(requests[1]![2]);
    bytes.fill(0xff, 64, 72);
    expect(decodeUdpRequest(bytes)).toMatchObject({ request: { left: Number.MAX_SAFE_INTEGER } });
  });

  test.each([
    ['', 0],
    ['0000041727101980 00000000 000000', 15],
    ['0000041727101981 00000000 00000000', 0],
    ['0000041727101980 00000003 00000000', 8],
    ['0000041727101980 00000001 00000000', 16],
    ['0000041727101980 00000002 00000000', 16],
    [`0000041727101980 00000002 00000000 ${HASH.slice(2)}`, 16],
    [`0102030405060708 00000001 00000007 ${HASH} ${PEER_ID} ${'00'.repeat(24)} 00000005 ${'00'.repeat(14)}`, 80],
  ])('%s is refused at its offset', (bytes, offset) => {
    expect(errorOf(() => decodeUdpRequest(hex(bytes)))).toMatchObject({ code: 'malformed-request', offset });
  });

  test('what cannot be sent is refused', () => {
    const announce = requests[1]![1] as Extract<UdpRequest, { type: 'announce' }>;
    const change = (fields: object): UdpRequest => ({ ...announce, request: { ...announce.request, ...fields } });
    const bad: readonly UdpRequest[] = [
      change({ infoHash: new Uint8Array(19) }),
      change({ peerId: new Uint8Array(21) }),
      change({ port: 65_536 }),
      change({ left: -1 }),
      change({ left: 2 ** 53 }),
      change({ uploaded: 0.5 }),
      change({ downloaded: Number.NaN }),
      change({ numWant: 2 ** 31 }),
      change({ key: 2 ** 32 }),
      change({ ip: '::1' }),
      change({ ip: 'example.com' }),
      { ...announce, urlData: 'x'.repeat(1025) },
      { ...announce, urlData: '/\u{1f4a5}' },
      { type: 'scrape', connectionId: 0n, transactionId: 0, infoHashes: [] },
      { type: 'scrape', connectionId: 0n, transactionId: 0, infoHashes: Array.from({ length: 75 }, () => hex(HASH)) },
      { type: 'scrape', connectionId: 0n, transactionId: 0, infoHashes: [new Uint8Array(19)] },
    ];
    for (const message of bad) expect(errorOf(() => encodeUdpRequest(message)).code).toBe('bad-field');
  });
});

describe('replies', () => {
  test.each(replies)('%s', (_name, message, family, bytes) => {
    expect(encodeUdpReply(message, family)).toEqual(hex(bytes));
    expect(decodeUdpReply(hex(bytes), family)).toEqual(message);
  });

  const swarms = fc.record({ complete: u32, downloaded: u32, incomplete: u32 });
  const messages: fc.Arbitrary<UdpReply> = fc.oneof(
    fc.record({ type: fc.constant('connect' as const), transactionId: u32, connectionId: u64 }),
    fc.record({ type: fc.constant('announce' as const), transactionId: u32, reply: udpAnnouncePeers }),
    fc.record({
      type: fc.constant('scrape' as const),
      transactionId: u32,
      swarms: fc.array(swarms, { maxLength: 74 }),
    }),
    fc.record({
      type: fc.constant('error' as const),
      transactionId: u32,
      message: fc.string({ unit: 'grapheme-ascii', maxLength: 80 }),
    }),
  );

  test('what was written reads back', () => {
    fc.assert(
      fc.property(messages, fc.constantFrom(4 as const, 6 as const), (message, family) => {
        const expected = message.type === 'announce' ? ofFamily(message, family) : message;
        expect(decodeUdpReply(encodeUdpReply(message, family), family)).toEqual(expected);
      }),
    );
  });

  test('a cut peer costs only itself', () => {
    const message = decodeUdpReply(hex('00000001 00000002 00000708 00000005 00000004 01020304 0005 0102'), 4);
    expect(message).toMatchObject({
      reply: { malformedPeerCount: 1, peers: PeerList.of([{ host: '1.2.3.4', port: 5 }]) },
    });
  });

  test('an error text cannot repaint a terminal, nor be endless', () => {
    const message = decodeUdpReply(hex(`00000003 00000004 1b5b32 4a 0a ff ${'61'.repeat(5000)}`), 4);
    expect(message).toMatchObject({ message: ` [2J \u{fffd}${'a'.repeat(506)}` });
  });

  test.each([
    ['', 0],
    ['00000000 000000', 7],
    ['00000004 00000000', 0],
    ['00000000 00000001 00000000000000', 15],
    ['00000001 00000001 00000000 00000000 000000', 19],
  ])('%s is refused at its offset', (bytes, offset) => {
    expect(errorOf(() => decodeUdpReply(hex(bytes), 4))).toMatchObject({ code: 'malformed-reply', offset });
  });

  test('what cannot be sent is refused', () => {
    const reply = { type: 'peers', intervalS: 1, complete: 0, incomplete: 0, peers: PeerList.empty } as const;
    const swarm = { complete: 0, downloaded: 0, incomplete: 0 };
    const bad: readonly UdpReply[] = [
      { type: 'announce', transactionId: 0, reply: { ...reply, intervalS: -1 } },
      { type: 'announce', transactionId: 0, reply: { ...reply, intervalS: 2 ** 31 } },
      { type: 'announce', transactionId: 0, reply: { ...reply, complete: 2 ** 32 } },
      { type: 'scrape', transactionId: 0, swarms: Array.from({ length: 75 }, () => swarm) },
      { type: 'scrape', transactionId: 0, swarms: [{ ...swarm, downloaded: -1 }] },
      { type: 'error', transactionId: 0, message: 'x'.repeat(513) },
    ];
    for (const message of bad) expect(errorOf(() => encodeUdpReply(message, 4)).code).toBe('bad-field');
  });
});

function ofFamily(message: Extract<UdpReply, { type: 'announce' }>, family: AddressFamily): UdpReply {
  const { v4, v6 } = message.reply.peers;
  return {
    ...message,
    reply: { ...message.reply, peers: family === 4 ? new PeerList(v4) : new PeerList(new Uint8Array(0), v6) },
  };
}

function errorOf(run: () => unknown): { readonly code: TrackerErrorCode; readonly offset: number | undefined } {
  try {
    run();
  } catch (error) {
    if (TrackerError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
