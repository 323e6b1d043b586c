import { either, hex, type Json, type Row, refuse, SURVIVES, utf8, type Vector, value, vectors } from './vector.js';

const HEX = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a';
const BASE32 = 'YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK';
const HEX_V2 = 'caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e';
const V1 = `magnet:?xt=urn:btih:${HEX}`;

const reads = (
  name: string,
  rule: string,
  link: string,
  facts: { readonly [key: string]: Json },
  differs: Row[4] = {},
): Row => [name, rule, utf8(link), value(facts), differs];

const READ: readonly Row[] = [
  reads('hex', 'xt=urn:btih: with 40 hexadecimal digits is the info-hash.', V1, { infoHash: HEX }),
  reads('hex-upper', 'Hexadecimal digits come in either case.', `magnet:?xt=urn:btih:${HEX.toUpperCase()}`, {
    infoHash: HEX,
  }),
  reads(
    'base32',
    'xt=urn:btih: with 32 characters of base32 is the same hash: clients should read it.',
    `magnet:?xt=urn:btih:${BASE32}`,
    { infoHash: HEX },
    { level: 'should' },
  ),
  reads(
    'base32-lower',
    'Base32 comes in lower case, too.',
    `magnet:?xt=urn:btih:${BASE32.toLowerCase()}`,
    { infoHash: HEX },
    { level: 'may' },
  ),
  reads(
    'v2',
    'xt=urn:btmh: with the multihash 1220 is a v2 info-hash.',
    `magnet:?xt=urn:btmh:1220${HEX_V2}`,
    { infoHashV2: HEX_V2 },
    { spec: 'BEP 52, upgrade path', operation: 'magnet-v2' },
  ),
  reads(
    'hybrid',
    'A hybrid has both.',
    `${V1}&xt=urn:btmh:1220${HEX_V2}`,
    { infoHash: HEX, infoHashV2: HEX_V2 },
    { spec: 'BEP 52, upgrade path', operation: 'magnet-v2' },
  ),
  reads(
    'hybrid-other-order',
    'The order of the two does not matter.',
    `magnet:?xt=urn:btmh:1220${HEX_V2}&xt=urn:btih:${HEX}`,
    { infoHash: HEX, infoHashV2: HEX_V2 },
    { spec: 'BEP 52, upgrade path', operation: 'magnet-v2' },
  ),
  reads('name', 'dn is what to show until the torrent is there.', `${V1}&dn=name`, { infoHash: HEX, name: 'name' }),
  reads('name-escaped', 'Values are percent-encoded UTF-8.', `${V1}&dn=A%20film%20%28%C3%BC%29`, {
    name: 'A film (ü)',
  }),
  reads(
    'name-plus',
    'A plus in dn is a space, as web forms write it.',
    `${V1}&dn=a+b`,
    { name: 'a b' },
    { level: 'may' },
  ),
  reads('tracker', 'tr is a tracker, percent-encoded.', `${V1}&tr=http%3A%2F%2Fa.example%2Fannounce`, {
    trackers: ['http://a.example/announce'],
  }),
  reads('tracker-query', 'The query of a tracker survives.', `${V1}&tr=http%3A%2F%2Fa.example%2Fx%3Fk%3Dv%26l%3Dw`, {
    trackers: ['http://a.example/x?k=v&l=w'],
  }),
  reads(
    'trackers',
    'tr may stand several times.',
    `${V1}&tr=http%3A%2F%2Fa.example%2Fannounce&tr=udp%3A%2F%2Fb.example%3A1`,
    { trackers: ['http://a.example/announce', 'udp://b.example:1'] },
  ),
  reads('order', 'Parameters come in any order.', `magnet:?dn=x&tr=udp%3A%2F%2Fb.example%3A1&xt=urn:btih:${HEX}`, {
    infoHash: HEX,
    name: 'x',
    trackers: ['udp://b.example:1'],
  }),
  reads(
    'scheme-upper',
    'Schemes have no case (RFC 3986, section 3.1).',
    `MAGNET:?xt=urn:btih:${HEX}`,
    { infoHash: HEX },
    { level: 'should', spec: 'RFC 3986, section 3.1' },
  ),
  reads('unknown', 'Parameters nobody knows do no harm.', `${V1}&foo=bar&kt=a+b&x.unknown=1`, { infoHash: HEX }),
  reads('empty-parameters', 'Empty parameters do no harm.', `${V1}&&dn=&`, { infoHash: HEX }, { level: 'should' }),
  reads(
    'other-networks',
    'An xt of another network beside ours is passed over.',
    `magnet:?xt=urn:ed2k:31D6CFE0D16AE931B73C59D7E0C089C0&xt=urn:btih:${HEX}`,
    { infoHash: HEX },
    { level: 'should' },
  ),
  reads(
    'web-seed',
    'ws is a web seed.',
    `${V1}&ws=http%3A%2F%2Fs.example%2Ff`,
    { webSeeds: ['http://s.example/f'] },
    { spec: 'BEP 19', level: 'should' },
  ),
  reads(
    'peer',
    'x.pe is a peer to ask first.',
    `${V1}&x.pe=1.2.3.4:5`,
    { peers: ['1.2.3.4:5'] },
    { level: 'should', operation: 'magnet-peers' },
  ),
  reads(
    'peer-ipv6',
    'x.pe takes IPv6 in brackets.',
    `${V1}&x.pe=[2001:db8::1]:6`,
    { peers: ['[2001:db8::1]:6'] },
    { level: 'should', operation: 'magnet-peers' },
  ),
  reads(
    'select',
    'so names files by number and by range.',
    `${V1}&so=0,2,4,6-8`,
    { select: [0, 2, 4, 6, 7, 8] },
    { spec: 'BEP 53', level: 'should', operation: 'magnet-select' },
  ),
  reads(
    'numbered',
    'tr.1, tr.2 number repeated parameters, as old programs do.',
    `${V1}&tr.1=udp%3A%2F%2Fa.example%3A1&tr.2=udp%3A%2F%2Fb.example%3A1`,
    { infoHash: HEX },
    { level: 'may' },
  ),
];

const ODD: readonly Row[] = [
  [
    'escape-cut',
    'A percent sign at the end costs nothing but its parameter.',
    `${V1}&dn=50%`,
    value({ infoHash: HEX }),
  ],
  [
    'escape-bad',
    'Escapes that are none cost nothing but their parameter.',
    `${V1}&dn=%zz%f&tr=%`,
    value({ infoHash: HEX }),
  ],
  ['escape-not-utf8', 'Escapes that are no UTF-8 do no harm.', `${V1}&dn=%FF%FE`, value({ infoHash: HEX })],
  ['escape-nul', 'A NUL in a name does no harm.', `${V1}&dn=a%00b`, value({ infoHash: HEX })],
  [
    'prototype',
    'Parameters called like keys of a language do no harm.',
    `${V1}&__proto__=x&constructor=y&toString=z`,
    value({ infoHash: HEX }),
  ],
  [
    'select-huge',
    'A range of 2^31 files allocates nothing for each.',
    `${V1}&so=0-2147483647`,
    SURVIVES,
    { withheld: true },
  ],
  ['select-2pow64', 'A range beyond all numbers.', `${V1}&so=0-18446744073709551616`, SURVIVES],
  ['select-backwards', 'A range that runs backwards.', `${V1}&so=9-1`, SURVIVES],
  ['length-2pow64', 'A length beyond all numbers.', `${V1}&xl=18446744073709551616`, value({ infoHash: HEX })],
  [
    'peers-bad',
    'What is no address of a peer costs only itself.',
    `${V1}&x.pe=1.2.3.4&x.pe=:0&x.pe=[::1&x.pe=300.1.1.1:5&x.pe=1.2.3.4:65536`,
    value({ infoHash: HEX }),
  ],
  [
    'trackers-bad',
    'What is no tracker costs only itself.',
    `${V1}&tr=&tr=nothing&tr=javascript%3Aalert(1)&tr=file%3A%2F%2F%2Fetc%2Fpasswd`,
    value({ infoHash: HEX }),
  ],
  [
    'trackers-10000',
    '10,000 trackers are bounded.',
    hex(`${Buffer.from(V1).toString('hex')} (${Buffer.from('&tr=udp%3A%2F%2Fa%3A1').toString('hex')}){10000}`),
    SURVIVES,
  ],
  [
    'name-1-mib',
    'A name of 1 MiB is bounded.',
    hex(`${Buffer.from(`${V1}&dn=`).toString('hex')} (78){1048576}`),
    SURVIVES,
  ],
  [
    'ampersands',
    'A million ampersands take linear time.',
    hex(`${Buffer.from(V1).toString('hex')} (26){1000000}`),
    SURVIVES,
  ],
];

const REFUSED: readonly Row[] = [
  ['http', 'A link of another scheme is no magnet.', `http://example.org/?xt=urn:btih:${HEX}`, refuse('malformed')],
  ['empty', 'Nothing is no magnet.', '', refuse('malformed')],
  ['no-xt', 'xt is the only parameter that must be there.', 'magnet:?dn=name', refuse('missing')],
  [
    'other-network',
    'A link for another network is none for this one.',
    'magnet:?xt=urn:ed2k:31D6CFE0D16AE931B73C59D7E0C089C0',
    refuse('unsupported'),
  ],
  ['hash-empty', 'The info-hash has 40 or 32 characters.', 'magnet:?xt=urn:btih:', refuse('malformed')],
  ['hash-39', 'The info-hash has 40 or 32 characters.', `magnet:?xt=urn:btih:${HEX.slice(1)}`, refuse('malformed')],
  ['hash-41', 'The info-hash has 40 or 32 characters.', `magnet:?xt=urn:btih:${HEX}0`, refuse('malformed')],
  [
    'hash-not-hex',
    'Forty characters are hexadecimal digits.',
    `magnet:?xt=urn:btih:${HEX.slice(1)}g`,
    refuse('malformed'),
  ],
  [
    'hash-not-base32',
    'Thirty-two characters are base32, which has no 0, 1, 8 and 9.',
    `magnet:?xt=urn:btih:${BASE32.slice(1)}1`,
    refuse('malformed'),
  ],
  [
    'hash-unicode',
    'Digits of other scripts are no digits.',
    utf8(`magnet:?xt=urn:btih:${'１'.repeat(40)}`),
    refuse('malformed'),
  ],
  [
    'v2-no-multihash',
    'A v2 hash says that it is SHA-256.',
    `magnet:?xt=urn:btmh:${HEX_V2}`,
    refuse('malformed'),
    { operation: 'magnet-v2' },
  ],
  [
    'v2-sha1',
    'A v2 hash is SHA-256.',
    `magnet:?xt=urn:btmh:1114${HEX}`,
    refuse('unsupported'),
    { operation: 'magnet-v2' },
  ],
  [
    'v2-short',
    'A v2 hash has 64 digits.',
    `magnet:?xt=urn:btmh:1220${HEX}`,
    refuse('malformed'),
    { operation: 'magnet-v2' },
  ],
];

const TWO: Row = [
  'two-hashes',
  'Two different v1 hashes are refused, or the first counts; they are not mixed.',
  `${V1}&xt=urn:btih:${'1'.repeat(40)}`,
  either({ infoHash: HEX }, { infoHash: '1'.repeat(40) }),
  { level: 'safe' },
];

const head = { id: 'bep9/magnet', spec: 'BEP 9, magnet URI format', level: 'must', operation: 'magnet' } as const;

/** Magnet links. */
export const MAGNET: readonly Vector[] = [
  ...vectors(head, [...READ, TWO]),
  ...vectors({ ...head, id: 'bep9/magnet/odd', level: 'safe' }, ODD),
  ...vectors({ ...head, id: 'bep9/magnet/refuse' }, REFUSED),
];
