import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingFromPath } from './on-path.js';
import type { Program } from './program.js';

export const aria2: Program = {
  name: 'aria2',
  missing: () => missingFromPath('aria2c', 'aria2'),
  isDoneBy: 'mark',
  hungUpOnBy: {
    name: 'rtorrent',
    why: 'aria2 sends a bitfield in place of many haves, which BEP 3 allows as the first message only; rtorrent hangs up on that, and aria2 does not come back',
  },
  command: (role, { address, port, home, data, torrent, mark }) => {
    // It calls a program with arguments of its own.
    const script = join(home, 'done.sh');
    writeFileSync(script, `#!/bin/sh\ntouch '${mark}'\n`, { mode: 0o755 });
    const alone = [
      '--enable-dht=false',
      '--enable-dht6=false',
      '--bt-enable-lpd=false',
      '--enable-peer-exchange=false',
    ];
    const common = ['--no-conf', '--quiet', '--file-allocation=none', '--bt-max-peers=0', '--disk-cache=64M', ...alone];
    const own =
      role === 'seed' ? ['--bt-seed-unverified=true', '--seed-ratio=0'] : [`--on-bt-download-complete=${script}`];
    const where = [`--interface=${address}`, `--listen-port=${port}`, `--dir=${data}`, torrent];
    return { file: 'aria2c', args: [...common, ...own, ...where] };
  },
};
