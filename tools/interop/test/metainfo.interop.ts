import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatMagnet, type Metainfo, parseMetainfo, safePath } from '@unchoke/metainfo';
import { createTorrent, hashes, readTorrent } from '@unchoke/metainfo/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { has, libtorrentPython } from '../src/programs.js';

/** What libtorrent says about a torrent, and the torrent it makes of the same content itself. */
const TELL = `
import json, libtorrent as lt, sys
info = lt.torrent_info(sys.argv[1])
files, hashes = info.files(), info.info_hashes()
print(json.dumps({
  'name': info.name(), 'pieceLength': info.piece_length(), 'pieceCount': info.num_pieces(), 'isPrivate': info.priv(),
  'infoHash': str(hashes.v1) if hashes.has_v1() else None, 'infoHashV2': str(hashes.v2) if hashes.has_v2() else None,
  'trackers': sorted([t.tier, t.url] for t in info.trackers()), 'comment': info.comment(),
  'files': [[files.file_path(i), files.file_size(i)] for i in range(files.num_files()) if not files.file_flags(i) & 1],
}))
`;
const MAKE = `
import libtorrent as lt, os, sys
content, output, flag, piece_length = sys.argv[1:5]
storage = lt.file_storage()
lt.add_files(storage, content)
torrent = lt.create_torrent(storage, int(piece_length), getattr(lt.create_torrent, flag))
torrent.add_tracker('http://tracker.example/announce', 0)
lt.set_piece_hashes(torrent, os.path.dirname(content))
open(output, 'wb').write(lt.bencode(torrent.generate()))
`;
const MAGNET = `
import json, libtorrent as lt, sys
params = lt.parse_magnet_uri(sys.argv[1])
hashes = params.info_hashes
print(json.dumps({
  'infoHash': str(hashes.v1) if hashes.has_v1() else None, 'infoHashV2': str(hashes.v2) if hashes.has_v2() else None,
  'name': params.name, 'trackers': params.trackers, 'webSeeds': params.url_seeds, 'peers': [list(peer) for peer in params.peers],
}))
`;

const VERSIONS = ['v1', 'v2', 'hybrid'] as const;
/** What libtorrent calls them. */
const FLAGS = { v1: 'v1_only', v2: 'v2_only', hybrid: 'canonical_files_no_tail_padding' } as const;
const PIECE = 32_768;
const TRACKERS = [
  ['http://tracker.example/announce', 'udp://tracker.example:6969'],
  ['http://backup.example/announce'],
];

const python = libtorrentPython();
let folder = '';
let content = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'unchoke-metainfo-'));
  content = join(folder, 'content');
  mkdirSync(join(content, 'sub', 'deep'), { recursive: true });
  for (const [path, length] of [
    ['a.bin', 3_000_000],
    ['b', 5],
    ['empty', 0],
    ['sub/deep/c', PIECE],
    ['sub/über uns.txt', 200_000],
  ] as const) {
    writeFileSync(
      join(content, path),
      Uint8Array.from({ length }, (_, index) => (index * 31 + length) >>> 3),
    );
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(VERSIONS)('a %s torrent made by us', (version) => {
  test.skipIf(python === undefined)('libtorrent reads the same facts', async () => {
    const { metainfo, path } = await make(version);
    expect(tell(TELL, path)).toEqual(factsOf(metainfo));
  });

  test.skipIf(python === undefined)('libtorrent makes the same info dictionary of the same content', async () => {
    // For v1 it takes the files of a folder as the disk names them, in any order; a single file has but one.
    const path = version === 'v1' ? join(content, 'a.bin') : content;
    const { metainfo } = await make(version, path);
    const theirs = await makeWithLibtorrent(version, path);
    expect(hex(theirs.infoBytes)).toEqual(hex(metainfo.infoBytes));
  });

  test.skipIf(!has('aria2c') || version === 'v2')('aria2c -S shows the same', async () => {
    const { metainfo, path } = await make(version);
    const shown = execFileSync('aria2c', ['-S', path], { encoding: 'utf8' });
    // It encodes the info dictionary anew without the empty keys of a file tree: hybrids, whoever made them, get a wrong hash.
    if (version === 'v1') expect(shown).toContain(`Info Hash: ${hex(metainfo.infoHash)}`);
    expect(shown).toContain(`The Number of Pieces: ${metainfo.pieceCount}`);
    for (const file of metainfo.files) if (file.length > 0) expect(shown).toContain(`./${file.path.join('/')}`);
  });

  // It reads neither v2 nor hybrids, those of libtorrent included.
  test.skipIf(!has('transmission-show') || version !== 'v1')('transmission-show shows the same', async () => {
    const { metainfo, path } = await make(version);
    const shown = execFileSync('transmission-show', [path], { encoding: 'utf8' });
    expect(shown).toContain(`Hash: ${hex(metainfo.infoHash)}`);
    expect(shown).toContain(`Piece Count: ${metainfo.pieceCount}`);
    expect(shown).toContain('Comment: by us');
    for (const file of metainfo.files) expect(shown).toContain(`  ${safePath(file)} (`);
  });

  test.skipIf(python === undefined)('libtorrent reads its magnet', async () => {
    const { metainfo } = await make(version);
    const link = formatMagnet({
      ...metainfo,
      trackers: TRACKERS.flat(),
      webSeeds: ['http://seed.example/'],
      peers: [
        { host: '127.0.0.1', port: 5 },
        { host: '::1', port: 6 },
      ],
    });
    expect(tell(MAGNET, link)).toEqual({
      infoHash: hex(metainfo.infoHash),
      infoHashV2: hex(metainfo.infoHashV2),
      name: 'content',
      trackers: TRACKERS.flat(),
      webSeeds: ['http://seed.example/'],
      peers: [
        ['127.0.0.1', 5],
        ['::1', 6],
      ],
    });
  });
});

describe('torrents of others', () => {
  test.skipIf(python === undefined).each(VERSIONS)('libtorrent, %s', async (version) => {
    for (const path of [content, join(content, 'a.bin')]) {
      const metainfo = await makeWithLibtorrent(version, path);
      expect(tell(TELL, join(folder, 'theirs.torrent'))).toEqual(factsOf(metainfo));
    }
  });

  test.skipIf(!has('mktorrent') || python === undefined)('mktorrent', async () => {
    const output = join(folder, 'mktorrent.torrent');
    rmSync(output, { force: true });
    execFileSync(
      'mktorrent',
      ['-l', '15', '-p', '-c', 'ü', '-a', TRACKERS[0]!.join(','), '-a', TRACKERS[1]!.join(','), '-o', output, content],
      { stdio: 'ignore' },
    );
    expect(tell(TELL, output)).toEqual(factsOf(await readTorrent(output, { strict: true })));
  });

  test.skipIf(!has('transmission-create') || python === undefined)('transmission-create', async () => {
    const output = join(folder, 'transmission.torrent');
    const trackers = TRACKERS.flat().flatMap((url) => ['-t', url]);
    execFileSync('transmission-create', ['-s', '32', '-c', 'ü', ...trackers, '-o', output, content], {
      stdio: 'ignore',
    });
    const metainfo = await readTorrent(output, { strict: true });
    expect(tell(TELL, output)).toEqual(factsOf(metainfo));
    expect(execFileSync('transmission-show', [output], { encoding: 'utf8' })).toContain(hex(metainfo.infoHash));
  });
});

/** The vectors of the package against libtorrent: what we read has the same facts there, whatever it says about the rest. */
test.skipIf(python === undefined)('libtorrent agrees about the vectors that both read', () => {
  const vectors = JSON.parse(
    readFileSync(new URL('../../../packages/metainfo/test/vectors/torrents.json', import.meta.url), 'utf8'),
  ) as readonly {
    readonly name: string;
    readonly base64?: string;
    readonly facts?: unknown;
  }[];
  let agreed = 0;
  for (const { base64, facts, name } of vectors) {
    if (base64 === undefined || facts === undefined) continue;
    const path = join(folder, 'vector.torrent');
    writeFileSync(path, Buffer.from(base64, 'base64'));
    const told = spawnSync(python as string, ['-c', TELL, path], { encoding: 'utf8' });
    if (told.status !== 0) continue;
    const theirs = JSON.parse(told.stdout) as ReturnType<typeof factsOf>;
    const ours = factsOf(parseMetainfo(readFileSync(path), hashes));
    const key = ({ infoHash, infoHashV2, pieceLength, pieceCount, files }: typeof ours) => ({
      infoHash,
      infoHashV2,
      pieceLength,
      pieceCount,
      lengths: files.map(([, length]) => length),
    });
    expect(key(theirs), name).toEqual(key(ours));
    agreed++;
  }
  expect(agreed).toBeGreaterThan(60);
});

async function make(
  version: (typeof VERSIONS)[number],
  path = content,
): Promise<{ readonly metainfo: Metainfo; readonly path: string }> {
  const options = { version, pieceLength: PIECE, trackerTiers: TRACKERS, comment: 'by us' };
  const { bytes, metainfo } = await createTorrent(path, options);
  const torrent = join(folder, `ours-${version}.torrent`);
  writeFileSync(torrent, bytes);
  return { metainfo, path: torrent };
}

async function makeWithLibtorrent(version: (typeof VERSIONS)[number], path: string): Promise<Metainfo> {
  const output = join(folder, 'theirs.torrent');
  execFileSync(python as string, ['-c', MAKE, path, output, FLAGS[version], String(PIECE)]);
  return readTorrent(output, { strict: true });
}

function tell(script: string, argument: string): unknown {
  return JSON.parse(execFileSync(python as string, ['-c', script, argument], { encoding: 'utf8' }));
}

function factsOf(metainfo: Metainfo) {
  const trackers = metainfo.trackerTiers.flatMap((tier, index) => tier.map((url) => [index, url] as const));
  return {
    name: metainfo.name,
    pieceLength: metainfo.pieceLength,
    pieceCount: metainfo.pieceCount,
    isPrivate: metainfo.isPrivate,
    infoHash: hex(metainfo.infoHash),
    infoHashV2: hex(metainfo.infoHashV2),
    trackers: trackers.sort(([oneTier, oneUrl], [tier, url]) => oneTier - tier || (oneUrl < url ? -1 : 1)),
    comment: metainfo.comment ?? '',
    files: metainfo.files.filter((file) => !file.isPad).map((file) => [safePath(file), file.length] as const),
  };
}

function hex(hash: Uint8Array | undefined): string | null {
  return hash === undefined ? null : Buffer.from(hash).toString('hex');
}
