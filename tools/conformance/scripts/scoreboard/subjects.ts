import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that the table is about. */
export interface Rival {
  readonly kind: 'codec' | 'tracker' | 'client';
  /** Packages of npm that it needs. */
  readonly packages: readonly string[];
  /** Its name and version, once it is there. */
  readonly title: (folder: string) => string;
  /** What the kit is told, in a folder where the packages are installed and the shims lie. */
  readonly args: (folder: string) => readonly string[];
}

export const RIVALS: readonly Rival[] = [
  ...['bencode', 'bencodec', 'bncode'].map((name) => npmCodec(name, [name], `node npm-bencode.mjs ${name}`)),
  npmCodec('parse-torrent', ['parse-torrent', 'magnet-uri'], 'node parse-torrent.mjs'),
  npmCodec('@ctrl/torrent-file', ['@ctrl/torrent-file', '@ctrl/magnet-link'], 'node ctrl-torrent-file.mjs'),
  {
    kind: 'codec',
    packages: [],
    title: () => `libtorrent ${output('/usr/bin/python3', ['-c', 'import libtorrent; print(libtorrent.__version__)'])}`,
    args: (folder) => ['codec', '--cwd', folder, '--run', '/usr/bin/python3 python-libtorrent.py'],
  },
  {
    kind: 'tracker',
    packages: [],
    title: () => output('dpkg-query', ['-W', 'opentracker']).replace('\t', ' '),
    args: (folder) => {
      const list = whitelist(folder);
      const run = `exec opentracker -i 127.0.0.1 -p ${PORT} -P ${PORT} -d ${folder} -w whitelist`;
      return ['tracker', '--run', run, '--url', `http://127.0.0.1:${PORT}/announce`, '--torrents', list];
    },
  },
  {
    kind: 'tracker',
    packages: ['bittorrent-tracker'],
    title: (folder) => `bittorrent-tracker ${installed(folder, 'bittorrent-tracker')}`,
    args: (folder) => {
      const run = `cd ${folder} && exec node bittorrent-tracker.mjs ${PORT}`;
      return ['tracker', '--run', run, '--url', `http://127.0.0.1:${PORT}/announce`];
    },
  },
  ...['aria2c', 'libtorrent', 'qbittorrent-nox', 'rtorrent', 'transmission-daemon'].map(presetClient),
];

function presetClient(name: string): Rival {
  return { kind: 'client', packages: [], title: () => name, args: () => ['client', '--preset', name] };
}

/** They run one after the other. */
const PORT = 46_969;

function npmCodec(name: string, packages: readonly string[], run: string): Rival {
  return {
    kind: 'codec',
    packages,
    title: (folder) => `${name} ${installed(folder, name)}`,
    args: (folder) => ['codec', '--cwd', folder, '--run', run],
  };
}

/** Debian's opentracker takes listed torrents only. Those that differ in their last bit come at the end. */
function whitelist(folder: string): string {
  const hashes = Array.from({ length: 4_000 }, () => randomBytes(20));
  const siblings = hashes.map((hash) => Buffer.concat([hash.subarray(0, 19), Buffer.from([hash[19]! ^ 1])]));
  const path = join(folder, 'whitelist');
  writeFileSync(path, [...hashes, ...siblings].map((hash) => `${hash.toString('hex')}\n`).join(''));
  // It gives up its privileges, and then has to read the list.
  chmodSync(folder, 0o755);
  return path;
}

function installed(folder: string, name: string): string {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
}

function output(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' }).trim();
}
