import { bencode, pieces, unsorted, utf8, Verbatim } from './hand-bencode.js';
import { bad, type Case, good } from './vector-cases.js';

const PIECE = 16_384;
const SINGLE = { length: 5, name: 'a.txt', 'piece length': PIECE, pieces: pieces(1) };
const HEAD = { name: 't', 'piece length': PIECE, pieces: pieces(1) };
const several = (...files: readonly { [key: string]: never | number | string | readonly string[] }[]) => ({
  ...HEAD,
  files,
});
const file = (...path: readonly string[]) => ({ length: 1, path });
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

const PATHS: readonly Case[] = [
  good('path-parent', 'two dots climb nowhere', several(file('..', '..', 'etc', 'passwd')), {
    version: 'v1',
    files: [['t/__/__/etc/passwd', 1, 0]],
  }),
  good('path-dot', 'one dot is a name', several(file('.', 'a')), { version: 'v1', files: [['t/_/a', 1, 0]] }),
  good('path-empty-names', 'empty names', several(file('', 'a', '')), { version: 'v1', files: [['t/_/a/_', 1, 0]] }),
  good('path-separators', 'separators inside a name', several(file('a/../../b', '/etc')), {
    version: 'v1',
    files: [['t/a_.._.._b/_etc', 1, 0]],
  }),
  good('path-backslashes', 'separators of Windows', several(file('..\\..\\x', 'C:\\y')), {
    version: 'v1',
    files: [['t/.._.._x/C__y', 1, 0]],
  }),
  good(
    'name-parent',
    'the torrent is called ..',
    { ...several(file('a')), name: '..' },
    { version: 'v1', name: '..', files: [['__/a', 1, 0]] },
  ),
  good(
    'name-absolute',
    'the torrent is called /etc/passwd',
    { ...SINGLE, name: '/etc/passwd' },
    { version: 'v1', files: [['_etc_passwd', 5, 0]] },
  ),
  good(
    'name-drive',
    'a drive letter and a stream',
    { ...SINGLE, name: 'c:file.txt' },
    { version: 'v1', files: [['c_file.txt', 5, 0]] },
  ),
  good(
    'name-nul',
    'NUL and control characters',
    { ...SINGLE, name: 'a\0b\u001f\u007f' },
    { version: 'v1', files: [['a_b__', 5, 0]] },
  ),
  good(
    'name-device',
    'names of Windows devices',
    several(file('NUL'), file('com1.tar.gz'), file('CONsole'), file('aux .txt')),
    {
      version: 'v1',
      files: [
        ['t/_NUL', 1, 0],
        ['t/_com1.tar.gz', 1, 1],
        ['t/CONsole', 1, 2],
        ['t/_aux .txt', 1, 3],
      ],
    },
  ),
  good('name-trailing', 'dots and spaces at the end', several(file('a. .'), file('dir ', 'b.')), {
    version: 'v1',
    files: [
      ['t/a___', 1, 0],
      ['t/dir_/b_', 1, 1],
    ],
  }),
  good('name-short-name', 'the short name of another file', several(file('PROGRA~1'), file('a~not')), {
    version: 'v1',
    files: [
      ['t/PROGRA_1', 1, 0],
      ['t/a~not', 1, 1],
    ],
  }),
  good('name-rtl', 'an override that makes exe.txt of txt.exe', several(file(utf8('photo\u202etxt.exe'))), {
    version: 'v1',
    files: [['t/photo_txt.exe', 1, 0]],
  }),
  good(
    'name-invisible',
    'byte order mark, zero-width space, soft hyphen',
    several(file(utf8('\ufeffa\u200bb\u00ad'))),
    { version: 'v1', files: [['t/_a_b_', 1, 0]] },
  ),
  good(
    'name-joiners',
    'joiners belong in emoji and in Persian, not elsewhere',
    several(file(utf8('👩\u200d💻 می\u200cخواهم')), file(utf8('\u200da.\u200c'))),
    {
      version: 'v1',
      files: [
        ['t/👩\u200d💻 می\u200cخواهم', 1, 0],
        ['t/_a._', 1, 1],
      ],
    },
  ),
  good('name-long', 'a name over 255 bytes is cut, and its ending kept', several(file(`${'x'.repeat(300)}.mkv`)), {
    version: 'v1',
    files: [[`t/${'x'.repeat(242)}~b6dc7ca3.mkv`, 1, 0]],
  }),
  good('name-long-utf8', '255 is counted in bytes', several(file(utf8('ü'.repeat(128)))), {
    version: 'v1',
    files: [[`t/${'ü'.repeat(123)}~f35265c5`, 1, 0]],
  }),
  good('name-empty', 'a torrent without a name is called by its hash', { ...SINGLE, name: '' }, { version: 'v1' }),
  good('name-not-utf8', 'bytes that are no text stay apart', several(file('\xff'), file('\xfe')), {
    version: 'v1',
    files: [
      ['t/%FF', 1, 0],
      ['t/%FE', 1, 1],
    ],
    notes: ['bad-text', 'bad-text'],
  }),
  good('name-overlong', 'an overlong slash is no slash', several(file('a\xc0\xafb')), {
    version: 'v1',
    files: [['t/a%C0%AFb', 1, 0]],
    notes: ['bad-text'],
  }),
  good('name-surrogates', 'UTF-8 has no surrogates', several(file('\xed\xa0\x80')), {
    version: 'v1',
    files: [['t/%ED%A0%80', 1, 0]],
    notes: ['bad-text'],
  }),
  good(
    'utf8-keys',
    'name.utf-8 and path.utf-8 win',
    { ...several({ length: 1, path: ['\xfc'], 'path.utf-8': [utf8('ü')] }), name: '\xfc', 'name.utf-8': utf8('ü') },
    {
      version: 'v1',
      name: 'ü',
      files: [['ü/ü', 1, 0]],
    },
  ),
  good(
    'utf8-keys-hostile',
    'path.utf-8 climbs no further than path',
    several({ length: 1, path: ['a'], 'path.utf-8': ['..', '..', 'b'] }),
    { version: 'v1', files: [['t/__/__/b', 1, 0]] },
  ),
  good(
    'utf8-keys-broken',
    'a path.utf-8 that is no UTF-8 is not used',
    several({ length: 1, path: ['a'], 'path.utf-8': ['\xff'] }),
    { version: 'v1', files: [['t/a', 1, 0]] },
  ),
  bad('duplicate-path', 'one path twice', several(file('a', 'b'), file('a', 'b')), 'duplicate-path'),
  bad('collision-case', 'paths that differ by case', several(file('Read.me'), file('READ.ME')), 'path-collision'),
  bad(
    'collision-case-folder',
    'folders that differ by case, with the same file',
    several(file('A', 'x'), file('a', 'x')),
    'path-collision',
  ),
  good('folder-case', 'folders that differ by case, with different files', several(file('A', 'x'), file('a', 'y')), {
    version: 'v1',
  }),
  bad(
    'collision-normal-form',
    'é composed and decomposed',
    several(file(utf8('\u00e9')), file(utf8('e\u0301'))),
    'path-collision',
  ),
  bad('collision-compatibility', 'ﬁ and fi', several(file(utf8('\ufb01')), file('fi')), 'path-collision'),
  bad('collision-sharp-s', 'ß and SS', several(file(utf8('stra\u00dfe')), file('STRASSE')), 'path-collision'),
  bad('collision-kelvin', 'the Kelvin sign and k', several(file(utf8('\u212a')), file('k')), 'path-collision'),
  bad('collision-cleaned', 'paths that become one by cleaning', several(file('a:'), file('a?')), 'path-collision'),
  bad(
    'collision-ignored',
    'a variation selector nobody sees',
    several(file(utf8('\u2764\ufe0f')), file(utf8('\u2764'))),
    'path-collision',
  ),
  bad('file-then-folder', 'a file that is a folder too', several(file('a'), file('a', 'b')), 'path-conflict'),
  bad('folder-then-file', 'the same the other way round', several(file('a', 'b'), file('A')), 'path-conflict'),
];

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

export const CASES_V1: readonly Case[] = [...FORM, ...REFUSED, ...PATHS, ...ATTRIBUTES, ...OUTSIDE];
