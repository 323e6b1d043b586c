import { bencode, type Hand } from './hand-bencode.js';
import { either, hex, type Json, type Row, refuse, SURVIVES, utf8, type Vector, value, vectors } from './vector.js';

const reads = (name: string, rule: string, payload: string, facts: Json, differs: Row[4] = {}): Row => [
  name,
  rule,
  payload,
  value(facts),
  differs,
];
const SAFE = { level: 'safe' } as const;

const HANDSHAKES: readonly Row[] = [
  reads(
    'example',
    'm maps names of extensions to ids; metadata_size is BEP 9’s.',
    'd1:md11:ut_metadatai3ee13:metadata_sizei31235ee',
    { m: { ut_metadata: 3 }, metadataSize: 31_235 },
  ),
  reads(
    'fields',
    'v, p, reqq and yourip are read.',
    bencode({ m: { ut_pex: 1 }, p: 6881, reqq: 500, v: utf8('Ünchoke 1'), yourip: '\xc0\0\x02\x01' }),
    { m: { ut_pex: 1 }, p: 6881, reqq: 500, v: 'Ünchoke 1', yourip: '192.0.2.1' },
  ),
  reads('empty', 'Every field may be missing.', 'de', {}),
  reads('disabled', 'Id 0 switches an extension off.', 'd1:md6:ut_pexi0eee', { m: { ut_pex: 0 } }),
  reads(
    'unknown-names',
    'Extensions that nobody knows do no harm.',
    'd1:md3:foo3:bar6:ut_pexi1ee1:zlee',
    { m: { ut_pex: 1 } },
    SAFE,
  ),
  reads(
    'proto',
    'An extension called __proto__ is one like any other.',
    'd1:md9:__proto__i5e6:ut_pexi1eee',
    { m: { ut_pex: 1 } },
    SAFE,
  ),
  reads('m-list', 'An m that is a list is ignored by itself.', 'd1:mle1:pi6881ee', { p: 6881 }, SAFE),
  reads(
    'ids-out-of-range',
    'Ids beyond a byte are ignored singly.',
    'd1:md1:ai256e1:bi-1e6:ut_pexi1eee',
    { m: { ut_pex: 1 } },
    SAFE,
  ),
  reads(
    'port-65536',
    'A port that is none is ignored by itself.',
    'd1:md6:ut_pexi1ee1:pi65536ee',
    { m: { ut_pex: 1 } },
    SAFE,
  ),
  reads(
    'reqq-2pow64',
    'A queue beyond all numbers is ignored or bounded.',
    `d1:md6:ut_pexi1ee4:reqqi18446744073709551616ee`,
    { m: { ut_pex: 1 } },
    SAFE,
  ),
  reads(
    'reqq-zero',
    'A queue of zero is no reason to ask for nothing ever.',
    'd1:md6:ut_pexi1ee4:reqqi0ee',
    { m: { ut_pex: 1 } },
    SAFE,
  ),
  reads('reqq-negative', 'A queue below zero is ignored.', 'd1:md6:ut_pexi1ee4:reqqi-1ee', { m: { ut_pex: 1 } }, SAFE),
  reads(
    'v-integer',
    'A name that is a number is ignored by itself.',
    'd1:md6:ut_pexi1ee1:vi1ee',
    { m: { ut_pex: 1 } },
    SAFE,
  ),
  reads(
    'v-long',
    'A name of 10,000 bytes does no harm.',
    `d1:md6:ut_pexi1ee1:v10000:${'x'.repeat(10_000)}e`,
    { m: { ut_pex: 1 } },
    { ...SAFE, bug: 'https://nvd.nist.gov/vuln/detail/CVE-2008-0364' },
  ),
  reads(
    'v-not-utf8',
    'A name that is no UTF-8 does no harm.',
    'd1:md6:ut_pexi1ee1:v2:\xff\xfee',
    { m: { ut_pex: 1 } },
    SAFE,
  ),
  reads(
    'yourip-5',
    'An address of five bytes is ignored by itself.',
    'd1:md6:ut_pexi1ee6:yourip5:abcdee',
    { m: { ut_pex: 1 } },
    SAFE,
  ),
  [
    'size-0',
    'A size of zero is no metadata.',
    'd13:metadata_sizei0ee',
    either({ metadataSize: null }, { metadataSize: 0 }),
    SAFE,
  ],
  ['size-negative', 'A size below zero is no size.', 'd13:metadata_sizei-1ee', either({ metadataSize: null }), SAFE],
  [
    'size-2pow31',
    'A size of 2 GiB is a lie.',
    'd13:metadata_sizei2147483648ee',
    either({ metadataSize: null }),
    { ...SAFE, bug: 'https://github.com/boramalper/magnetico/issues/58' },
  ],
  [
    'size-2pow63',
    'A size beyond all numbers is a lie.',
    'd13:metadata_sizei9223372036854775808ee',
    either({ metadataSize: null }),
    SAFE,
  ],
  ['not-bencode', 'What is no dictionary is refused.', 'hello', refuse('malformed')],
  ['nothing', 'What is no dictionary is refused.', '', refuse('truncated')],
  ['list', 'What is no dictionary is refused.', 'le', refuse('mistyped')],
  ['cut', 'What ends early is refused.', 'd1:m', refuse('truncated')],
  ['deep', 'Nesting ends no process.', hex('64313a6d (6c){100000}'), SURVIVES, SAFE],
  [
    'deep-closed',
    'Nesting in a field nobody knows ends no process.',
    hex('64313a7a (6c){100000} (65){100000} 65'),
    SURVIVES,
    SAFE,
  ],
];

const meta = (dict: Hand, rest = ''): string => bencode(dict) + rest;

const METADATA: readonly Row[] = [
  reads('request', 'msg_type 0 asks for a part.', meta({ msg_type: 0, piece: 0 }), { type: 'request', piece: 0 }),
  reads('reject', 'msg_type 2 rejects.', meta({ msg_type: 2, piece: 1 }), { type: 'reject', piece: 1 }),
  reads(
    'data',
    'msg_type 1 brings a part behind the dictionary.',
    meta({ msg_type: 1, piece: 0, total_size: 34_256 }, 'xxxxxxxx'),
    { type: 'data', piece: 0, totalSize: 34_256, data: '78'.repeat(8) },
  ),
  reads(
    'data-like-bencode',
    'The part is what stands behind the dictionary, whatever it looks like.',
    meta({ msg_type: 1, piece: 3, total_size: 100 }, 'd1:ai1ee'),
    { type: 'data', piece: 3, data: Buffer.from('d1:ai1ee').toString('hex') },
  ),
  reads('unknown-type', 'Other message types are ignored.', meta({ msg_type: 77, piece: 0 }), { type: 'unknown' }),
  reads('more-keys', 'Keys that nobody knows do no harm.', meta({ msg_type: 0, piece: 2, zzz: [] }), {
    type: 'request',
    piece: 2,
  }),
  ['no-type', 'There is a msg_type.', meta({ piece: 0 }), refuse('missing')],
  ['no-piece', 'A request names a piece.', meta({ msg_type: 0 }), refuse('missing')],
  ['piece-negative', 'A piece has no negative number.', meta({ msg_type: 0, piece: -1 }), refuse('range'), SAFE],
  ['piece-string', 'A piece is an integer.', meta({ msg_type: 0, piece: '0' }), refuse('mistyped'), SAFE],
  ['type-string', 'msg_type is an integer.', meta({ msg_type: '0', piece: 0 }), refuse('mistyped'), SAFE],
  [
    'data-too-long',
    'A part has at most 16 KiB.',
    meta({ msg_type: 1, piece: 0, total_size: 99_999 }, 'x'.repeat(16_385)),
    refuse('limit'),
    SAFE,
  ],
  ['list', 'The message is a dictionary.', 'le', refuse('mistyped')],
  ['empty', 'The message is a dictionary.', '', refuse('truncated')],
  ['deep', 'Nesting ends no process.', hex('64353a7069656365 (6c){100000}'), SURVIVES, SAFE],
];

const A = '\xc0\0\x02\x01\x1a\xe1';
const A6 = ` \x01\x0d\xb8${'\0'.repeat(11)}\x01\x1a\xe1`;

const PEX: readonly Row[] = [
  reads(
    'added',
    'added holds compact peers, added.f a byte of flags for each.',
    bencode({ added: A, 'added.f': '\x12' }),
    { added: [{ peer: '192.0.2.1:6881', flags: 0x12 }] },
  ),
  reads('dropped', 'dropped holds compact peers.', bencode({ dropped: A }), { dropped: ['192.0.2.1:6881'] }),
  reads('ipv6', 'added6 holds IPv6 peers.', bencode({ added6: A6, 'added6.f': '\x02' }), {
    added: [{ peer: '[2001:db8::1]:6881', flags: 2 }],
  }),
  reads('empty', 'Every key may be missing.', 'de', { added: [], dropped: [] }),
  reads(
    'flags-missing',
    'Without flags, peers are still peers.',
    bencode({ added: A }),
    { added: [{ peer: '192.0.2.1:6881' }] },
    SAFE,
  ),
  reads(
    'flags-short',
    'Flags that are too few are missing for the others.',
    bencode({ added: `${A}\xc0\0\x02\x02\x1a\xe1`, 'added.f': '\x01' }),
    { added: [{ peer: '192.0.2.1:6881' }, { peer: '192.0.2.2:6881' }] },
    SAFE,
  ),
  [
    'rest',
    'A list that ends inside a peer is refused, or its whole peers count.',
    bencode({ added: `${A}abc`, 'added.f': '\0' }),
    either({ added: [{ peer: '192.0.2.1:6881' }] }),
    SAFE,
  ],
  [
    'port-0',
    'Nobody listens at port 0.',
    bencode({ added: '\xc0\0\x02\x01\0\0', 'added.f': '\0' }),
    either({ added: [] }),
    SAFE,
  ],
  [
    'multicast',
    'A multicast address is nobody’s.',
    bencode({ added: '\xe0\0\0\x01\x1a\xe1', 'added.f': '\0' }),
    either({ added: [] }),
    SAFE,
  ],
  [
    'broadcast',
    'The broadcast address is nobody’s.',
    bencode({ added: '\xff\xff\xff\xff\x1a\xe1', 'added.f': '\0' }),
    either({ added: [] }),
    SAFE,
  ],
  ['added-integer', 'added is a string.', bencode({ added: 5 }), refuse('mistyped'), { level: 'should' }],
  ['list', 'The message is a dictionary.', 'le', refuse('mistyped')],
  ['nothing', 'The message is a dictionary.', '', refuse('truncated')],
  ['cut', 'What ends early is refused.', 'd5:added6:abc', refuse('truncated')],
  [
    'many',
    '100,000 peers in a message are bounded.',
    hex(`${Buffer.from('d5:added600000:').toString('hex')} (c0000201 1ae1){100000} 65`),
    SURVIVES,
    SAFE,
  ],
];

const DONT_HAVE: readonly Row[] = [
  reads('piece', 'lt_donthave carries a piece.', '\0\0\x01\x02', { piece: 258 }),
  reads('unsigned', 'The piece is unsigned.', '\xff\xff\xff\xff', { piece: 4_294_967_295 }),
  ['cut-3', 'The piece has four bytes.', '\0\0\x01', refuse('truncated')],
  ['empty', 'The piece has four bytes.', '', refuse('truncated')],
  ['longer', 'The piece has four bytes.', '\0\0\0\x01\x02', refuse('malformed'), { level: 'should' }],
];

const UPLOAD_ONLY: readonly Row[] = [
  reads('one', 'upload_only is a byte: other than zero means that the peer will download nothing.', '\x01', {
    uploadOnly: true,
  }),
  reads('zero', 'Zero takes it back.', '\x00', { uploadOnly: false }),
  ['nothing', 'Without the byte nothing is said.', '', refuse('truncated')],
];

const HOLEPUNCH: readonly Row[] = [
  [
    'rendezvous',
    'Type 0 asks for an introduction.',
    hex('00 00 c0000201 1ae1 00000000'),
    value({ type: 'rendezvous', peer: '192.0.2.1:6881' }),
  ],
  [
    'connect',
    'Type 1 tells to connect, also to IPv6.',
    hex('01 01 20010db8000000000000000000000001 1ae1 00000000'),
    value({ type: 'connect', peer: '[2001:db8::1]:6881' }),
  ],
  [
    'error',
    'Type 2 says why not.',
    hex('02 00 c0000201 1ae1 00000002'),
    value({ type: 'error', peer: '192.0.2.1:6881', errorCode: 2 }),
  ],
  ['cut', 'An address has all its bytes.', hex('00 00 c00002'), refuse('truncated')],
  ['family-2', 'There are two families.', hex('00 02 c0000201 1ae1 00000000'), refuse('malformed')],
];

/** Payloads of the extension protocol. */
export const EXTENSION: readonly Vector[] = [
  ...vectors(
    { id: 'bep10/handshake', spec: 'BEP 10, handshake message', level: 'must', operation: 'extended-handshake' },
    HANDSHAKES,
  ),
  ...vectors(
    { id: 'bep9/ut-metadata', spec: 'BEP 9, extension message', level: 'must', operation: 'ut-metadata' },
    METADATA,
  ),
  ...vectors({ id: 'bep11/ut-pex', spec: 'BEP 11', level: 'must', operation: 'ut-pex' }, PEX),
  ...vectors({ id: 'bep54/lt-donthave', spec: 'BEP 54', level: 'must', operation: 'lt-donthave' }, DONT_HAVE),
  ...vectors({ id: 'bep21/upload-only', spec: 'BEP 21', level: 'must', operation: 'upload-only' }, UPLOAD_ONLY),
  ...vectors({ id: 'bep55/ut-holepunch', spec: 'BEP 55', level: 'must', operation: 'ut-holepunch' }, HOLEPUNCH),
];
