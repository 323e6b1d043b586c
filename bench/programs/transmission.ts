import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingFromPath } from './on-path.js';
import type { Program } from './program.js';

export const transmission: Program = {
  name: 'transmission',
  missing: () => missingFromPath('transmission-daemon', 'transmission-daemon'),
  isDoneBy: 'mark',
  command: (_role, { address, port, home, data, torrent, mark }) => {
    const config = join(home, 'transmission');
    rmSync(config, { recursive: true, force: true });
    mkdirSync(join(config, 'watch'), { recursive: true });
    copyFileSync(torrent, join(config, 'watch', 'it.torrent'));
    const script = join(config, 'done.sh');
    writeFileSync(script, `#!/bin/sh\ntouch '${mark}'\n`);
    chmodSync(script, 0o755);
    const settings = {
      'bind-address-ipv4': address,
      'peer-port': port,
      'download-dir': data,
      'watch-dir': join(config, 'watch'),
      'watch-dir-enabled': true,
      'rpc-enabled': false,
      'dht-enabled': false,
      'lpd-enabled': false,
      'pex-enabled': false,
      'utp-enabled': false,
      'port-forwarding-enabled': false,
      'cache-size-mb': 64,
      preallocation: 0,
      encryption: 0,
      'script-torrent-done-enabled': true,
      'script-torrent-done-filename': script,
    };
    writeFileSync(join(config, 'settings.json'), JSON.stringify(settings));
    return { file: 'transmission-daemon', args: ['--foreground', '--config-dir', config] };
  },
};
