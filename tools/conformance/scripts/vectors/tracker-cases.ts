import { bencode, type Hand, unsorted } from './hand-bencode.js';
import { either, hex, type Json, type Row, refuse, SURVIVES, type Vector, value, vectors } from './vector.js';

type Dict = { readonly [key: string]: Hand };

const A = '\x0a\0\0\x01\x1a\xe1';
const B = '\xc0\0\x02\x07\0\x50';
const A6 = ` \x01\x0d\xb8${'\0'.repeat(11)}\x01\x1a\xe1`;

const COMPACT: readonly Row[] = [
  ['none', 'No bytes are no peers.', '', value([])],
  ['one', 'A peer is 4 bytes of address and 2 of port, both in network order.', A, value(['10.0.0.1:6881'])],
  ['two', 'Peers stand behind each other.', A + B, value(['10.0.0.1:6881', '192.0.2.7:80'])],
  ['high-port', 'A port is unsigned.', '\x01\x02\x03\x04\xff\xff', value(['1.2.3.4:65535'])],
  ['high-address', 'An address is unsigned.', '\xdf\xff\xff\xfe\x80\x00', value(['223.255.255.254:32768'])],
  [
    'rest-1',
    'A list that ends inside a peer is refused, or its whole peers count.',
    `${A}\x01`,
    either(['10.0.0.1:6881']),
  ],
  [
    'rest-5',
    'A list that ends inside a peer is refused, or its whole peers count.',
    `${A}\x01\x02\x03\x04\x05`,
    either(['10.0.0.1:6881']),
  ],
  ['only-rest', 'A list shorter than a peer has none.', '\x01\x02\x03', either([])],
];

const COMPACT6: readonly Row[] = [
  ['none', 'No bytes are no peers.', '', value([])],
  ['one', 'A peer is 16 bytes of address and 2 of port.', A6, value(['[2001:db8::1]:6881'])],
  [
    'two',
    'Peers stand behind each other.',
    `${A6}${'\0'.repeat(15)}\x01\0\x01`,
    value(['[2001:db8::1]:6881', '[::1]:1']),
  ],
  [
    'rest',
    'A list that ends inside a peer is refused, or its whole peers count.',
    `${A6}\x01\x02`,
    either(['[2001:db8::1]:6881']),
  ],
  ['v4-sized', 'Six bytes are no IPv6 peer.', A, either([])],
];

/** An announce reply that is read so. */
const reply = (
  name: string,
  rule: string,
  dict: Hand,
  facts: { readonly [key: string]: Json },
  differs: Row[4] = {},
): Row => [name, rule, bencode(dict), value(facts), differs];
const refused = (name: string, rule: string, dict: Hand, differs: Row[4] = {}): Row => [
  name,
  rule,
  bencode(dict),
  refuse('malformed'),
  differs,
];

const base: Dict = { interval: 1800, peers: A };
const peer = { ip: '10.0.0.1', 'peer id': 'i'.repeat(20), port: 6881 };

const ANNOUNCE: readonly Row[] = [
  reply('compact', 'A reply has an interval and peers.', base, { interval: 1800, peers: ['10.0.0.1:6881'] }),
  reply('no-peers', 'There may be no peers.', { interval: 1800, peers: '' }, { interval: 1800, peers: [] }),
  reply(
    'dictionaries',
    'Peers may be dictionaries with ip, port and peer id.',
    { interval: 1800, peers: [peer] },
    { peers: ['10.0.0.1:6881'] },
  ),
  reply(
    'dictionaries-without-id',
    'Dictionaries of peers may come without peer id, when it was not asked for.',
    { interval: 1800, peers: [{ ip: '10.0.0.1', port: 6881 }] },
    { peers: ['10.0.0.1:6881'] },
    { level: 'should' },
  ),
  reply(
    'dictionaries-ipv6',
    'The ip of a dictionary may be IPv6.',
    { interval: 1800, peers: [{ ...peer, ip: '2001:db8::1' }] },
    { peers: ['[2001:db8::1]:6881'] },
    { spec: 'BEP 7', level: 'should' },
  ),
  reply('dictionaries-empty', 'An empty list is no peers.', { interval: 1800, peers: [] }, { peers: [] }),
  reply(
    'peers6',
    'peers6 holds compact IPv6 peers.',
    { ...base, peers6: A6 },
    { peers: ['10.0.0.1:6881', '[2001:db8::1]:6881'] },
    { spec: 'BEP 7', level: 'should' },
  ),
  reply(
    'failure',
    'A failure reason says that the request failed, and why.',
    { 'failure reason': 'not registered' },
    { failure: 'not registered' },
  ),
  reply(
    'failure-with-peers',
    'When there is a failure reason, other keys do not count.',
    { ...base, 'failure reason': 'no' },
    { failure: 'no' },
  ),
  reply(
    'retry-in',
    'retry in tells minutes to wait.',
    { 'failure reason': 'busy', 'retry in': 5 },
    { failure: 'busy', retryIn: 5 },
    { spec: 'BEP 31', level: 'should' },
  ),
  reply(
    'retry-never',
    'retry in never ends it.',
    { 'failure reason': 'gone', 'retry in': 'never' },
    { failure: 'gone', retryIn: 'never' },
    { spec: 'BEP 31', level: 'should' },
  ),
  reply(
    'warning',
    'A warning does not stop the reply from being processed.',
    { ...base, 'warning message': 'slow' },
    { peers: ['10.0.0.1:6881'], warning: 'slow' },
    { level: 'should' },
  ),
  reply(
    'counts',
    'complete and incomplete count seeds and leeches.',
    { ...base, complete: 3, incomplete: 4 },
    { complete: 3, incomplete: 4 },
    { level: 'should' },
  ),
  reply(
    'min-interval',
    'min interval is read.',
    { ...base, 'min interval': 60 },
    { minInterval: 60 },
    { level: 'may' },
  ),
  reply(
    'tracker-id',
    'tracker id is a string of bytes to send back.',
    { ...base, 'tracker id': '\0\xff' },
    { trackerId: '00ff' },
    { level: 'may' },
  ),
  reply(
    'external-ip',
    'external ip is 4 bytes.',
    { ...base, 'external ip': '\x01\x02\x03\x04' },
    { externalIp: '1.2.3.4' },
    { spec: 'BEP 24', level: 'may' },
  ),
  reply(
    'unknown-keys',
    'Keys that nobody knows do no harm.',
    { ...base, zzz: [1, { a: 'b' }] },
    { interval: 1800, peers: ['10.0.0.1:6881'] },
  ),
  reply(
    'prototype-keys',
    'Keys that a host language knows do no harm.',
    { ...base, constructor: 1, toString: 'x' },
    { interval: 1800, peers: ['10.0.0.1:6881'] },
    { level: 'safe' },
  ),
  reply(
    'unsorted',
    'Trackers that do not sort keys are understood.',
    unsorted(['peers', A], ['interval', 9]),
    { interval: 9, peers: ['10.0.0.1:6881'] },
    { level: 'may' },
  ),
  [
    'junk-among-peers',
    'An entry that is no peer costs at most the reply, never the process, and becomes no peer.',
    bencode({
      interval: 9,
      peers: [
        7,
        'x',
        {},
        { ip: '10.0.0.1' },
        { ip: 5, port: 1 },
        { ip: '10.0.0.1', port: 65_536 },
        { ip: '10.0.0.1', port: -1 },
        { ip: '10.0.0.1', port: 2n ** 64n + 1n },
        peer,
      ],
    }),
    either({ peers: ['10.0.0.1:6881'] }),
    { level: 'safe' },
  ],
  [
    'interval-2pow64',
    'An interval beyond all numbers is not taken modulo something.',
    bencode({ ...base, interval: 2n ** 64n + 5n }),
    SURVIVES,
    { level: 'safe' },
  ],
  [
    'interval-missing',
    'A reply without an interval still has peers, or is refused.',
    bencode({ peers: A }),
    either({ peers: ['10.0.0.1:6881'] }),
    { level: 'safe' },
  ],
  [
    'interval-2pow31',
    'An interval beyond 31 bits is read, bounded or refused.',
    bencode({ ...base, interval: 2_147_483_648 }),
    SURVIVES,
    { level: 'safe' },
  ],
  ['interval-negative', 'An interval below zero.', bencode({ ...base, interval: -1 }), SURVIVES, { level: 'safe' }],
];

const ANNOUNCE_REFUSED: readonly Row[] = [
  ['empty', 'An empty body is no reply.', '', refuse('truncated')],
  ['html', 'A web page is no reply.', '<html>', refuse('malformed')],
  refused('integer', 'A reply is a dictionary.', 5),
  refused('list', 'A reply is a dictionary.', []),
  ['cut', 'A reply that ends early is refused.', bencode(base).slice(0, -2), refuse('truncated')],
  ['cut-in-peers', 'A reply that ends in its peers is refused.', 'd8:intervali1800e5:peers600:x', refuse('truncated')],
  refused('interval-string', 'The interval is an integer.', { ...base, interval: '1800' }, { level: 'should' }),
  refused('peers-integer', 'peers is a string or a list.', { ...base, peers: 5 }),
  refused('peers-dictionary', 'peers is a string or a list.', { ...base, peers: { a: 1 } }, { level: 'should' }),
];

const BOMBS: readonly Row[] = [
  ['deep', 'Nesting ends no process.', hex('64353a7065657273 (6c){1000000}'), SURVIVES],
  [
    'many-dictionaries',
    '100,000 peers are bounded.',
    hex(`64353a70656572736c (${Buffer.from('d2:ip8:10.0.0.14:porti1ee').toString('hex')}){100000} 6565`),
    SURVIVES,
  ],
  [
    'many-compact',
    'A million compact peers are bounded.',
    hex(`${Buffer.from('d5:peers6000000:').toString('hex')} (0a000001 1ae1){1000000} 65`),
    SURVIVES,
  ],
  ['declared', 'A declared length allocates nothing.', 'd5:peers2147483647:', refuse('truncated')],
];

const SCRAPE: readonly Row[] = [
  [
    'example',
    'files maps each info-hash to its counts.',
    `d5:filesd20:${'x'.repeat(20)}d8:completei11e10:downloadedi13772e10:incompletei19eeee`,
    value({ files: [{ infoHash: '78'.repeat(20), complete: 11, downloaded: 13_772, incomplete: 19 }] }),
  ],
  ['none', 'There may be no swarms.', 'd5:filesdee', value({ files: [] })],
  [
    'binary-hash',
    'Info-hashes are bytes, not text.',
    `d5:filesd20:${'\xff\xfe'.repeat(10)}d8:completei1e10:downloadedi2e10:incompletei3eeee`,
    value({ files: [{ infoHash: 'fffe'.repeat(10), complete: 1, downloaded: 2, incomplete: 3 }] }),
  ],
  ['failure', 'A failed scrape says why.', bencode({ 'failure reason': 'nope' }), value({ failure: 'nope' })],
  [
    'failure-underscore',
    'BEP 48 writes failure_reason.',
    bencode({ failure_reason: 'nope' }),
    value({ failure: 'nope' }),
    { level: 'should' },
  ],
  ['files-list', 'files is a dictionary.', bencode({ files: [] }), refuse('mistyped')],
  ['no-files', 'A scrape has files.', 'de', refuse('missing')],
  [
    'short-hash',
    'A key that is no info-hash costs at most the reply.',
    bencode({ files: { short: { complete: 1, downloaded: 1, incomplete: 1 } } }),
    either({ files: [] }),
    { level: 'safe' },
  ],
];

/** HTTP replies, compact lists and scrapes. */
export const TRACKER: readonly Vector[] = [
  ...vectors({ id: 'bep23/peers', spec: 'BEP 23', level: 'must', operation: 'peers4' }, COMPACT),
  ...vectors({ id: 'bep7/peers6', spec: 'BEP 7, announce response', level: 'must', operation: 'peers6' }, COMPACT6),
  ...vectors(
    { id: 'bep3/announce-reply', spec: 'BEP 3, trackers', level: 'must', operation: 'announce-reply' },
    ANNOUNCE,
  ),
  ...vectors(
    { id: 'bep3/announce-reply/refuse', spec: 'BEP 3, trackers', level: 'must', operation: 'announce-reply' },
    ANNOUNCE_REFUSED,
  ),
  ...vectors(
    { id: 'bep3/announce-reply/bomb', spec: 'BEP 3, trackers', level: 'safe', operation: 'announce-reply-check' },
    BOMBS,
  ),
  ...vectors(
    { id: 'bep48/scrape-reply', spec: 'BEP 48, scrape response', level: 'must', operation: 'scrape-reply' },
    SCRAPE,
  ),
];
