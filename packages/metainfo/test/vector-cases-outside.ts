import { utf8, Verbatim } from './hand-bencode.js';
import { file, HEAD, SINGLE, several } from './vector-base-v1.js';
import { bad, type Case, good } from './vector-cases.js';

const MAX = Number.MAX_SAFE_INTEGER;

const ATTRIBUTES: readonly Case[] = [
  good(
    'pads',
    'BEP 47: pad files share their own paths',
    several(
      { length: 1, path: ['a'] },
      { attr: 'p', length: 7, path: ['.pad', '7'] },
      { length: 1, path: ['b'] },
      { attr: 'p', length: 7, path: ['.pad', '7'] },
    ),
    {
      version: 'v1',
      totalLength: 16,
      files: [
        ['t/a', 1, 0],
        ['t/.pad/1', 7, 1, 'p'],
        ['t/b', 1, 8],
        ['t/.pad/3', 7, 9, 'p'],
      ],
    },
  ),
  good(
    'pad-without-path',
    'BEP 47: a pad file needs no path',
    several({ length: 1, path: ['a'] }, { attr: 'p', length: 7 }),
    {
      version: 'v1',
      files: [
        ['t/a', 1, 0],
        ['t/.pad/1', 7, 1, 'p'],
      ],
    },
  ),
  bad(
    'pad-place-taken',
    'a file where a pad file is said to be',
    several({ length: 1, path: ['.pad', '1'] }, { attr: 'p', length: 7, path: ['x'] }),
    'path-collision',
  ),
  bad(
    'pad-huge',
    'padding counts',
    several({ length: 1, path: ['a'] }, { attr: 'p', length: MAX, path: ['b'] }),
    'bad-file-length',
  ),
  good(
    'attributes',
    'executable, hidden, unknown letters',
    several({ attr: 'xhq', length: 1, md5sum: 'D41D8CD98F00B204E9800998ECF8427E', path: ['a'], sha1: 's'.repeat(20) }),
    {
      version: 'v1',
      files: [['t/a', 1, 0, 'hx']],
    },
  ),
  good(
    'attributes-mistyped',
    'cosmetic fields of wrong types',
    { ...HEAD, files: [{ attr: 1, length: 1, md5sum: 'zz', path: ['a'], sha1: [] }] },
    {
      version: 'v1',
      files: [['t/a', 1, 0]],
      notes: ['field-ignored', 'field-ignored', 'field-ignored'],
    },
  ),
  good(
    'link',
    'BEP 47: a link to a file',
    several({ length: 1, path: ['d', 'a'] }, { attr: 'l', length: 0, path: ['b'], 'symlink path': ['d', 'a'] }),
    {
      version: 'v1',
      files: [
        ['t/d/a', 1, 0],
        ['t/b', 0, 1, 'l:t/d/a'],
      ],
    },
  ),
  good(
    'link-to-folder-through-link',
    'links to folders, and through links',
    several(
      file('d', 'a'),
      { attr: 'l', path: ['e'], 'symlink path': ['d'] },
      { attr: 'l', path: ['f'], 'symlink path': ['e', 'a'] },
    ),
    {
      version: 'v1',
      files: [
        ['t/d/a', 1, 0],
        ['t/e', 0, 1, 'l:t/d'],
        ['t/f', 0, 1, 'l:t/e/a'],
      ],
    },
  ),
  good(
    'link-with-length',
    'BEP 47: a link takes no space',
    several({ length: 1, path: ['a'] }, { attr: 'l', length: 99, path: ['b'], 'symlink path': ['a'] }),
    {
      version: 'v1',
      totalLength: 1,
      notes: ['field-ignored'],
    },
  ),
  bad(
    'link-out',
    'a link that climbs out',
    several(file('a'), { attr: 'l', length: 0, path: ['b'], 'symlink path': ['..', '..', 'etc'] }),
    'bad-symlink',
  ),
  good(
    'link-absolute',
    'a link to an absolute path leads nowhere',
    several(file('a'), { attr: 'l', length: 0, path: ['b'], 'symlink path': ['/etc/passwd'] }),
    {
      version: 'v1',
      files: [
        ['t/a', 1, 0],
        ['t/b', 0, 1],
      ],
      notes: ['symlink-ignored'],
    },
  ),
  good(
    'link-circle',
    'links that lead to each other',
    several(
      file('a'),
      { attr: 'l', path: ['b'], 'symlink path': ['c'] },
      { attr: 'l', path: ['c'], 'symlink path': ['b'] },
    ),
    {
      version: 'v1',
      notes: ['symlink-ignored', 'symlink-ignored'],
    },
  ),
  good(
    'link-to-itself',
    'a link that leads to itself, and below itself',
    several(
      file('a'),
      { attr: 'l', path: ['b'], 'symlink path': ['b'] },
      { attr: 'l', path: ['c'], 'symlink path': ['c', 'x'] },
    ),
    {
      version: 'v1',
      notes: ['symlink-ignored', 'symlink-ignored'],
    },
  ),
  bad(
    'link-no-target',
    'a link without a target',
    several(file('a'), { attr: 'l', length: 0, path: ['b'] }),
    'bad-symlink',
  ),
  bad(
    'link-target-empty',
    'a link to no name',
    several(file('a'), { attr: 'l', length: 0, path: ['b'], 'symlink path': [] }),
    'bad-symlink',
  ),
  bad(
    'link-target-integer',
    'a link to an integer',
    { ...HEAD, files: [file('a'), { attr: 'l', length: 0, path: ['b'], 'symlink path': [1] }] },
    'bad-symlink',
  ),
];

const OUTSIDE: readonly Case[] = [
  good(
    'tiers',
    'BEP 12: tiers are kept, announce-list counts',
    SINGLE,
    { version: 'v1', trackerTiers: [['http://a.example/x', 'udp://b.example:1'], ['wss://c.example']] },
    {
      announce: 'http://other.example/',
      'announce-list': [['http://a.example/x', 'udp://b.example:1'], ['wss://c.example']],
    },
  ),
  good(
    'announce',
    'BEP 3: announce alone',
    SINGLE,
    { version: 'v1', trackerTiers: [['http://a.example/announce']] },
    { announce: ' http://a.example/announce\r\n' },
  ),
  good(
    'tiers-odd',
    'duplicates and what is no tracker',
    SINGLE,
    {
      version: 'v1',
      trackerTiers: [['http://a.example/'], ['udp://b.example:1']],
      notes: ['tracker-ignored', 'tracker-ignored', 'tracker-ignored', 'tracker-ignored'],
    },
    {
      'announce-list': [['http://a.example/', 'http://a.example/'], ['dht://x', 7], 'udp://b.example:1', ['http://']],
    },
  ),
  good(
    'tiers-empty',
    'an empty announce-list leaves announce',
    SINGLE,
    { version: 'v1', trackerTiers: [['http://a.example/']] },
    { announce: 'http://a.example/', 'announce-list': [] },
  ),
  good(
    'tracker-schemes',
    'file: and javascript: are no trackers',
    SINGLE,
    { version: 'v1', trackerTiers: [], notes: ['tracker-ignored', 'tracker-ignored'] },
    {
      'announce-list': [['file:///etc/passwd'], ['javascript:alert(1)']],
    },
  ),
  good(
    'web-seeds',
    'BEP 19 and BEP 17',
    SINGLE,
    {
      version: 'v1',
      webSeeds: ['http://a.example/f%20g'],
      httpSeeds: ['https://b.example/'],
      notes: ['web-seed-ignored'],
    },
    {
      'url-list': ['http://a.example/f g', 'gopher://c.example/'],
      httpseeds: ['https://b.example/'],
    },
  ),
  good(
    'web-seed-string',
    'one web seed without a list',
    SINGLE,
    { version: 'v1', webSeeds: ['http://a.example/'] },
    { 'url-list': 'http://a.example/' },
  ),
  good('web-seed-none', 'an empty string means none', SINGLE, { version: 'v1', webSeeds: [] }, { 'url-list': '' }),
  good(
    'nodes',
    'BEP 5: names, IPv4, IPv6; and what is no address',
    SINGLE,
    {
      version: 'v1',
      nodes: ['router.example:6881', '10.0.0.1:1', '[2001:db8::1]:65535'],
      notes: ['node-ignored', 'node-ignored', 'node-ignored', 'node-ignored'],
    },
    {
      nodes: [
        ['router.example', 6881],
        ['10.0.0.1', 1],
        ['2001:db8::1', 65_535],
        ['x.example', 0],
        ['x.example', 65_536],
        ['256.1.1.1', 5],
        'x',
      ],
    },
  ),
  good('private', 'BEP 27', { ...SINGLE, private: 1 }, { version: 'v1', isPrivate: true }),
  good('private-zero', 'BEP 27: 0 is public', { ...SINGLE, private: 0 }, { version: 'v1', isPrivate: false }),
  good(
    'private-odd',
    'in doubt a torrent is private',
    { ...SINGLE, private: '0' },
    { version: 'v1', isPrivate: true, notes: ['field-ignored'] },
  ),
  good(
    'texts',
    'comment, creator, date, encoding, source',
    { ...SINGLE, source: 'S' },
    { version: 'v1', comment: 'ü', createdBy: 'c', creationDate: 1_700_000_000, encoding: 'UTF-8', source: 'S' },
    {
      comment: '\xfc',
      'comment.utf-8': utf8('ü'),
      'created by': 'c',
      'creation date': 1_700_000_000,
      encoding: 'UTF-8',
    },
  ),
  good(
    'texts-mistyped',
    'cosmetic fields of wrong types',
    SINGLE,
    {
      version: 'v1',
      comment: null,
      creationDate: null,
      notes: ['field-ignored', 'field-ignored', 'field-ignored', 'field-ignored'],
    },
    {
      'announce-list': 'x',
      comment: 5,
      'creation date': -1,
      nodes: 1,
    },
  ),
  good(
    'text-not-utf8',
    'a comment that is no UTF-8 is not lost',
    SINGLE,
    { version: 'v1', comment: 'a%FFb', notes: ['bad-text'] },
    { comment: 'a\xffb' },
  ),
  good(
    'date-2^64',
    'a date beyond all years',
    SINGLE,
    { version: 'v1', creationDate: null, notes: ['field-ignored'] },
    { 'creation date': 2n ** 64n },
  ),
  good(
    'verbatim-list',
    'a list where a string is expected',
    SINGLE,
    { version: 'v1', notes: ['tracker-ignored'] },
    { announce: new Verbatim('ld1:ai1eee') },
  ),
];

/** What is said about files and around the info dictionary. */
export const CASES_OUTSIDE: readonly Case[] = [...ATTRIBUTES, ...OUTSIDE];
