import { either, hex, type Json, type Row, refuse, type Vector, value, vectors } from './vector.js';

const HASH = 'aa'.repeat(20);
const PEER_ID = 'bb'.repeat(20);
const V6 = ['6'] as const;

const row = (
  name: string,
  rule: string,
  bytes: string,
  facts: { readonly [key: string]: Json },
  differs: Row[4] = {},
): Row => [name, rule, hex(bytes), value(facts), differs];
const refused = (name: string, rule: string, bytes: string, differs: Row[4] = {}): Row => [
  name,
  rule,
  hex(bytes),
  refuse('truncated'),
  differs,
];

const announce = { type: 'announce', transactionId: 2, interval: 1800, leechers: 5, seeders: 4 };

const REPLIES: readonly Row[] = [
  row(
    'connect',
    'A connect reply is action 0, the transaction id and a connection id.',
    '00000000 00000001 00000000000000f0',
    { type: 'connect', transactionId: 1, connectionId: '00000000000000f0' },
  ),
  row('connect-high-bits', 'Ids are unsigned, and 64 bits are not rounded.', '00000000 ffffffff fffffffffffffffd', {
    type: 'connect',
    transactionId: 4_294_967_295,
    connectionId: 'fffffffffffffffd',
  }),
  row('connect-longer', 'A packet may be longer than today’s fields.', '00000000 00000001 00000000000000f0 abcdef', {
    type: 'connect',
    connectionId: '00000000000000f0',
  }),
  row(
    'announce',
    'An announce reply has interval, leechers, seeders, in this order, and peers.',
    '00000001 00000002 00000708 00000005 00000004 01020304 0005',
    { ...announce, peers: ['1.2.3.4:5'] },
  ),
  row('announce-no-peers', 'There may be no peers.', '00000001 00000002 00000708 00000005 00000004', {
    ...announce,
    peers: [],
  }),
  row(
    'announce-two',
    'Peers stand behind each other, six bytes each.',
    '00000001 00000002 00000708 00000005 00000004 01020304 0005 c0000207 ffff',
    { peers: ['1.2.3.4:5', '192.0.2.7:65535'] },
  ),
  row(
    'announce-ipv6',
    'Over IPv6 a peer has 18 bytes.',
    '00000001 00000002 00000708 00000005 00000004 20010db8000000000000000000000001 0006',
    { ...announce, peers: ['[2001:db8::1]:6'] },
    { with: V6 },
  ),
  [
    'announce-rest',
    'Bytes that are no whole peer are passed over, or the packet is.',
    hex('00000001 00000002 00000708 00000005 00000004 01020304 0005 c00002'),
    either({ peers: ['1.2.3.4:5'] }),
  ],
  [
    'announce-v4-over-v6',
    'Over IPv6, six bytes are no peer.',
    hex('00000001 00000002 00000708 00000005 00000004 01020304 0005'),
    either({ peers: [] }),
    { with: V6 },
  ],
  row(
    'scrape',
    'A scrape reply has seeders, completed, leechers for each torrent.',
    '00000002 00000003 00000001 00000002 00000003',
    { type: 'scrape', transactionId: 3, swarms: [{ seeders: 1, completed: 2, leechers: 3 }] },
  ),
  row(
    'scrape-two',
    'Torrents stand behind each other, twelve bytes each.',
    '00000002 00000003 00000001 00000002 00000003 00000004 00000005 00000006',
    {
      swarms: [
        { seeders: 1, completed: 2, leechers: 3 },
        { seeders: 4, completed: 5, leechers: 6 },
      ],
    },
  ),
  row('scrape-unsigned', 'Counts are unsigned.', '00000002 00000003 ffffffff 80000000 00000000', {
    swarms: [{ seeders: 4_294_967_295, completed: 2_147_483_648, leechers: 0 }],
  }),
  row('error', 'An error is action 3 and a message.', '00000003 00000004 6e6f206a6f6b65', {
    type: 'error',
    transactionId: 4,
    message: 'no joke',
  }),
  row('error-empty', 'The message may be empty.', '00000003 00000004', {
    type: 'error',
    transactionId: 4,
    message: '',
  }),
  [
    'error-not-utf8',
    'A message that is no UTF-8 is still an error of the tracker.',
    hex('00000003 00000004 fffe'),
    value({ type: 'error', transactionId: 4 }),
  ],
  refused('empty', 'A packet has at least 8 bytes.', ''),
  refused('seven-bytes', 'A packet has at least 8 bytes.', '00000003 000000'),
  refused('connect-15', 'A connect reply has at least 16 bytes.', '00000000 00000001 000000000000f0'),
  refused('announce-19', 'An announce reply has at least 20 bytes.', '00000001 00000002 00000708 00000005 000000'),
  [
    'unknown-action',
    'An action nobody knows is no reply.',
    hex('00000009 00000001 00000000000000f0'),
    refuse('unsupported'),
  ],
  [
    'high-action',
    'An action is unsigned, and all its 32 bits count.',
    hex('80000000 00000001 00000000000000f0'),
    refuse('unsupported'),
  ],
];

const ANNOUNCE = `0102030405060708 00000001 00000007 ${HASH} ${PEER_ID} 0000000100000001 001fffffffffffff 0000000000000003`;
const fields = {
  type: 'announce',
  connectionId: '0102030405060708',
  transactionId: 7,
  infoHash: HASH,
  peerId: PEER_ID,
  downloaded: '4294967297',
  left: '9007199254740991',
  uploaded: '3',
};

const REQUESTS: readonly Row[] = [
  row('connect', 'A connect request begins with the number of the protocol.', '0000041727101980 00000000 deadbeef', {
    type: 'connect',
    transactionId: 3_735_928_559,
  }),
  row(
    'announce',
    'Every field of an announce stands at its place; downloaded, left, uploaded have 64 bits.',
    `${ANNOUNCE} 00000002 00000000 feedface ffffffff 1ae1`,
    { ...fields, event: 'started', key: 4_277_009_102, port: 6881 },
  ),
  row('event-none', 'Event 0 is a regular announce.', `${ANNOUNCE} 00000000 00000000 00000000 ffffffff 1ae1`, {
    ...fields,
    event: 'none',
  }),
  row('event-completed', 'Event 1 is completed.', `${ANNOUNCE} 00000001 00000000 00000000 ffffffff 1ae1`, {
    ...fields,
    event: 'completed',
  }),
  row('event-stopped', 'Event 3 is stopped.', `${ANNOUNCE} 00000003 00000000 00000000 ffffffff 1ae1`, {
    ...fields,
    event: 'stopped',
  }),
  row('address', 'An address may be told.', `${ANNOUNCE} 00000000 0a000001 00000000 00000032 1ae1`, {
    ip: '10.0.0.1',
    numWant: 50,
    port: 6881,
  }),
  row(
    'longer',
    'A packet may be longer than today’s fields (BEP 41 puts options there).',
    `${ANNOUNCE} 00000000 00000000 00000000 ffffffff 1ae1 02 04 2f613f62`,
    { type: 'announce', port: 6881 },
  ),
  row('scrape', 'A scrape lists info-hashes.', `ffffffffffffffff 00000002 00000009 ${HASH} ${PEER_ID}`, {
    type: 'scrape',
    connectionId: 'ffffffffffffffff',
    transactionId: 9,
    infoHashes: [HASH, PEER_ID],
  }),
  refused('empty', 'A request has at least 16 bytes.', ''),
  refused('connect-15', 'A request has at least 16 bytes.', '0000041727101980 00000000 deadbe'),
  refused('announce-97', 'An announce has at least 98 bytes.', `${ANNOUNCE} 00000000 00000000 00000000 ffffffff 1a`),
  [
    'connect-other-number',
    'Another number is another protocol.',
    hex('0000041727101981 00000000 deadbeef'),
    refuse('malformed'),
  ],
  [
    'unknown-action',
    'An action nobody knows is no request.',
    hex('0102030405060708 00000009 00000001'),
    refuse('unsupported'),
  ],
];

/** Packets of UDP trackers, both ways. */
export const UDP: readonly Vector[] = [
  ...vectors(
    { id: 'bep15/reply', spec: 'BEP 15, UDP tracker protocol', level: 'must', operation: 'udp-reply', with: ['4'] },
    REPLIES,
  ),
  ...vectors(
    { id: 'bep15/request', spec: 'BEP 15, UDP tracker protocol', level: 'must', operation: 'udp-request' },
    REQUESTS,
  ),
];
