import type { Hand } from './hand-bencode.js';
import { bencode, unsorted } from './hand-bencode.js';
import { file, HEAD, PIECE, pieces, reads, readsOrNot, SINGLE, several, torrent } from './torrent.js';
import { type ErrorClass, either, hex, type Row, refuse, SURVIVES, utf8, type Vector, vectors } from './vector.js';

const READ: readonly Row[] = [
  reads('single', 'A torrent of one file has name and length; the file is called like the torrent.', SINGLE, {
    version: 'v1',
    name: 'a.txt',
    pieceLength: PIECE,
    pieceCount: 1,
    totalLength: 5,
    files: [{ path: ['a.txt'], length: 5 }],
  }),
  reads(
    'several',
    'A torrent of several files is a folder; its files lie behind each other in the order of the list.',
    several({ length: 3, path: ['a'] }, { length: 4, path: ['b', 'c'] }),
    {
      version: 'v1',
      totalLength: 7,
      files: [
        { path: ['t', 'a'], length: 3 },
        { path: ['t', 'b', 'c'], length: 4 },
      ],
    },
  ),
  reads('one-in-folder', 'A list of one file keeps its folder.', several(file('t')), {
    files: [{ path: ['t', 't'], length: 1 }],
  }),
  reads('empty-file', 'A file may be empty.', several({ length: 0, path: ['none'] }, file('some')), {
    totalLength: 1,
    files: [
      { path: ['t', 'none'], length: 0 },
      { path: ['t', 'some'], length: 1 },
    ],
  }),
  reads(
    'last-piece-full',
    'When the content ends with a piece, there is no piece behind it.',
    { ...SINGLE, length: 2 * PIECE, pieces: pieces(2) },
    { pieceCount: 2, totalLength: 2 * PIECE },
  ),
  reads(
    'last-piece-one-byte',
    'The last piece may be short.',
    { ...SINGLE, length: 2 * PIECE + 1, pieces: pieces(3) },
    { pieceCount: 3, totalLength: 2 * PIECE + 1 },
  ),
  reads(
    'odd-piece-length',
    'A piece length need not be a power of two.',
    { ...SINGLE, 'piece length': 1000 },
    { pieceLength: 1000 },
    {},
    { level: 'should' },
  ),
  reads(
    'beyond-2pow32',
    'Sizes beyond 32 bits are ordinary.',
    { ...SINGLE, length: 5_000_000_000, 'piece length': 4 * 1024 * 1024, pieces: pieces(1193) },
    { totalLength: 5_000_000_000, pieceCount: 1193, files: [{ path: ['a.txt'], length: 5_000_000_000 }] },
  ),
  reads(
    'unknown-keys',
    'Keys that nobody knows do no harm, and count for the info-hash.',
    { ...SINGLE, zzz: [1, { a: 'b' }] },
    { name: 'a.txt' },
    { 'a key': 'x' },
  ),
  reads(
    'prototype-keys',
    'Keys that a host language knows are ordinary keys.',
    { ...SINGLE, constructor: 'x', hasOwnProperty: 3, toString: 2 },
    { name: 'a.txt', totalLength: 5 },
  ),
  reads(
    'utf8-names',
    'Names are text in UTF-8.',
    { ...several(file(utf8('ü'), utf8('東京.mkv'))), name: utf8('Über uns') },
    { name: 'Über uns', files: [{ path: ['Über uns', 'ü', '東京.mkv'], length: 1 }] },
  ),
  readsOrNot(
    'unsorted-info',
    'The info-hash is the hash of the bytes as they stand, not of a second encoding.',
    unsorted(['name', 'a'], ['length', 5], ['piece length', PIECE], ['pieces', pieces(1)]),
    { name: 'a' },
  ),
  [
    'trailing-line-end',
    'A line end behind a torrent changes nothing of what it says.',
    `${torrent(SINGLE)}\r\n`,
    either({ name: 'a.txt' }),
    { level: 'may' },
  ],
  reads(
    'private',
    'private=1 makes a torrent private.',
    { ...SINGLE, private: 1 },
    { private: true },
    {},
    { spec: 'BEP 27' },
  ),
  reads('private-zero', 'private=0 is public.', { ...SINGLE, private: 0 }, { private: false }, {}, { spec: 'BEP 27' }),
  reads(
    'private-outside',
    'Only private inside the info dictionary counts: it is part of the hash.',
    SINGLE,
    { private: false },
    { private: 1 },
    { spec: 'BEP 27' },
  ),
];

function refused(name: string, rule: string, info: Hand, error: ErrorClass, differs: Row[4] = {}): Row {
  return [name, rule, torrent(info), refuse(error), differs];
}

const SAFE = { level: 'safe' } as const;
const { pieces: _pieces, ...NO_PIECES } = SINGLE;
const { name: _name, ...NO_NAME } = SINGLE;
const { 'piece length': _pieceLength, ...NO_PIECE_LENGTH } = SINGLE;

const REFUSED: readonly Row[] = [
  ['no-bytes', 'Nothing is no torrent.', '', refuse('truncated')],
  ['not-a-dictionary', 'A list is no torrent.', 'le', refuse('mistyped')],
  ['html', 'A web page is no torrent.', '<!doctype html><title>404</title>', refuse('malformed')],
  ['no-info', 'A torrent has an info dictionary.', bencode({ announce: 'http://t.example/' }), refuse('missing')],
  ['cut-off', 'A torrent that ends early is refused.', torrent(SINGLE).slice(0, -1), refuse('truncated')],
  refused('info-string', 'info is a dictionary.', 'info', 'mistyped'),
  refused('no-name', 'The name is required.', NO_NAME, 'missing', { level: 'should' }),
  refused('name-integer', 'The name is a string.', { ...SINGLE, name: 7 }, 'mistyped', { level: 'should' }),
  refused('no-piece-length', 'The piece length is required.', NO_PIECE_LENGTH, 'missing'),
  refused('piece-length-string', 'The piece length is an integer.', { ...SINGLE, 'piece length': '16384' }, 'mistyped'),
  refused(
    'piece-length-zero',
    'A piece has bytes: nothing may be divided by zero.',
    { ...SINGLE, 'piece length': 0 },
    'range',
    SAFE,
  ),
  refused('piece-length-negative', 'A piece has bytes.', { ...SINGLE, 'piece length': -PIECE }, 'range', SAFE),
  refused(
    'piece-length-2pow64',
    'A piece that no machine can hold is refused, not rounded.',
    { ...SINGLE, 'piece length': 2n ** 64n },
    'range',
    SAFE,
  ),
  refused(
    'piece-length-2pow64-and-16384',
    'A piece length is not taken modulo 2^64.',
    { ...SINGLE, 'piece length': 2n ** 64n + 16_384n },
    'range',
    SAFE,
  ),
  refused(
    'piece-length-minus-2pow64',
    'A piece has bytes.',
    { ...SINGLE, 'piece length': -(2n ** 64n) },
    'range',
    SAFE,
  ),
  refused('no-pieces', 'The hashes are required.', NO_PIECES, 'missing'),
  refused('pieces-list', 'The hashes are one string.', { ...SINGLE, pieces: [pieces(1)] }, 'mistyped'),
  refused(
    'pieces-19-bytes',
    'The hashes are a multiple of 20 bytes.',
    { ...SINGLE, pieces: pieces(1).slice(1) },
    'malformed',
  ),
  refused(
    'pieces-21-bytes',
    'The hashes are a multiple of 20 bytes.',
    { ...SINGLE, pieces: `${pieces(1)}p` },
    'malformed',
  ),
  refused(
    'pieces-one-too-few',
    'Every piece has a hash: what cannot be verified cannot be downloaded.',
    { ...SINGLE, length: PIECE + 1 },
    'conflict',
    SAFE,
  ),
  refused('pieces-one-too-many', 'Every hash has a piece.', { ...SINGLE, pieces: pieces(2) }, 'conflict', {
    level: 'should',
  }),
  refused('pieces-empty', 'Every piece has a hash.', { ...SINGLE, pieces: '' }, 'conflict', SAFE),
  refused(
    'length-and-files',
    'There is length or files, not both: otherwise one torrent can be read in two ways.',
    { ...SINGLE, files: [file('a')] },
    'conflict',
    { level: 'should' },
  ),
  refused('neither-length-nor-files', 'There is length or files.', HEAD, 'missing'),
  refused('files-empty', 'A torrent has files.', several(), 'missing', { level: 'should' }),
  refused('files-dictionary', 'files is a list.', { ...HEAD, files: { a: 1 } }, 'mistyped'),
  refused('file-string', 'A file is a dictionary.', { ...HEAD, files: ['a'] }, 'mistyped'),
  refused('length-string', 'A length is an integer.', { ...SINGLE, length: '5' }, 'mistyped'),
  refused('length-negative', 'A file has no negative size.', { ...SINGLE, length: -5 }, 'range', SAFE),
  refused(
    'sizes-cancel',
    'Sizes do not cancel each other out.',
    several({ length: -4, path: ['a'] }, { length: 5, path: ['b'] }),
    'range',
    SAFE,
  ),
  refused(
    'length-2pow64-and-5',
    'A length is not taken modulo 2^64.',
    { ...SINGLE, length: 2n ** 64n + 5n },
    'range',
    SAFE,
  ),
  refused(
    'pad-overflows',
    'Padding counts, and is not added modulo 2^64.',
    several({ length: 1, path: ['a'] }, { attr: 'p', length: 2n ** 64n - 1n, path: ['p'] }),
    'range',
    SAFE,
  ),
  refused(
    'sum-overflows',
    'Sizes are not added modulo 2^64.',
    several(
      { length: 2n ** 63n - 1n, path: ['a'] },
      { length: 2n ** 63n - 1n, path: ['b'] },
      { length: 7, path: ['c'] },
    ),
    'range',
    SAFE,
  ),
  refused('file-without-length', 'A file has a length.', several({ path: ['a'] }), 'missing'),
  refused('file-without-path', 'A file has a path.', several({ length: 1 }), 'missing'),
  refused('path-string', 'A path is a list.', several({ length: 1, path: 'a' }), 'mistyped'),
  refused('path-empty', 'A path has at least one name.', several({ length: 1, path: [] }), 'malformed'),
  refused('path-with-integer', 'Names are strings.', { ...HEAD, files: [{ length: 1, path: ['a', 1] }] }, 'mistyped'),
  refused(
    'duplicate-key',
    'A key that stands twice gives one torrent two readings.',
    unsorted(['length', 5], ['length', 6], ['name', 'a'], ['piece length', PIECE], ['pieces', pieces(1)]),
    'conflict',
    { level: 'should' },
  ),
];

const BOMBS: readonly Row[] = [
  ['deep', 'Nesting ends no process.', hex('64313a61 (6c){1000000}'), SURVIVES],
  [
    'many-files',
    '100,000 files of one path are read or refused within bounds.',
    hex(
      `64343a696e666f64353a66696c65736c (${Buffer.from('d6:lengthi1e4:pathl1:xee').toString('hex')}){100000} 65 ${Buffer.from(`4:name1:t12:piece lengthi131072e6:pieces20:${pieces(1)}ee`).toString('hex')}`,
    ),
    SURVIVES,
    { withheld: true },
  ],
  [
    'deep-path',
    'A path of 100,000 names is refused or bounded.',
    hex(
      `64343a696e666f64353a66696c65736c ${Buffer.from('d6:lengthi1e4:pathl').toString('hex')} (313a64){100000} 656565 ${Buffer.from(`4:name1:t12:piece lengthi16384e6:pieces20:${pieces(1)}ee`).toString('hex')}`,
    ),
    SURVIVES,
  ],
  [
    'many-trackers',
    '10,000 trackers are bounded.',
    hex(
      `${Buffer.from('d13:announce-listl').toString('hex')} (${Buffer.from('l9:udp://a:1e').toString('hex')}){10000} 65 ${Buffer.from(`4:info${bencode(SINGLE)}e`).toString('hex')}`,
    ),
    SURVIVES,
  ],
  [
    'many-pieces',
    '300,000 hashes of pieces of one byte.',
    hex(
      `${Buffer.from('d4:infod6:lengthi300000e4:name1:t12:piece lengthi1e6:pieces6000000:').toString('hex')} (70){6000000} 6565`,
    ),
    SURVIVES,
  ],
  [
    'huge-length',
    'One file of 2^50 bytes in pieces of one byte allocates nothing for them.',
    torrent({ ...SINGLE, length: 2 ** 50, 'piece length': 1 }),
    SURVIVES,
  ],
];

const head = { spec: 'BEP 3, metainfo files', level: 'must', operation: 'torrent' } as const;

/** Torrents of the first version: what their info dictionary says, what it lacks, and bombs. */
export const TORRENT_V1: readonly Vector[] = [
  ...vectors({ ...head, id: 'bep3/metainfo' }, READ),
  ...vectors({ ...head, id: 'bep3/metainfo/refuse' }, REFUSED),
  ...vectors({ ...head, id: 'bep3/metainfo/bomb', level: 'safe', operation: 'torrent-check' }, BOMBS),
];
