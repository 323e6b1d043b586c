import type { Hand } from './hand-bencode.js';
import { unsorted } from './hand-bencode.js';
import { fileTree } from './merkle-by-hand.js';
import { pieces, reads, torrent } from './torrent.js';
import { type ErrorClass, either, type Row, refuse, utf8, type Vector, vectors } from './vector.js';

type Dict = { readonly [key: string]: Hand };

const PIECE = 32_768;
const LONG = fileTree('l'.repeat(3 * PIECE + 5), PIECE);
const SHORT = fileTree('s'.repeat(PIECE), PIECE);
const TINY = fileTree('t', PIECE);

const long: Dict = { '': { length: 3 * PIECE + 5, 'pieces root': LONG.root } };
const short: Dict = { '': { length: PIECE, 'pieces root': SHORT.root } };
const tiny: Dict = { '': { length: 1, 'pieces root': TINY.root } };
const layers: Dict = { 'piece layers': { [LONG.root]: LONG.layer! } };
const noLayers: Dict = { 'piece layers': {} };
const info = (tree: Hand, more: Dict = {}): Dict => ({
  'file tree': tree,
  'meta version': 2,
  name: 't',
  'piece length': PIECE,
  ...more,
});

const HYBRID_FILES = [
  { length: 1, path: ['a'] },
  { attr: 'p', length: PIECE - 1, path: ['.pad', String(PIECE - 1)] },
  { length: 3 * PIECE + 5, path: ['b'] },
];
const HYBRID_TREE: Dict = { a: tiny, b: long };
const hybrid = (files: Hand, tree: Hand, pieceCount = 5): Dict => info(tree, { files, pieces: pieces(pieceCount) });

const READ: readonly Row[] = [
  reads(
    'single',
    'A tree of one file called like the torrent is a single file.',
    info({ t: tiny }),
    {
      version: 'v2',
      name: 't',
      pieceLength: PIECE,
      files: [{ path: ['t'], length: 1 }],
    },
    noLayers,
  ),
  [
    'single-other-name',
    'A tree of one file called otherwise is a folder, or the file alone.',
    torrent(info({ a: tiny }), noLayers),
    {
      anyOf: [
        { value: { version: 'v2', files: [{ path: ['t', 'a'], length: 1 }] } },
        { value: { version: 'v2', files: [{ path: ['a'], length: 1 }] } },
      ],
    },
  ],
  reads(
    'tree',
    'Files lie in the order of the tree; folders are dictionaries.',
    info({ a: tiny, b: { '': { length: 0 } }, c: long, d: { e: short } }),
    {
      version: 'v2',
      pieceCount: 6,
      files: [
        { path: ['t', 'a'], length: 1 },
        { path: ['t', 'b'], length: 0 },
        { path: ['t', 'c'], length: 3 * PIECE + 5 },
        { path: ['t', 'd', 'e'], length: PIECE },
      ],
    },
    layers,
  ),
  reads(
    'same-content',
    'Two files of one content share a piece layer.',
    info({ a: long, b: long }),
    {
      version: 'v2',
      pieceCount: 8,
    },
    layers,
  ),
  reads(
    'unicode',
    'Names in a tree are UTF-8.',
    info({ a: tiny, [utf8('ü')]: tiny }),
    {
      version: 'v2',
      files: [
        { path: ['t', 'a'], length: 1 },
        { path: ['t', 'ü'], length: 1 },
      ],
    },
    noLayers,
  ),
  reads(
    'hybrid',
    'A hybrid torrent has both hashes of one info dictionary.',
    hybrid(HYBRID_FILES, HYBRID_TREE),
    { version: 'hybrid', name: 't' },
    layers,
  ),
  reads(
    'hybrid-single',
    'A hybrid of a single file.',
    info({ t: tiny }, { length: 1, pieces: pieces(1) }),
    {
      version: 'hybrid',
      files: [{ path: ['t'], length: 1 }],
    },
    noLayers,
  ),
];

function refused(
  name: string,
  rule: string,
  dict: Hand,
  error: ErrorClass,
  outside: Dict = noLayers,
  differs: Row[4] = {},
): Row {
  return [name, rule, torrent(dict, outside), refuse(error), differs];
}

const SAFE = { level: 'safe' } as const;
const SHOULD = { level: 'should' } as const;

const REFUSED: readonly Row[] = [
  refused(
    'version-3',
    'An unknown meta version is not read as if it were known.',
    info({ t: tiny }, { 'meta version': 3 }),
    'unsupported',
  ),
  refused(
    'version-2pow64',
    'A meta version beyond all numbers.',
    info({ t: tiny }, { 'meta version': 2n ** 64n + 2n }),
    'unsupported',
    noLayers,
    SAFE,
  ),
  refused(
    'version-string',
    'The meta version is an integer.',
    info({ t: tiny }, { 'meta version': '2' }),
    'mistyped',
    noLayers,
    SHOULD,
  ),
  refused(
    'version-without-tree',
    'Version 2 has a file tree.',
    { 'meta version': 2, name: 't', 'piece length': PIECE },
    'missing',
  ),
  refused('tree-list', 'The tree is a dictionary.', info([tiny]), 'mistyped'),
  refused('tree-empty', 'A tree has files.', info({}), 'missing', noLayers, SHOULD),
  refused('leaf-integer', 'A file is a dictionary with an empty key.', info({ a: 7 }), 'mistyped'),
  refused('leaf-list', 'What stands under the empty key is a dictionary.', info({ a: { '': [] } }), 'mistyped'),
  refused(
    'file-and-folder',
    'A name is a file or a folder, not both.',
    info({ a: { ...tiny, b: tiny } }),
    'conflict',
    noLayers,
    SHOULD,
  ),
  refused('length-missing', 'A file has a length.', info({ a: { '': { 'pieces root': TINY.root } } }), 'missing'),
  refused(
    'length-negative',
    'A file has no negative size.',
    info({ a: { '': { length: -1, 'pieces root': TINY.root } } }),
    'range',
    noLayers,
    SAFE,
  ),
  refused(
    'piece-length-odd',
    'The piece length is a power of two.',
    info({ t: tiny }, { 'piece length': 50_000 }),
    'range',
  ),
  refused(
    'piece-length-small',
    'The piece length is at least 16 KiB.',
    info({ t: tiny }, { 'piece length': 8192 }),
    'range',
  ),
  refused(
    'root-missing',
    'A file that is not empty has a pieces root: what cannot be verified cannot be downloaded.',
    info({ a: { '': { length: 1 } } }),
    'missing',
  ),
  refused(
    'root-short',
    'A pieces root has 32 bytes.',
    info({ a: { '': { length: 1, 'pieces root': TINY.root.slice(1) } } }),
    'malformed',
  ),
  refused(
    'root-integer',
    'A pieces root is a string.',
    info({ a: { '': { length: 1, 'pieces root': 7 } } }),
    'mistyped',
  ),
  refused(
    'layer-wrong',
    'A piece layer leads to the root of its file.',
    info({ t: long }),
    'conflict',
    { 'piece layers': { [LONG.root]: 'x'.repeat(LONG.layer!.length) } },
    SHOULD,
  ),
  refused('layer-short', 'A piece layer has a hash for each piece.', info({ t: long }), 'conflict', {
    'piece layers': { [LONG.root]: LONG.layer!.slice(32) },
  }),
  refused('layer-one-byte-more', 'A piece layer is a multiple of 32 bytes.', info({ t: long }), 'malformed', {
    'piece layers': { [LONG.root]: `${LONG.layer}x` },
  }),
  refused('layer-list', 'A piece layer is a string.', info({ t: long }), 'mistyped', {
    'piece layers': { [LONG.root]: [] },
  }),
  refused(
    'layers-string',
    'The piece layers are a dictionary.',
    info({ t: long }),
    'mistyped',
    { 'piece layers': 'x' },
    SHOULD,
  ),
  refused(
    'tree-unsorted',
    'The keys of a tree are sorted: the order is the order of the files.',
    unsorted(
      ['file tree', unsorted(['b', tiny], ['a', tiny])],
      ['meta version', 2],
      ['name', 't'],
      ['piece length', PIECE],
    ),
    'conflict',
    noLayers,
    SHOULD,
  ),
  refused(
    'hybrid-other-path',
    'Both halves of a hybrid name the same files.',
    hybrid([{ length: 1, path: ['b'] }], { a: tiny }, 1),
    'conflict',
  ),
  refused(
    'hybrid-other-length',
    'Both halves of a hybrid tell the same sizes.',
    hybrid([{ length: 2, path: ['a'] }], { a: tiny }, 1),
    'conflict',
  ),
  refused(
    'hybrid-no-padding',
    'The v1 half of a hybrid is padded so that files begin with a piece.',
    hybrid([HYBRID_FILES[0]!, HYBRID_FILES[2]!], HYBRID_TREE, 4),
    'conflict',
    layers,
  ),
  refused(
    'hybrid-more-in-v1',
    'A file that only one half knows is refused.',
    hybrid([...HYBRID_FILES, { length: 1, path: ['c'] }], HYBRID_TREE),
    'conflict',
    layers,
  ),
  refused(
    'hybrid-more-in-v2',
    'A file that only one half knows is refused.',
    hybrid(HYBRID_FILES, { ...HYBRID_TREE, c: tiny }),
    'conflict',
    layers,
  ),
];

const MISSING_LAYER: Row = [
  'no-layers',
  'Without the layers of its longer files a torrent is refused, or known to be incomplete.',
  torrent(info({ t: long })),
  either({ version: 'v2' }),
  { level: 'should' },
];

const head = { spec: 'BEP 52, metainfo files', level: 'must', operation: 'torrent-v2' } as const;

/** Torrents of the second version, and hybrids. */
export const TORRENT_V2: readonly Vector[] = [
  ...vectors({ ...head, id: 'bep52/metainfo' }, [...READ, MISSING_LAYER]),
  ...vectors({ ...head, id: 'bep52/metainfo/refuse' }, REFUSED),
];
