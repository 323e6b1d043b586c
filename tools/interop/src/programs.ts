import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs of other people that the suite meets, and how Debian names the package that brings each. */
const DEBIAN_PACKAGES = {
  aria2c: 'aria2',
  mktorrent: 'mktorrent',
  opentracker: 'opentracker',
  'qbittorrent-nox': 'qbittorrent-nox',
  rtorrent: 'rtorrent',
  'transmission-create': 'transmission-cli',
  'transmission-cli': 'transmission-cli',
  'transmission-daemon': 'transmission-daemon',
  'transmission-show': 'transmission-cli',
  tshark: 'tshark',
} as const;

export type Program = keyof typeof DEBIAN_PACKAGES;

/** Whether a program is on the PATH. When it is not, says so once, so that no test is skipped in silence. */
export function has(program: Program): boolean {
  const found = (process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)));
  if (!found) console.log(`skipped: ${program} is not installed (Debian: apt-get install ${DEBIAN_PACKAGES[program]})`);
  return found;
}

/** The Python that can `import libtorrent`, if any. Debian's binding belongs to Debian's own interpreter. */
export function libtorrentPython(): string | undefined {
  const found = ['/usr/bin/python3', 'python3'].find(
    (python) => spawnSync(python, ['-c', 'import libtorrent'], { stdio: 'ignore' }).status === 0,
  );
  if (found === undefined) {
    console.log('skipped: libtorrent is not installed (Debian: apt-get install python3-libtorrent)');
  }
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Installs what Debian carries of these programs, where we may. */
export function installDebianPrograms(): void {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status !== 0) {
    console.log('skipped: installing programs needs root and apt-get');
    return;
  }
  const wanted = [...new Set([...Object.values(DEBIAN_PACKAGES), 'python3-libtorrent', 'iproute2'])];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = ['-qq', '-o', 'Dpkg::Use-Pty=0'];
  spawnSync('apt-get', ['update', ...quiet], { stdio: 'inherit', env });
  for (const name of wanted) {
    // One by one: a name that this release does not know must not keep the others away.
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...quiet, name], { stdio: 'ignore', env });
  }
}
