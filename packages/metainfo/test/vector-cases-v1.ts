import { bencode, pieces, unsorted } from './hand-bencode.js';
import { file, HEAD, PIECE, SINGLE, several } from './vector-base-v1.js';
import { bad, type Case, good } from './vector-cases.js';

const MAX = Number.MAX_SAFE_INTEGER;

const FORM: readonly Case[] = [
  good('v1-single', 'BEP 3: one file', SINGLE, {
    version: 'v1',
    name: 'a.txt',
    pieceLength: PIECE,
    pieceCount: 1,
    totalLength: 5,
    files: [['a.txt', 5, 0]],
  }),
  good(
    'v1-several',
    'BEP 3: several files lie behind each other',
    several({ length: 3, path: ['a'] }, { length: 4, path: ['b', 'c'] }),
    {
      version: 'v1',
      totalLength: 7,
      files: [
        ['t/a', 3, 0],
        ['t/b/c', 4, 3],
      ],
    },
  ),
  good('v1-one-in-folder', 'a list of one file keeps its folder', several(file('t')), {
    version: 'v1',
    files: [['t/t', 1, 0]],
  }),
  good('v1-empty-file', 'an empty file beside a full one', several({ length: 0, path: ['none'] }, file('some')), {
    version: 'v1',
    files: [
      ['t/none', 0, 0],
      ['t/some', 1, 0],
    ],
  }),
  good(
    'v1-last-piece-full',
    'the content ends with a piece',
    { ...SINGLE, length: 2 * PIECE, pieces: pieces(2) },
    { version: 'v1', pieceCount: 2 },
  ),
  good(
    'v1-odd-piece-length',
    'v1 piece lengths need not be powers of two',
    { ...SINGLE, 'piece length': 1000 },
    { version: 'v1', pieceLength: 1000 },
  ),
  good(
    'v1-piece-length-one',
    'the smallest piece',
    { ...SINGLE, length: 2, 'piece length': 1, pieces: pieces(2) },
    { version: 'v1', pieceCount: 2 },
  ),
  good(
    'v1-unknown-keys',
    'unknown keys do no harm',
    { ...SINGLE, zzz: [1, { a: 'b' }] },
    { version: 'v1' },
    { 'a key': 'x' },
  ),
  good(
    'v1-prototype-keys',
    'keys that are names of JavaScript',
    { ...SINGLE, __proto: 1, constructor: 'x', toString: 2 },
    { version: 'v1' },
  ),
  {
    ...good(
      'v1-unsorted',
      'unsorted keys: the hash is over the bytes as they stand',
      unsorted(['name', 'a'], ['length', 5], ['piece length', PIECE], ['pieces', pieces(1)]),
      {
        version: 'v1',
        notes: ['unsorted-keys'],
      },
    ),
  },
  {
    ...good('v1-trailing-line-end', 'a line end behind the torrent', SINGLE, {
      version: 'v1',
      notes: ['trailing-whitespace'],
    }),
    bytes: `${bencode({ info: SINGLE })}\r\n`,
  },
  {
    ...good('v1-trailing-bytes', 'bytes behind the torrent', SINGLE, { version: 'v1' }),
    bytes: `${bencode({ info: SINGLE })}x`,
    facts: undefined as never,
    error: 'bencode:trailing-data',
  },
];

const REFUSED: readonly Case[] = [
  { name: 'no-bytes', tests: 'nothing at all', bytes: '', error: 'bencode:unexpected-end' },
  { name: 'not-a-dictionary', tests: 'a list is no torrent', bytes: 'le', error: 'wrong-type' },
  {
    name: 'no-info',
    tests: 'no info dictionary',
    bytes: bencode({ announce: 'http://t.example/' }),
    error: 'missing-field',
  },
  {
    name: 'cut-off',
    tests: 'a torrent that ends early',
    bytes: bencode({ info: SINGLE }).slice(0, -1),
    error: 'bencode:unexpected-end',
  },
  {
    name: 'deep',
    tests: '10,000 lists inside each other',
    bytes: `d1:a${'l'.repeat(10_000)}`,
    error: 'bencode:depth-exceeded',
  },
  bad('info-not-dictionary', 'info is a string', 'info', 'wrong-type'),
  bad(
    'duplicate-key',
    'one torrent, two readings',
    unsorted(['length', 5], ['length', 6], ['name', 'a']),
    'bencode:duplicate-key',
  ),
  bad(
    'duplicate-key-apart',
    'the same, with another key between',
    unsorted(['name', 'a'], ['length', 5], ['name', 'b']),
    'bencode:duplicate-key',
  ),
  bad('no-name', 'the name is required', { length: 5, 'piece length': PIECE, pieces: pieces(1) }, 'missing-field'),
  bad('name-integer', 'the name must be a string', { ...SINGLE, name: 7 }, 'wrong-type'),
  bad('no-piece-length', 'the piece length is required', { length: 5, name: 'a', pieces: pieces(1) }, 'missing-field'),
  bad(
    'piece-length-string',
    'the piece length must be an integer',
    { ...SINGLE, 'piece length': '16384' },
    'wrong-type',
  ),
  bad('piece-length-zero', 'no division by zero', { ...SINGLE, 'piece length': 0 }, 'bad-piece-length'),
  bad('piece-length-negative', 'a negative piece length', { ...SINGLE, 'piece length': -PIECE }, 'bad-piece-length'),
  bad('piece-length-2^31', 'beyond the limit', { ...SINGLE, 'piece length': 2 ** 31 }, 'bad-piece-length'),
  bad('piece-length-2^64', 'beyond 2^53', { ...SINGLE, 'piece length': 2n ** 64n }, 'bad-piece-length'),
  bad('piece-length-minus-2^64', 'below −2^53', { ...SINGLE, 'piece length': -(2n ** 64n) }, 'bad-piece-length'),
  bad('no-pieces', 'the hashes are required', { length: 5, name: 'a', 'piece length': PIECE }, 'missing-field'),
  bad('pieces-list', 'the hashes must be one string', { ...SINGLE, pieces: [pieces(1)] }, 'wrong-type'),
  bad('pieces-19-bytes', 'no multiple of 20', { ...SINGLE, pieces: pieces(1).slice(1) }, 'bad-pieces'),
  bad('pieces-one-too-few', 'a piece without a hash', { ...SINGLE, length: PIECE + 1 }, 'piece-count-mismatch'),
  bad('pieces-one-too-many', 'a hash without a piece', { ...SINGLE, pieces: pieces(2) }, 'piece-count-mismatch'),
  bad('pieces-empty', 'no hashes for some content', { ...SINGLE, pieces: '' }, 'piece-count-mismatch'),
  bad('length-and-files', 'two readings of one torrent', { ...SINGLE, files: [file('a')] }, 'length-and-files'),
  bad('neither', 'no files at all', HEAD, 'neither-length-nor-files'),
  bad('files-empty', 'an empty list of files', several(), 'neither-length-nor-files'),
  bad('files-dictionary', 'files must be a list', { ...HEAD, files: { a: 1 } }, 'wrong-type'),
  bad('file-string', 'a file must be a dictionary', { ...HEAD, files: ['a'] }, 'wrong-type'),
  bad('length-string', 'a length must be an integer', { ...SINGLE, length: '5' }, 'wrong-type'),
  bad('length-negative', 'a negative size', { ...SINGLE, length: -5 }, 'bad-file-length'),
  bad('length-2^53', 'a size that would be rounded', { ...SINGLE, length: 2n ** 53n }, 'bad-file-length'),
  bad('length-2^64', 'a size that would overflow', { ...SINGLE, length: 2n ** 64n + 5n }, 'bad-file-length'),
  bad(
    'sizes-cancel',
    'sizes that cancel each other out',
    several({ length: -4, path: ['a'] }, { length: 5, path: ['b'] }),
    'bad-file-length',
  ),
  bad(
    'sum-beyond-2^53',
    'each size is fine, the sum is not',
    several({ length: MAX, path: ['a'] }, { length: MAX, path: ['b'] }),
    'bad-file-length',
  ),
  bad(
    'too-many-pieces',
    'more pieces than anybody can have',
    { ...SINGLE, length: 2 ** 40, 'piece length': 1 },
    'too-many-pieces',
  ),
  bad('empty-single', 'no content', { ...SINGLE, length: 0, pieces: '' }, 'empty-torrent'),
  bad(
    'empty-several',
    'no content in several files',
    { ...several({ length: 0, path: ['a'] }, { length: 0, path: ['b'] }), pieces: '' },
    'empty-torrent',
  ),
  bad('only-padding', 'nothing but padding', several({ attr: 'p', length: 9, path: ['.pad', '9'] }), 'empty-torrent'),
  bad('file-without-length', 'a file needs a length', several({ path: ['a'] }), 'missing-field'),
  bad('file-without-path', 'a file needs a path', several({ length: 1 }), 'missing-field'),
  bad('path-string', 'a path is a list', several({ length: 1, path: 'a' }), 'bad-path'),
  bad('path-empty', 'a path has a name', several({ length: 1, path: [] }), 'bad-path'),
  bad('path-with-integer', 'names are strings', { ...HEAD, files: [{ length: 1, path: ['a', 1] }] }, 'bad-path'),
  bad('path-too-deep', '101 names', several(file(...Array<string>(100).fill('d'))), 'path-too-deep'),
  bad('path-far-too-deep', '100,000 names', several(file(...Array<string>(100_000).fill('d'))), 'path-too-deep'),
  bad(
    'path-too-long',
    '20 names of 255 bytes',
    several(file(...Array<string>(20).fill('d'.repeat(255)))),
    'path-too-long',
  ),
];

/** What a v1 torrent must be like. */
export const CASES_V1: readonly Case[] = [...FORM, ...REFUSED];
