import { utf8 } from './hand-bencode.js';
import { file, SINGLE, several } from './vector-base-v1.js';
import { bad, type Case, good } from './vector-cases.js';

/** Names of strangers, and paths that would share a place. */
export const CASES_PATHS: readonly Case[] = [
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
