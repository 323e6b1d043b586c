import { type Hand, pieces, unsorted, utf8 } from './hand-bencode.js';
import { fileTree } from './merkle-by-hand.js';
import { bad, type Case, good } from './vector-cases.js';

const PIECE = 32_768;
const LONG = fileTree('l'.repeat(3 * PIECE + 5), PIECE);
const SHORT = fileTree('s'.repeat(PIECE), PIECE);
const TINY = fileTree('t', PIECE);

type Dict = { readonly [key: string]: Hand };

const long: Dict = { '': { length: 3 * PIECE + 5, 'pieces root': LONG.root } };
const short: Dict = { '': { length: PIECE, 'pieces root': SHORT.root } };
const tiny: Dict = { '': { length: 1, 'pieces root': TINY.root } };
const layers: Dict = { 'piece layers': { [LONG.root]: LONG.layer! } };
const info = (tree: Hand, more: Dict = {}): Dict => ({
  'file tree': tree,
  'meta version': 2,
  name: 't',
  'piece length': PIECE,
  ...more,
});
const noLayers: Dict = { 'piece layers': {} };

/** What libtorrent calls a hybrid: both halves, with padding in the v1 one. */
const HYBRID_FILES = [
  { length: 1, path: ['a'] },
  { attr: 'p', length: PIECE - 1, path: ['.pad', String(PIECE - 1)] },
  { length: 3 * PIECE + 5, path: ['b'] },
];
const HYBRID_TREE: Dict = { a: tiny, b: long };
const hybrid = (files: Hand, tree: Hand, pieceCount = 5): Dict => info(tree, { files, pieces: pieces(pieceCount) });

const READ: readonly Case[] = [
  good(
    'v2-single',
    'BEP 52: one file called like the torrent',
    info({ t: tiny }),
    { version: 'v2', pieceCount: 1, files: [['t', 1, 0]] },
    noLayers,
  ),
  good(
    'v2-single-other-name',
    'one file called otherwise lies in a folder',
    info({ a: tiny }),
    { version: 'v2', files: [['t/a', 1, 0]] },
    noLayers,
  ),
  good(
    'v2-aligned',
    'every file begins with a piece; an empty one takes none',
    info({ a: tiny, b: { '': { length: 0 } }, c: long, d: { e: short } }),
    {
      version: 'v2',
      pieceCount: 6,
      totalLength: 6 * PIECE,
      files: [
        ['t/a', 1, 0],
        ['t/b', 0, 1],
        ['t/c', 3 * PIECE + 5, PIECE],
        ['t/d/e', PIECE, 5 * PIECE],
      ],
    },
    layers,
  ),
  good(
    'v2-same-content',
    'two files of one content share a layer',
    info({ a: long, b: long }),
    { version: 'v2', pieceCount: 8 },
    layers,
  ),
  good('v2-no-layers', 'layers that are missing have to be asked for', info({ t: long }), {
    version: 'v2',
    notes: ['missing-piece-layer'],
  }),
  good(
    'v2-attributes',
    'BEP 47 in a tree',
    info({
      a: { '': { attr: 'x', length: 1, 'pieces root': TINY.root } },
      b: { '': { attr: 'l', length: 0, 'symlink path': ['a'] } },
    }),
    {
      version: 'v2',
      files: [
        ['t/a', 1, 0, 'x'],
        ['t/b', 0, 1, 'l:t/a'],
      ],
    },
    noLayers,
  ),
  good(
    'v2-hostile-names',
    'names of a tree are made safe too',
    info({ '..': { '/etc': tiny } }),
    { version: 'v2', files: [['t/__/_etc', 1, 0]] },
    noLayers,
  ),
  good(
    'v2-not-utf8',
    'keys of a tree that are no UTF-8',
    info({ '\xff': tiny, [utf8('ü')]: tiny }),
    {
      version: 'v2',
      files: [
        ['t/ü', 1, 0],
        ['t/%FF', 1, PIECE],
      ],
      notes: ['bad-text'],
    },
    noLayers,
  ),
  good(
    'v2-empty-folder',
    'a folder without files does no harm',
    info({ a: tiny, b: {} }),
    { version: 'v2', files: [['t/a', 1, 0]] },
    noLayers,
  ),
  good(
    'v2-root-of-empty',
    'an empty file has no root',
    info({ a: tiny, b: { '': { length: 0, 'pieces root': TINY.root } } }),
    { version: 'v2', notes: ['field-ignored'] },
    noLayers,
  ),
  good(
    'hybrid',
    'BEP 52: both halves agree',
    hybrid(HYBRID_FILES, HYBRID_TREE),
    {
      version: 'hybrid',
      pieceCount: 5,
      files: [
        ['t/a', 1, 0],
        ['t/.pad/1', PIECE - 1, 1, 'p'],
        ['t/b', 3 * PIECE + 5, PIECE],
      ],
    },
    layers,
  ),
  good(
    'hybrid-tail-pad',
    'padding behind the last file',
    hybrid([...HYBRID_FILES, { attr: 'p', length: PIECE - 5, path: ['.pad', 'x'] }], HYBRID_TREE),
    { version: 'hybrid', pieceCount: 5 },
    layers,
  ),
  good(
    'hybrid-single',
    'one file in both halves',
    info({ t: tiny }, { length: 1, pieces: pieces(1) }),
    { version: 'hybrid', files: [['t', 1, 0]] },
    noLayers,
  ),
  good(
    'hybrid-one-in-folder',
    'the v1 half says that there is a folder',
    hybrid([{ length: 1, path: ['t'] }], { t: tiny }, 1),
    { version: 'hybrid', files: [['t/t', 1, 0]] },
    noLayers,
  ),
];

const REFUSED: readonly Case[] = [
  bad(
    'v3',
    'a future version is not called broken',
    { 'meta version': 3, 'file tree': 'anything' },
    'unsupported-version',
  ),
  bad(
    'meta-version-1',
    'version 1 was never given out',
    info({ t: tiny }, { 'meta version': 1 }),
    'unsupported-version',
  ),
  bad(
    'meta-version-2^64',
    'a version beyond all numbers',
    info({ t: tiny }, { 'meta version': 2n ** 64n }),
    'unsupported-version',
  ),
  bad(
    'meta-version-string',
    'the version must be an integer',
    info({ t: tiny }, { 'meta version': '2' }),
    'wrong-type',
  ),
  bad(
    'tree-without-version',
    'a tree and no version',
    { 'file tree': { t: tiny }, name: 't', 'piece length': PIECE },
    'missing-field',
  ),
  bad(
    'version-without-tree',
    'a version and no tree',
    { 'meta version': 2, name: 't', 'piece length': PIECE },
    'missing-field',
  ),
  bad('tree-list', 'the tree must be a dictionary', info([tiny]), 'bad-file-tree'),
  bad('tree-root-is-file', 'the root must not be a file', info(tiny), 'bad-file-tree'),
  bad('tree-empty', 'a tree without files', info({}), 'bad-file-tree'),
  bad('tree-leaf-integer', 'a file that is an integer', info({ a: 7 }), 'bad-file-tree'),
  bad('tree-leaf-list', 'a description that is a list', info({ a: { '': [] } }), 'bad-file-tree'),
  bad('tree-file-and-folder', 'a file with siblings', info({ a: { ...tiny, b: tiny } }), 'bad-file-tree'),
  bad(
    'tree-unsorted',
    'BEP 52 has no past with unsorted keys',
    unsorted(
      ['file tree', unsorted(['b', tiny], ['a', tiny])],
      ['meta version', 2],
      ['name', 't'],
      ['piece length', PIECE],
    ),
    'unsorted-keys',
  ),
  bad(
    'tree-too-deep',
    '101 folders',
    info(Array.from({ length: 100 }).reduce<Dict>((tree) => ({ d: tree }), { f: tiny })),
    'path-too-deep',
  ),
  bad(
    'tree-pad',
    'v2 has no pad files',
    info({ a: tiny, b: { '': { attr: 'p', length: 1, 'pieces root': TINY.root } } }),
    'bad-file-tree',
  ),
  bad('v2-length-missing', 'a file needs a length', info({ a: { '': { 'pieces root': TINY.root } } }), 'missing-field'),
  bad(
    'v2-length-negative',
    'a negative size',
    info({ a: { '': { length: -1, 'pieces root': TINY.root } } }),
    'bad-file-length',
  ),
  bad(
    'v2-sum',
    'a sum beyond 2^53 − 1',
    info({ a: { '': { length: Number.MAX_SAFE_INTEGER, 'pieces root': TINY.root } }, b: tiny }),
    'bad-file-length',
  ),
  bad(
    'v2-too-many-pieces',
    'more pieces than anybody can have',
    info({ a: { '': { length: 2 ** 50, 'pieces root': TINY.root } } }),
    'too-many-pieces',
  ),
  bad('v2-empty', 'no content', info({ a: { '': { length: 0 } } }), 'empty-torrent'),
  bad('v2-piece-length-odd', 'no power of two', info({ t: tiny }, { 'piece length': 50_000 }), 'bad-piece-length'),
  bad('v2-piece-length-small', 'below 16 KiB', info({ t: tiny }, { 'piece length': 8192 }), 'bad-piece-length'),
  bad('root-missing', 'a file without a root', info({ a: { '': { length: 1 } } }), 'bad-pieces-root'),
  bad(
    'root-short',
    'a root of 31 bytes',
    info({ a: { '': { length: 1, 'pieces root': TINY.root.slice(1) } } }),
    'bad-pieces-root',
  ),
  bad(
    'root-zero',
    'a root of zeros',
    info({ a: { '': { length: 1, 'pieces root': '\0'.repeat(32) } } }),
    'bad-pieces-root',
  ),
  bad(
    'root-integer',
    'a root that is an integer',
    info({ a: { '': { length: 1, 'pieces root': 7 } } }),
    'bad-pieces-root',
  ),
  bad('layer-wrong', 'a layer that leads elsewhere', info({ t: long }), 'bad-piece-layer', {
    'piece layers': { [LONG.root]: 'x'.repeat(LONG.layer!.length) },
  }),
  bad('layer-short', 'a layer of too few pieces', info({ t: long }), 'bad-piece-layer', {
    'piece layers': { [LONG.root]: LONG.layer!.slice(32) },
  }),
  bad('layer-one-byte-more', 'a layer that is no multiple of 32', info({ t: long }), 'bad-piece-layer', {
    'piece layers': { [LONG.root]: `${LONG.layer}x` },
  }),
  bad('layer-unknown', 'a layer of no file', info({ t: long }), 'bad-piece-layer', {
    'piece layers': { [LONG.root]: LONG.layer!, ['x'.repeat(32)]: LONG.layer! },
  }),
  bad('layer-of-short-file', 'a file of one piece has no layer', info({ t: short }), 'bad-piece-layer', {
    'piece layers': { [SHORT.root]: SHORT.root },
  }),
  bad('layer-list', 'a layer that is a list', info({ t: long }), 'bad-piece-layer', {
    'piece layers': { [LONG.root]: [] },
  }),
  bad('layers-string', 'layers that are a string', info({ t: long }), 'wrong-type', { 'piece layers': 'x' }),
  bad('v2-collision', 'keys of a tree that collide by case', info({ A: tiny, a: tiny }), 'path-collision', noLayers),
  bad(
    'hybrid-other-path',
    'the halves have other names',
    hybrid([{ length: 1, path: ['b'] }], { a: tiny }, 1),
    'hybrid-mismatch',
    noLayers,
  ),
  bad(
    'hybrid-other-length',
    'the halves have other sizes',
    hybrid([{ length: 2, path: ['a'] }], { a: tiny }, 1),
    'hybrid-mismatch',
    noLayers,
  ),
  bad(
    'hybrid-other-order',
    'the halves have another order',
    hybrid(
      [
        { length: 3 * PIECE + 5, path: ['b'] },
        { attr: 'p', length: PIECE - 5, path: ['p'] },
        { length: 1, path: ['a'] },
      ],
      HYBRID_TREE,
    ),
    'hybrid-mismatch',
    layers,
  ),
  bad(
    'hybrid-no-padding',
    'files that are not aligned',
    hybrid([HYBRID_FILES[0]!, HYBRID_FILES[2]!], HYBRID_TREE, 4),
    'hybrid-mismatch',
    layers,
  ),
  bad(
    'hybrid-more-in-v1',
    'a file only in the list',
    hybrid([...HYBRID_FILES, { length: 0, path: ['c'] }], HYBRID_TREE),
    'hybrid-mismatch',
    layers,
  ),
  bad(
    'hybrid-more-in-v2',
    'a file only in the tree',
    hybrid(HYBRID_FILES, { ...HYBRID_TREE, c: { '': { length: 0 } } }),
    'hybrid-mismatch',
    layers,
  ),
  bad(
    'hybrid-piece-count',
    'v1 hashes of another count',
    hybrid(HYBRID_FILES, HYBRID_TREE, 4),
    'piece-count-mismatch',
    layers,
  ),
  bad(
    'hybrid-bad-v2',
    'a hybrid is refused with a bad half',
    hybrid([{ length: 1, path: ['a'] }], { a: { '': { length: 1 } } }, 1),
    'bad-pieces-root',
    noLayers,
  ),
];

export const CASES_V2: readonly Case[] = [...READ, ...REFUSED];
