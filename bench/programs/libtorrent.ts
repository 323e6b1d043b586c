import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Program } from './program.js';

const SCRIPT = fileURLToPath(new URL('../peers/libtorrent_peer.py', import.meta.url));

/** Debian's binding belongs to Debian's own interpreter. */
export const libtorrentPython: string | undefined = ['/usr/bin/python3', 'python3'].find(
  (python) => spawnSync(python, ['-c', 'import libtorrent'], { stdio: 'ignore' }).status === 0,
);

export const libtorrent: Program = {
  name: 'libtorrent',
  missing: () =>
    libtorrentPython === undefined
      ? 'libtorrent is not installed (Debian: apt-get install python3-libtorrent)'
      : undefined,
  isDoneBy: 'exit',
  command: (role, { address, port, data, torrent }) => ({
    file: libtorrentPython!,
    args: [SCRIPT, role, torrent, data, address, String(port)],
  }),
};
