import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createTorrent } from '@unchoke/metainfo/node';
import { hasNpm, npmNode, npmScript } from './npm-programs.js';
import { has, libtorrentPython } from './programs.js';

const PIECE_LENGTH = 65_536;

/** A program that makes a torrent of a folder. */
export interface Creator {
  readonly name: string;
  readonly isInstalled: boolean;
  readonly version: 'v1' | 'hybrid';
  create(content: string, trackerUrl: string, output: string): Promise<void> | void;
}

const LIBTORRENT = `
import libtorrent as lt, os, sys
content, tracker, output, flag, piece_length = sys.argv[1:6]
storage = lt.file_storage()
lt.add_files(storage, content)
torrent = lt.create_torrent(storage, int(piece_length), getattr(lt.create_torrent, flag))
torrent.add_tracker(tracker, 0)
lt.set_piece_hashes(torrent, os.path.dirname(content))
open(output, 'wb').write(lt.bencode(torrent.generate()))
`;

const CREATE_TORRENT = `
import createTorrent from 'create-torrent';
import { writeFileSync } from 'node:fs';
const [content, tracker, output, pieceLength] = process.argv.slice(2);
createTorrent(content, { announceList: [[tracker]], pieceLength: Number(pieceLength) }, (error, torrent) => {
  if (error) throw error;
  writeFileSync(output, torrent);
});
`;

const python = libtorrentPython();

export const CREATORS: readonly Creator[] = [
  ...(['v1', 'hybrid'] as const).map((version) => ({
    name: `ours (${version})`,
    isInstalled: true,
    version,
    async create(content: string, trackerUrl: string, output: string) {
      const options = { version, pieceLength: PIECE_LENGTH, trackerTiers: [[trackerUrl]] };
      await writeFile(output, (await createTorrent(content, options)).bytes);
    },
  })),
  ...(
    [
      ['v1', 'v1_only'],
      ['hybrid', 'canonical_files_no_tail_padding'],
    ] as const
  ).map(([version, flag]) => ({
    name: `libtorrent (${version})`,
    isInstalled: python !== undefined,
    version,
    create(content: string, trackerUrl: string, output: string) {
      execFileSync(python!, ['-c', LIBTORRENT, content, trackerUrl, output, flag, String(PIECE_LENGTH)]);
    },
  })),
  {
    name: 'mktorrent',
    isInstalled: has('mktorrent'),
    version: 'v1',
    create(content, trackerUrl, output) {
      execFileSync('mktorrent', ['-l', '16', '-a', trackerUrl, '-o', output, content], { stdio: 'ignore' });
    },
  },
  {
    name: 'transmission-create',
    isInstalled: has('transmission-create'),
    version: 'v1',
    create(content, trackerUrl, output) {
      execFileSync('transmission-create', ['-s', '64', '-t', trackerUrl, '-o', output, content], { stdio: 'ignore' });
    },
  },
  {
    name: 'create-torrent',
    isInstalled: hasNpm('create-torrent'),
    version: 'v1',
    create(content, trackerUrl, output) {
      const script = npmScript('create', CREATE_TORRENT);
      execFileSync(npmNode, [script, content, trackerUrl, output, String(PIECE_LENGTH)]);
    },
  },
];
