/*
 * Writes test/vectors/programs.json: npx tsx --conditions=@unchoke/source test/make-program-vectors.ts
 *
 * Lets mktorrent, transmission-create and libtorrent (Debian: mktorrent, transmission-cli, python3-libtorrent) make torrents,
 * lets transmission-show and libtorrent say what is in them, and keeps torrent, command and facts.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a torrent of the folder or file `content`; `flags` are those of libtorrent.create_torrent. */
const PYTHON_MAKE = `
import libtorrent as lt, os, sys
content, output, flag, piece_length = sys.argv[1:5]
storage = lt.file_storage()
lt.add_files(storage, content)
torrent = lt.create_torrent(storage, int(piece_length), getattr(lt.create_torrent, flag) if flag != '0' else 0)
torrent.add_tracker('http://tracker.example/announce', 0)
torrent.add_tracker('udp://tracker.example:6969', 1)
torrent.add_url_seed('http://seed.example/')
torrent.set_comment('made by libtorrent')
torrent.set_priv(flag == 'v2_only')
lt.set_piece_hashes(torrent, os.path.dirname(content))
open(output, 'wb').write(lt.bencode(torrent.generate()))
`;

const PYTHON_TELL = `
import json, libtorrent as lt, sys
info = lt.torrent_info(sys.argv[1])
files, hashes = info.files(), info.info_hashes()
rows = [[files.file_path(i), files.file_size(i), files.file_offset(i)] for i in range(files.num_files()) if not files.file_flags(i) & 1]
print(json.dumps({
  'name': info.name(), 'pieceLength': info.piece_length(), 'pieceCount': info.num_pieces(), 'isPrivate': info.priv(),
  'infoHash': str(hashes.v1) if hashes.has_v1() else None, 'infoHashV2': str(hashes.v2) if hashes.has_v2() else None,
  'trackers': [[t.url, t.tier] for t in info.trackers()], 'comment': info.comment(), 'files': rows,
}))
`;

const folder = mkdtempSync(join(tmpdir(), 'program-vectors-'));
const content = join(folder, 'content');
const file = join(content, 'sub', 'über.bin');
writeContent();

const CREATE = 'http://tracker.example/announce';
const vectors = [
  vector('mktorrent-file', ['mktorrent', '-l', '15', '-a', CREATE, '-o', 'OUT', file]),
  vector('mktorrent-folder', [
    'mktorrent',
    '-l',
    '15',
    '-p',
    '-s',
    'SRC',
    '-c',
    'a comment',
    '-a',
    `${CREATE},udp://two.example:1`,
    '-a',
    'http://three.example/',
    '-w',
    'http://seed.example/',
    '-o',
    'OUT',
    content,
  ]),
  vector('transmission-file', ['transmission-create', '-s', '32', '-t', CREATE, '-o', 'OUT', file]),
  vector('transmission-folder', [
    'transmission-create',
    '-p',
    '-s',
    '16',
    '-c',
    'ein Kommentar: ü',
    '-t',
    CREATE,
    '-t',
    'udp://two.example:1',
    '-o',
    'OUT',
    content,
  ]),
  ...[content, file].flatMap((path) =>
    ['v1_only', 'v2_only', '0', 'canonical_files_no_tail_padding'].map((flag) =>
      vector(`libtorrent-${path === file ? 'file' : 'folder'}-${flag === '0' ? 'hybrid' : flag}`, [
        '/usr/bin/python3',
        '-c',
        PYTHON_MAKE,
        path,
        'OUT',
        flag,
        '32768',
      ]),
    ),
  ),
];
rmSync(folder, { recursive: true });
const lines = vectors.map((one) => `  ${JSON.stringify(one)}`);
writeFileSync(new URL('./vectors/programs.json', import.meta.url), `[\n${lines.join(',\n')}\n]\n`);

function vector(name: string, command: readonly string[]) {
  const output = join(folder, `${name}.torrent`);
  const [program, ...parameters] = command.map((word) => (word === 'OUT' ? output : word));
  execFileSync(program!, parameters, { stdio: 'ignore' });
  const facts: unknown = JSON.parse(
    execFileSync('/usr/bin/python3', ['-c', PYTHON_TELL, output], { encoding: 'utf8' }),
  );
  // transmission 3.00 reads v1 alone; it refuses hybrids as well.
  const shown = spawnSync('transmission-show', [output], { encoding: 'utf8' });
  return {
    name,
    command: command.map((word) => (word === PYTHON_MAKE ? 'PYTHON_MAKE' : word.replace(`${folder}/`, ''))).join(' '),
    base64: readFileSync(output).toString('base64'),
    libtorrent: facts,
    transmissionShow: shown.status === 0 ? tellShown(shown.stdout) : null,
  };
}

/** What transmission-show prints, as far as it is exact. */
function tellShown(output: string) {
  const value = (key: string): string | undefined => new RegExp(`^ *${key}: (.*)$`, 'm').exec(output)?.[1];
  const files = output.slice(output.indexOf('\nFILES\n')).matchAll(/^ {2}(.+) \([\d.]+ [kMG]?B\)$/gm);
  return {
    name: value('Name'),
    hash: value('Hash'),
    pieceCount: Number(value('Piece Count')),
    isPrivate: value('Privacy') === 'Private torrent',
    files: [...files].map((match) => match[1]),
  };
}

/** The same bytes every time. */
function writeContent(): void {
  mkdirSync(join(content, 'sub', 'deep'), { recursive: true });
  const write = (path: string, length: number): void =>
    writeFileSync(
      join(content, path),
      Uint8Array.from({ length }, (_, index) => (index * 31 + length) >>> 3),
    );
  write('a.bin', 100_000);
  write('b.txt', 5);
  write('empty', 0);
  write(join('sub', 'über.bin'), 200_000);
  write(join('sub', 'deep', 'c'), 32_768);
}
