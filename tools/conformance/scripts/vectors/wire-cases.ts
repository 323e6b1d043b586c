import { either, hex, type Json, type Row, refuse, SURVIVES, type Vector, value, vectors } from './vector.js';

const NAME = '13 426974546f7272656e742070726f746f636f6c';
const HASH = 'aa'.repeat(20);
const PEER_ID = 'bb'.repeat(20);
const parts = { infoHash: HASH, peerId: PEER_ID };

const HANDSHAKES: readonly Row[] = [
  [
    'plain',
    'A handshake is 19, the name of the protocol, eight reserved bytes, info-hash and peer id.',
    hex(`${NAME} 0000000000000000 ${HASH} ${PEER_ID}`),
    value({ ...parts, reserved: '0000000000000000' }),
  ],
  [
    'extended',
    'Bit 20 from the right offers the extension protocol.',
    hex(`${NAME} 0000000000100000 ${HASH} ${PEER_ID}`),
    value({ ...parts, extended: true, fast: false, dht: false }),
    { spec: 'BEP 10' },
  ],
  [
    'fast',
    'The third least bit of the last byte offers the fast extension.',
    hex(`${NAME} 0000000000000004 ${HASH} ${PEER_ID}`),
    value({ ...parts, extended: false, fast: true, dht: false }),
    { spec: 'BEP 6' },
  ],
  [
    'dht',
    'The least bit of the last byte offers DHT.',
    hex(`${NAME} 0000000000000001 ${HASH} ${PEER_ID}`),
    value({ ...parts, extended: false, fast: false, dht: true }),
    { spec: 'BEP 5' },
  ],
  [
    'all-bits',
    'Reserved bits that nobody knows are ignored.',
    hex(`${NAME} ffffffffffffffff ${HASH} ${PEER_ID}`),
    value({ ...parts, extended: true, fast: true, dht: true }),
  ],
  [
    'old-bits',
    'Bits of other programs change nothing.',
    hex(`${NAME} 8080808080808080 ${HASH} ${PEER_ID}`),
    value({ ...parts, extended: false, fast: false }),
  ],
  [
    'length-18',
    'The first byte is 19.',
    hex(`12 426974546f7272656e742070726f746f636f6c 0000000000000000 ${HASH} ${PEER_ID}`),
    refuse('malformed'),
  ],
  [
    'length-0',
    'The first byte is 19.',
    hex(`00 426974546f7272656e742070726f746f636f6c 0000000000000000 ${HASH} ${PEER_ID}`),
    refuse('malformed'),
  ],
  [
    'length-255',
    'The first byte is 19.',
    hex(`ff 426974546f7272656e742070726f746f636f6c 0000000000000000 ${HASH} ${PEER_ID}`),
    refuse('malformed'),
  ],
  [
    'other-name',
    'The name is BitTorrent protocol.',
    hex(`13 426974546f7272656e742050726f746f636f6c 0000000000000000 ${HASH} ${PEER_ID}`),
    refuse('malformed'),
  ],
  [
    'http',
    'HTTP is another protocol.',
    'GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: somebody who got the wrong port\r\n\r\n',
    refuse('malformed'),
  ],
  ['tls', 'TLS is another protocol.', hex(`16030100c8010000c40303 (5a){190}`), refuse('malformed')],
  [
    'cut-67',
    'A handshake has 68 bytes.',
    hex(`${NAME} 0000000000000000 ${HASH} ${PEER_ID.slice(2)}`),
    refuse('truncated'),
  ],
  ['cut-28', 'A handshake has 68 bytes.', hex(`${NAME} 0000000000000000`), refuse('truncated')],
  ['empty', 'Nothing is no handshake.', '', refuse('truncated')],
];

const message = (name: string, rule: string, bytes: string, json: Json, differs: Row[4] = {}): Row => [
  name,
  rule,
  hex(bytes),
  value([json]),
  differs,
];
const closes = (name: string, rule: string, bytes: string, differs: Row[4] = {}): Row => [
  name,
  rule,
  hex(bytes),
  refuse('range'),
  differs,
];

const PIECES = ['1313'] as const;
const FAST = { spec: 'BEP 6', operation: 'frames-fast' } as const;
const V2 = { spec: 'BEP 52, wire protocol', operation: 'frames-v2' } as const;

const MESSAGES: readonly Row[] = [
  message('keep-alive', 'A length of zero is a keep-alive.', '00000000', { type: 'keep-alive' }),
  message('choke', 'Message 0 is choke.', '00000001 00', { type: 'choke' }),
  message('unchoke', 'Message 1 is unchoke.', '00000001 01', { type: 'unchoke' }),
  message('interested', 'Message 2 is interested.', '00000001 02', { type: 'interested' }),
  message('not-interested', 'Message 3 is not interested.', '00000001 03', { type: 'not-interested' }),
  message('have', 'Message 4 is have, with a piece.', '00000005 04 00000510', { type: 'have', piece: 1296 }),
  message(
    'bitfield',
    'Message 5 is a bitfield, the high bit of the first byte first.',
    '00000003 05 ffe0',
    { type: 'bitfield', bits: 'ffe0' },
    { with: ['11'] },
  ),
  message('request', 'Message 6 is request: piece, begin, length.', '0000000d 06 00000007 00004000 00004000', {
    type: 'request',
    piece: 7,
    begin: 16_384,
    length: 16_384,
  }),
  message('piece', 'Message 7 is piece: piece, begin, bytes.', '0000000c 07 00000007 00004000 010203', {
    type: 'piece',
    piece: 7,
    begin: 16_384,
    block: '010203',
  }),
  message('cancel', 'Message 8 is cancel: piece, begin, length.', '0000000d 08 00000007 00008000 00004000', {
    type: 'cancel',
    piece: 7,
    begin: 32_768,
    length: 16_384,
  }),
  message(
    'port',
    'Message 9 is the port of a DHT node.',
    '00000003 09 1ae1',
    { type: 'port', port: 6881 },
    { spec: 'BEP 5' },
  ),
  message('suggest', 'Message 13 suggests a piece.', '00000005 0d 00000003', { type: 'suggest', piece: 3 }, FAST),
  message('have-all', 'Message 14 is have all.', '00000001 0e', { type: 'have-all' }, FAST),
  message('have-none', 'Message 15 is have none.', '00000001 0f', { type: 'have-none' }, FAST),
  message(
    'reject',
    'Message 16 rejects a request.',
    '0000000d 10 00000007 00000000 00004000',
    { type: 'reject', piece: 7, begin: 0, length: 16_384 },
    FAST,
  ),
  message(
    'allowed-fast',
    'Message 17 allows a piece to a choked peer.',
    '00000005 11 00000423',
    { type: 'allowed-fast', piece: 1059 },
    FAST,
  ),
  message(
    'extended',
    'Message 20 is extended: an id and a payload.',
    '00000004 14 00 6465',
    { type: 'extended', id: 0, payload: '6465' },
    { spec: 'BEP 10' },
  ),
  message(
    'hash-request',
    'Message 21 asks for hashes.',
    '00000031 15 (ab){32} 00000000 00000008 00000004 00000002',
    { type: 'hash-request', piecesRoot: 'ab'.repeat(32), baseLayer: 0, index: 8, length: 4, proofLayers: 2 },
    V2,
  ),
  message(
    'hashes',
    'Message 22 brings them.',
    '00000071 16 (ab){32} 00000000 00000008 00000002 00000000 (01){32} (02){32}',
    {
      type: 'hashes',
      piecesRoot: 'ab'.repeat(32),
      baseLayer: 0,
      index: 8,
      length: 2,
      proofLayers: 0,
      hashes: '01'.repeat(32) + '02'.repeat(32),
    },
    V2,
  ),
  message(
    'hash-reject',
    'Message 23 refuses them.',
    '00000031 17 (ab){32} 00000001 00000000 00000200 00000000',
    { type: 'hash-reject', piecesRoot: 'ab'.repeat(32), baseLayer: 1, index: 0, length: 512, proofLayers: 0 },
    V2,
  ),
  ['none', 'No bytes are no messages.', '', value([])],
  [
    'incomplete',
    'A message that has not arrived is no message yet, and no error.',
    hex('0000000d 06 00000007 0000'),
    value([]),
  ],
  [
    'unknown',
    'A message nobody knows is passed over, or closes; those behind it count.',
    hex('00000003 63 0102 00000001 00'),
    either([{ type: 'choke' }], [{ type: 'unknown', id: 99 }, { type: 'choke' }]),
    { level: 'should' },
  ],
];

const STREAM =
  '00000000 00000001 02 00000005 04 00000510 0000000d 06 00000007 00004000 00004000 0000000c 07 00000007 00004000 010203 00000001 01';
const STREAMED: Json = [
  { type: 'keep-alive' },
  { type: 'interested' },
  { type: 'have', piece: 1296 },
  { type: 'request', piece: 7, begin: 16_384, length: 16_384 },
  { type: 'piece', piece: 7, begin: 16_384, block: '010203' },
  { type: 'unchoke' },
];
const digits = STREAM.replaceAll(' ', '');
const octets = digits.match(/../g)!;

const CHUNKS: readonly Row[] = [
  ['whole', 'Messages that arrive together are read one after the other.', hex(digits), value(STREAMED)],
  ['bytes', 'Messages that arrive byte by byte are the same.', hex(octets.join('/')), value(STREAMED)],
  ...[2, 3, 5, 7, 11].map(
    (size): Row => [
      `by-${size}`,
      'Where a stream is cut changes nothing.',
      hex((digits.match(new RegExp(`.{1,${2 * size}}`, 'g')) ?? []).join('/')),
      value(STREAMED),
    ],
  ),
  [
    'thousand',
    'A thousand messages in one piece are a thousand messages.',
    hex('(0000000102){1000}'),
    value(Array.from({ length: 1000 }, () => ({ type: 'interested' }))),
  ],
  ...octets
    .slice(1)
    .map(
      (_, index): Row => [
        `cut-${index + 1}`,
        'Where a stream is cut changes nothing.',
        hex(`${octets.slice(0, index + 1).join('')}/${octets.slice(index + 1).join('')}`),
        value(STREAMED),
      ],
    ),
];

const LENGTHS: readonly Row[] = [
  closes('prefix-2pow32-1', 'A length beyond all messages closes, before anything is stored.', 'ffffffff', {
    bug: 'https://github.com/transmission/transmission/issues/9082',
  }),
  closes('prefix-2pow31', 'A length is unsigned, and this one is beyond all messages.', '80000000', {
    bug: 'https://github.com/transmission/transmission/issues/9082',
  }),
  closes('prefix-256-mib', 'A length beyond all messages closes, before anything is stored.', '10000000 14', {
    bug: 'https://github.com/transmission/transmission/issues/9082',
  }),
  closes('prefix-16-mib-piece', 'A piece message is hardly longer than a block.', '01000009 07 00000000 00000000'),
  closes('choke-2', 'choke has no payload.', '00000002 00 00', { level: 'should' }),
  closes('interested-5', 'interested has no payload.', '00000005 02 00000000', { level: 'should' }),
  closes('have-4', 'have carries four bytes.', '00000004 04 000000'),
  closes('have-6', 'have carries four bytes.', '00000006 04 00000000 00'),
  closes('have-1', 'have carries four bytes.', '00000001 04'),
  closes('request-12', 'request carries twelve bytes.', '0000000c 06 00000000 00000000 000040'),
  closes('request-14', 'request carries twelve bytes.', '0000000e 06 00000000 00000000 00004000 00'),
  closes('request-1', 'request carries twelve bytes.', '00000001 06'),
  closes('cancel-1', 'cancel carries twelve bytes.', '00000001 08'),
  closes('piece-8', 'piece carries at least its piece and begin.', '00000008 07 00000000 000000'),
  closes('piece-1', 'piece carries at least its piece and begin.', '00000001 07'),
  closes('port-1', 'port carries two bytes.', '00000001 09', { spec: 'BEP 5' }),
  closes('port-5', 'port carries two bytes.', '00000005 09 00000000', { spec: 'BEP 5', level: 'should' }),
  closes('bitfield-short', 'A bitfield has a bit for every piece.', '00000002 05 ff', { with: ['11'] }),
  closes('bitfield-long', 'A bitfield has no more bytes than pieces need.', '00000004 05 ff0000', { with: ['11'] }),
  closes('bitfield-spare', 'Spare bits of a bitfield are zero.', '00000003 05 ffff', { with: ['11'] }),
  closes('have-beyond', 'have names a piece that there is.', '00000005 04 0000000b', {
    with: ['11'],
    bug: 'https://nvd.nist.gov/vuln/detail/CVE-2014-4909',
  }),
  closes('have-2pow32-1', 'have names a piece that there is; numbers are unsigned.', '00000005 04 ffffffff', {
    with: ['11'],
    bug: 'https://nvd.nist.gov/vuln/detail/CVE-2014-4909',
  }),
  closes('extended-1', 'extended carries at least its id.', '00000001 14', { spec: 'BEP 10' }),
  closes('reject-1', 'reject carries twelve bytes.', '00000001 10', FAST),
  closes('allowed-fast-4', 'allowed fast carries four bytes.', '00000004 11 000000', FAST),
  closes('have-all-2', 'have all has no payload.', '00000002 0e 00', { ...FAST, level: 'should' }),
  closes('hash-request-48', 'hash request carries 48 bytes.', '00000030 15 (ab){47}', V2),
  ['keep-alives', '10,000 keep-alives cost nothing.', hex('(00000000){10000}'), SURVIVES, { level: 'safe' }],
  [
    'unknown-1-mib',
    'A large message nobody knows is passed over without being stored, or closes.',
    hex('00100000 63 (00){1048575} 00000001 00'),
    SURVIVES,
    { level: 'safe' },
  ],
];

/** Three pieces of 48 KiB, the last of 5,000 bytes. */
const TORRENT = ['103304', '49152'] as const;
const asks = (piece: string, begin: string, length: string): ReturnType<typeof hex> =>
  hex(`0000000d 06 ${piece} ${begin} ${length}`);

const REQUESTS: readonly Row[] = [
  ['first', 'The first block may be asked for.', asks('00000000', '00000000', '00004000'), value(true)],
  ['middle', 'A block may lie anywhere in its piece.', asks('00000001', '00008000', '00004000'), value(true)],
  [
    'unaligned',
    'A block need not be aligned.',
    asks('00000001', '00000001', '00003fff'),
    value(true),
    { level: 'should' },
  ],
  ['last', 'The last block may be short.', asks('00000002', '00000000', '00001388'), value(true)],
  ['last-too-long', 'Nothing lies behind the last byte.', asks('00000002', '00000000', '00001389'), refuse('range')],
  [
    'last-whole-block',
    'The last piece is not as long as the others.',
    asks('00000002', '00000000', '00004000'),
    refuse('range'),
  ],
  ['piece-behind', 'There is no piece behind the last.', asks('00000003', '00000000', '00000001'), refuse('range')],
  ['piece-2pow31', 'Pieces are unsigned.', asks('80000000', '00000000', '00004000'), refuse('range')],
  ['piece-max', 'Pieces are unsigned.', asks('ffffffff', '00000000', '00004000'), refuse('range')],
  ['begin-behind', 'A block begins in its piece.', asks('00000000', '0000c000', '00000001'), refuse('range')],
  [
    'begin-max',
    'Where it begins is unsigned, and is not added up modulo 2^32.',
    asks('00000000', 'fffff000', '00004000'),
    refuse('range'),
  ],
  [
    'crossing',
    'A block does not cross into the next piece.',
    asks('00000000', '0000b000', '00002000'),
    refuse('range'),
  ],
  ['length-zero', 'Nothing is no block.', asks('00000000', '00000000', '00000000'), refuse('range')],
  [
    'length-max',
    'A length is unsigned, and allocates nothing.',
    asks('00000000', '00000000', 'ffffffff'),
    refuse('limit'),
  ],
  [
    'length-2pow31',
    'A length is unsigned, and allocates nothing.',
    asks('00000000', '00000000', '80000000'),
    refuse('limit'),
  ],
];

/** Handshakes and messages between peers. */
export const WIRE: readonly Vector[] = [
  ...vectors({ id: 'bep3/handshake', spec: 'BEP 3, peer protocol', level: 'must', operation: 'handshake' }, HANDSHAKES),
  ...vectors(
    { id: 'bep3/message', spec: 'BEP 3, peer messages', level: 'must', operation: 'frames', with: PIECES },
    MESSAGES,
  ),
  ...vectors(
    { id: 'bep3/stream', spec: 'BEP 3, peer messages', level: 'must', operation: 'frames', with: PIECES },
    CHUNKS,
  ),
  ...vectors(
    { id: 'bep3/length', spec: 'BEP 3, peer messages', level: 'safe', operation: 'frames', with: PIECES },
    LENGTHS,
  ),
  ...vectors(
    { id: 'bep3/request', spec: 'BEP 3, peer messages', level: 'safe', operation: 'request-check', with: TORRENT },
    REQUESTS,
  ),
];
