import { createHash } from 'node:crypto';
import { fileTree } from './merkle-by-hand.js';
import { hex, hexOf, type Row, type Vector, value, vectors } from './vector.js';

/** The canonical set of BEP 6, step by step as the text tells it. */
function allowedFast(infoHash: string, ip: string, pieceCount: number, count: number): readonly number[] {
  const masked = ip.split('.').map(Number).with(3, 0);
  let x: Buffer = Buffer.concat([Buffer.from(masked), Buffer.from(infoHash, 'hex')]);
  const set: number[] = [];
  while (set.length < Math.min(count, pieceCount)) {
    x = createHash('sha1').update(x).digest();
    for (let i = 0; i < 5 && set.length < count; i++) {
      const index = x.readUInt32BE(4 * i) % pieceCount;
      if (!set.includes(index)) set.push(index);
    }
  }
  return set.toSorted((a, b) => a - b);
}

const AA = 'aa'.repeat(20);
const fast = (name: string, rule: string, infoHash: string, ip: string, pieceCount: number, count: number): Row => [
  name,
  rule,
  hex(infoHash),
  value(allowedFast(infoHash, ip, pieceCount, count)),
  { with: [ip, `${pieceCount}`, `${count}`] },
];

const SETS: readonly Row[] = [
  [
    'example-7',
    'The example of BEP 6: seven pieces.',
    hex(AA),
    value([287, 376, 431, 808, 1059, 1188, 1217]),
    { with: ['80.4.4.200', '1313', '7'] },
  ],
  [
    'example-9',
    'The example of BEP 6: nine pieces.',
    hex(AA),
    value([287, 353, 376, 431, 508, 808, 1059, 1188, 1217]),
    { with: ['80.4.4.200', '1313', '9'] },
  ],
  fast('neighbour', 'Neighbours share a set: the last octet does not count.', AA, '80.4.4.1', 1313, 7),
  fast('other-network', 'Another network has another set.', AA, '80.4.5.200', 1313, 7),
  fast('high-octets', 'Octets and words are unsigned.', 'ff'.repeat(20), '223.255.254.255', 65_535, 10),
  fast('few-pieces', 'With few pieces, those found twice are passed over.', AA, '80.4.4.200', 12, 10),
  fast('all-pieces', 'A torrent with fewer pieces allows them all.', AA, '80.4.4.200', 5, 10),
  fast('one-piece', 'A torrent of one piece.', AA, '1.2.3.4', 1, 10),
];

const CRC_TABLE = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** CRC32-C (RFC 3720, appendix B.4), bit by bit in a table. */
function crc32c(digits: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(digits, 'hex')) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 255]!;
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}

const priority = (name: string, rule: string, a: string, b: string, hashed: string): Row => [
  name,
  rule,
  hex(''),
  value(crc32c(hashed)),
  { with: [a, b] },
];

const PRIORITIES: readonly Row[] = [
  [
    'example-far',
    'The example of BEP 40: addresses are masked with ff.ff.55.55 and sorted.',
    hex(''),
    value('ec2d7224'),
    { with: ['123.213.32.10:1', '98.76.54.32:2'] },
  ],
  [
    'example-near',
    'The example of BEP 40: in one /24 all bits count.',
    hex(''),
    value('99568189'),
    { with: ['123.213.32.10:1', '123.213.32.234:2'] },
  ],
  priority('symmetric', 'Both sides find the same.', '98.76.54.32:2', '123.213.32.10:1', '624c14007bd50000'),
  priority('same-16', 'In one /16 the mask is ff.ff.ff.55.', '10.20.30.40:1', '10.20.99.7:2', '0a141e000a146305'),
  priority('same-address', 'Of one address the ports count.', '10.0.0.1:6881', '10.0.0.1:80', '00501ae1'),
  priority('same-address-sorted', 'Ports are sorted as numbers, not as text.', '10.0.0.1:9', '10.0.0.1:10', '0009000a'),
  priority(
    'ipv6-far',
    'IPv6 addresses keep 48 bits, and every second of the others.',
    '[2001:db8:1:ffff::1]:1',
    '[2001:db8:2:ffff::2]:2',
    '20010db8000155550000000000000001 20010db8000255550000000000000000'.replaceAll(' ', ''),
  ),
];

const zeros = (length: number): string => `(00){${length}}`;
const tree = (name: string, rule: string, pattern: string, content: string, pieceLength: number): Row => {
  const { root, layer } = fileTree(content, pieceLength);
  return [
    name,
    rule,
    hex(pattern),
    value({ root: hexOf(root), layer: layer === undefined ? null : hexOf(layer) }),
    { with: [`${pieceLength}`] },
  ];
};

const TREES: readonly Row[] = [
  tree('one-byte', 'The root of one block is its SHA-256; a short block is not padded.', '61', 'a', 16_384),
  tree('one-block', 'A block has 16 KiB.', zeros(16_384), '\0'.repeat(16_384), 16_384),
  tree('one-block-and-byte', 'Two blocks are two leaves.', zeros(16_385), '\0'.repeat(16_385), 32_768),
  tree('three-blocks', 'Missing leaves are hashes of 32 zero bytes.', '(61){49152}', 'a'.repeat(49_152), 65_536),
  tree(
    'two-pieces',
    'A file longer than a piece has a layer with a hash for each piece.',
    '(61){32769}',
    'a'.repeat(32_769),
    32_768,
  ),
  tree(
    'three-pieces',
    'Behind the last piece of a layer stand the roots of trees of zeros.',
    '(61){70000}',
    'a'.repeat(70_000),
    32_768,
  ),
  tree('five-pieces', 'The tree is filled up to a power of two.', '(6162){40000}', 'ab'.repeat(40_000), 16_384),
];

/** Numbers that both sides must find alike. */
export const SETS_AND_TREES: readonly Vector[] = [
  ...vectors(
    { id: 'bep6/allowed-fast', spec: 'BEP 6, allowed fast set generation', level: 'must', operation: 'allowed-fast' },
    SETS,
  ),
  ...vectors({ id: 'bep40/priority', spec: 'BEP 40, overview', level: 'must', operation: 'peer-priority' }, PRIORITIES),
  ...vectors({ id: 'bep52/merkle', spec: 'BEP 52, merkle trees', level: 'must', operation: 'merkle' }, TREES),
];
