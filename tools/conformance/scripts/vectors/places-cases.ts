import type { Hand } from './hand-bencode.js';
import { file, SINGLE, several, torrent } from './torrent.js';
import { type Row, utf8, type Vector, value, vectors } from './vector.js';

/** A torrent whose every file must land inside, each in a place of its own, or that is refused. */
function placed(name: string, rule: string, info: Hand, places: number, differs: Row[4] = {}): Row {
  return [name, rule, torrent(info), { places }, differs];
}

/** The same by the rules of every system, for torrents travel: a client may leave other systems' rules alone. */
function portably(name: string, rule: string, info: Hand, places: number): Row {
  return [name, rule, torrent(info), { places, portable: true }, { level: 'should' }];
}

/** Files of several names below each other. */
const paths = (...list: readonly (readonly string[])[]): Hand => several(...list.map((names) => file(...names)));

const TRAVERSAL: readonly Row[] = [
  placed('parent', 'Two dots climb nowhere.', paths(['..', '..', 'etc', 'passwd']), 1),
  placed('parent-inside', 'Two dots in the middle climb nowhere.', paths(['a', '..', '..', '..', 'b']), 1),
  placed('parent-name', 'A torrent called .. stays in its folder.', { ...several(file('a')), name: '..' }, 1),
  placed('parent-single', 'A single file called .. is no folder above.', { ...SINGLE, name: '..' }, 1),
  placed('dot-name', 'A torrent called . is no folder of others.', { ...SINGLE, name: '.' }, 1),
  placed('absolute', 'A torrent called /etc/passwd is not absolute.', { ...SINGLE, name: '/etc/passwd' }, 1),
  placed('absolute-component', 'An absolute name inside a path is not absolute.', paths(['a', '/etc/passwd']), 1),
  placed('separator', 'A separator inside a name does not climb.', paths(['a/../../../b']), 1),
  placed('separator-name', 'A separator inside the torrent’s name does not climb.', { ...SINGLE, name: '../../x' }, 1),
  portably('backslash', 'Separators of Windows do not climb.', paths(['..\\..\\x']), 1),
  portably(
    'backslash-name',
    'Separators of Windows in the torrent’s name do not climb.',
    { ...SINGLE, name: '..\\..\\x' },
    1,
  ),
  portably('drive', 'A drive letter leads nowhere.', { ...SINGLE, name: 'C:\\Windows\\x' }, 1),
  portably('unc', 'A name of another machine leads nowhere.', { ...SINGLE, name: '\\\\server\\share\\x' }, 1),
  placed(
    'utf8-key',
    'path.utf-8 climbs no further than path.',
    several({ length: 1, path: ['a'], 'path.utf-8': ['..', '..', 'b'] }),
    1,
  ),
  placed(
    'utf8-name-key',
    'name.utf-8 climbs no further than name.',
    { ...SINGLE, name: 'a', 'name.utf-8': '../../b' },
    1,
  ),
  placed('encoded', 'Percent-encoded dots are not decoded into a way out.', paths(['%2e%2e', '%2e%2e', 'x']), 1),
  placed('overlong', 'An overlong slash of broken UTF-8 is no slash.', paths(['..\xc0\xaf..\xc0\xafx']), 1),
  placed('empty-names', 'Empty names do not vanish into a way out.', paths(['', '..', '', 'x']), 1),
  portably(
    'dots-and-spaces',
    'Two dots with a space or a dot behind them are still a way out on Windows.',
    paths(['.. ', '...', '.. .', 'x']),
    1,
  ),
  portably(
    'invisible-between',
    'Invisible characters between dots do not make a way out when they are removed.',
    paths([utf8('.\u200b.'), utf8('.\u200d.'), 'x']),
    1,
  ),
  portably(
    'fullwidth',
    'Fullwidth dots and slashes do not become a way out when text is normalised.',
    paths([utf8('．．／．．／x')]),
    1,
  ),
];

const NAMES: readonly Row[] = [
  portably('nul', 'NUL and control characters are not in names.', { ...SINGLE, name: 'a\0b\u001f\u007f' }, 1),
  portably('line-end', 'A line end is not in a name.', paths(['a\nb\r']), 1),
  portably('escape-sequence', 'Escape sequences of terminals are not in names.', paths(['\u001b[2Jx']), 1),
  portably('stream', 'A colon names a stream on Windows.', { ...SINGLE, name: 'file.txt:hidden' }, 1),
  portably(
    'device',
    'Names of devices are no files on Windows.',
    paths(['NUL'], ['com1.tar.gz'], ['aux .txt'], ['CON']),
    4,
  ),
  portably('trailing', 'Dots and spaces at the end vanish on Windows.', paths(['a. .'], ['dir ', 'b.']), 2),
  portably('override', 'A bidi override makes txt.exe look like exe.txt.', paths([utf8('photo\u202etxt.exe')]), 1),
  portably('isolates', 'Bidi isolates hide what a name is.', paths([utf8('a\u2066b\u2069c\u200f')]), 1),
  placed('long', 'A name has at most 255 bytes.', paths([`${'x'.repeat(300)}.mkv`]), 1),
  placed('long-utf8', 'The 255 are bytes, not characters.', paths([utf8('ü'.repeat(200))]), 1),
  placed('empty-single', 'A torrent without a name gets one.', { ...SINGLE, name: '' }, 1),
  placed('name-1-mib', 'A name of 1 MiB is cut or refused.', { ...SINGLE, name: 'x'.repeat(1_048_576) }, 1),
  placed('not-utf8', 'Two names that are no UTF-8 do not become one.', paths(['\xff'], ['\xfe']), 2),
  placed('surrogates', 'Encoded surrogates are no text.', paths(['\xed\xa0\x80'], ['\xed\xa0\x81']), 2),
];

const COLLISIONS: readonly Row[] = [
  placed('twice', 'One path does not hold two files.', paths(['a', 'b'], ['a', 'b']), 2),
  portably('case', 'Names that differ by case are one on many disks.', paths(['Read.me'], ['READ.ME']), 2),
  portably('case-folder', 'Folders that differ by case are one on many disks.', paths(['A', 'x'], ['a', 'x']), 2),
  portably(
    'normal-form',
    'é composed and decomposed is one name on macOS.',
    paths([utf8('\u00e9')], [utf8('e\u0301')]),
    2,
  ),
  portably('cleaned', 'Two names that become one by cleaning are told apart.', paths(['a:'], ['a?']), 2),
  portably(
    'cleaned-into-other',
    'A name does not become another file’s name by cleaning.',
    paths(['a_'], ['a:'], ['a*']),
    3,
  ),
  placed('file-and-folder', 'A name is a file or a folder.', paths(['a'], ['a', 'b']), 2),
  portably('folder-and-file', 'The same the other way round, by case.', paths(['a', 'b'], ['A']), 2),
  placed(
    'long-same-start',
    'Two long names do not become one by cutting.',
    paths([`${'x'.repeat(260)}1`], [`${'x'.repeat(260)}2`]),
    2,
  ),
];

const PLAIN: readonly Row[] = [
  ['plain-single', 'An ordinary name is kept.', torrent(SINGLE), value([['a.txt']])],
  [
    'plain-several',
    'Ordinary paths are kept.',
    torrent(paths(['a'], ['b', 'c d.mkv'])),
    value([
      ['t', 'a'],
      ['t', 'b', 'c d.mkv'],
    ]),
  ],
  [
    'plain-unicode',
    'Letters of all scripts are kept.',
    torrent(paths([utf8('Über uns.pdf')], [utf8('東京.mkv')])),
    value([
      ['t', 'Über uns.pdf'],
      ['t', '東京.mkv'],
    ]),
  ],
  [
    'plain-dots',
    'Dots inside names, and in front, are kept.',
    torrent(paths(['.hidden'], ['a..b'])),
    value([
      ['t', '.hidden'],
      ['t', 'a..b'],
    ]),
  ],
  [
    'plain-signs',
    'Signs that every disk takes are kept.',
    torrent(paths(["it's (1) [x] {y} 100% #1 & more, yes!.mp3"])),
    value([['t', "it's (1) [x] {y} 100% #1 & more, yes!.mp3"]]),
  ],
];

/** A link to somewhere: refused, left out, or kept inside. */
function link(name: string, rule: string, target: Hand, more: Hand = {}): Row {
  const entry = { attr: 'l', length: 0, path: ['b'], 'symlink path': target };
  return [name, rule, torrent(several(file('a'), { ...entry, ...(more as object) } as Hand)), { inside: true }];
}

const LINKS: readonly Row[] = [
  link('out', 'A link does not lead out by two dots.', ['..', '..', 'etc']),
  link('out-in-middle', 'A link does not lead out by two dots in the middle.', ['a', '..', '..', '..', 'etc']),
  link('absolute', 'A link does not lead to an absolute path.', ['/etc/passwd']),
  link('separator', 'A separator inside a name of a link leads nowhere else.', ['../../etc']),
  link('itself', 'A link that leads to itself does no harm.', ['b']),
  link('empty', 'A link to no name does no harm.', []),
  link('integer', 'A link to a number does no harm.', [1]),
  [
    'through-link',
    'A link through another link does not lead out.',
    torrent(
      several(
        file('a'),
        { attr: 'l', length: 0, path: ['d'], 'symlink path': ['.'] },
        { attr: 'l', length: 0, path: ['e'], 'symlink path': ['d', '..', '..', 'etc'] },
      ),
    ),
    { inside: true },
  ],
];

const head = { spec: 'BEP 3, metainfo files', level: 'safe', operation: 'places' } as const;

/** Where the files of a torrent are put: inside, apart, and called as told where that is harmless. */
export const PLACES: readonly Vector[] = [
  ...vectors(
    { ...head, id: 'safe/places/traversal', bug: 'https://nvd.nist.gov/vuln/detail/CVE-2009-1760' },
    TRAVERSAL,
  ),
  ...vectors({ ...head, id: 'safe/places/name' }, NAMES),
  ...vectors({ ...head, id: 'safe/places/collision' }, COLLISIONS),
  ...vectors({ ...head, id: 'safe/places', level: 'should' }, PLAIN),
  ...vectors({ id: 'bep47/links', spec: 'BEP 47, symlinks', level: 'safe', operation: 'links' }, LINKS),
];
