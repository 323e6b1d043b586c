import { file, reads, SINGLE, several } from './torrent.js';
import { type Row, type Vector, vectors } from './vector.js';

const OUTSIDE: readonly Row[] = [
  reads(
    'announce',
    'announce alone is one tracker.',
    SINGLE,
    { trackers: [['http://a.example/announce']] },
    {
      announce: 'http://a.example/announce',
    },
  ),
  reads(
    'tiers',
    'announce-list keeps its tiers, and counts instead of announce.',
    SINGLE,
    { trackers: [['http://a.example/x', 'udp://b.example:1'], ['http://c.example/y']] },
    {
      announce: 'http://other.example/',
      'announce-list': [['http://a.example/x', 'udp://b.example:1'], ['http://c.example/y']],
    },
    { spec: 'BEP 12', level: 'should' },
  ),
  reads(
    'tiers-odd-entries',
    'A bad entry among the trackers costs only itself.',
    SINGLE,
    { name: 'a.txt' },
    { announce: 'http://a.example/', 'announce-list': [[7, 'http://a.example/'], 'udp://b.example:1', [['x']]] },
    { spec: 'BEP 12', level: 'should' },
  ),
  reads(
    'no-trackers',
    'A torrent without trackers is a torrent.',
    SINGLE,
    { trackers: [] },
    {},
    { spec: 'BEP 5', level: 'should' },
  ),
  reads(
    'web-seeds',
    'url-list holds web seeds.',
    SINGLE,
    { webSeeds: ['http://a.example/f', 'https://b.example/'] },
    { 'url-list': ['http://a.example/f', 'https://b.example/'] },
    { spec: 'BEP 19' },
  ),
  reads(
    'web-seed-string',
    'url-list may be a single string.',
    SINGLE,
    { webSeeds: ['http://a.example/'] },
    { 'url-list': 'http://a.example/' },
    { spec: 'BEP 19' },
  ),
  reads(
    'web-seed-empty',
    'An empty url-list means none.',
    SINGLE,
    { name: 'a.txt' },
    { 'url-list': '' },
    { spec: 'BEP 19', level: 'should' },
  ),
  reads(
    'cosmetic-mistyped',
    'Cosmetic fields of a wrong type are passed over: the torrent can be used.',
    SINGLE,
    { name: 'a.txt', totalLength: 5 },
    { comment: 5, 'created by': ['x'], 'creation date': 'yesterday', encoding: 7, nodes: 'x' },
    { level: 'safe' },
  ),
  reads(
    'date-2pow64',
    'A date beyond all years is no reason to die.',
    SINGLE,
    { name: 'a.txt' },
    { 'creation date': 2n ** 64n },
    { level: 'safe' },
  ),
  reads(
    'nodes-odd',
    'Bad DHT nodes cost only themselves.',
    SINGLE,
    { name: 'a.txt' },
    { nodes: [['router.example', 6881], ['x', 0], ['y', 65_536], 'z', [], [1, 2]] },
    { spec: 'BEP 5', level: 'safe' },
  ),
];

const PADS: readonly Row[] = [
  reads(
    'pad',
    'A file with the attribute p only pads: it counts in the pieces, and is no content.',
    several({ length: 1, path: ['a'] }, { attr: 'p', length: 7, path: ['.pad', '7'] }, { length: 1, path: ['b'] }),
    {
      totalLength: 9,
      files: [
        { path: ['t', 'a'], length: 1 },
        { length: 7, pad: true },
        { path: ['t', 'b'], length: 1 },
      ],
    },
  ),
  reads(
    'pad-twice',
    'Pad files may share a path: nothing is written for them.',
    several(file('a'), { attr: 'p', length: 7, path: ['.pad', '7'] }, file('b'), {
      attr: 'p',
      length: 7,
      path: ['.pad', '7'],
    }),
    { totalLength: 16 },
  ),
];

const head = { spec: 'BEP 3, metainfo files', level: 'must', operation: 'torrent' } as const;

/** What stands beside the info dictionary, and files that only pad. */
export const TORRENT_OUTSIDE: readonly Vector[] = [
  ...vectors({ ...head, id: 'bep3/metainfo/outside' }, OUTSIDE),
  ...vectors({ ...head, id: 'bep47/pad', spec: 'BEP 47, padding files', level: 'should' }, PADS),
];
