import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingFromPath } from './on-path.js';
import type { Program } from './program.js';

export const rtorrent: Program = {
  name: 'rtorrent',
  missing: () => missingFromPath('rtorrent', 'rtorrent'),
  isDoneBy: 'mark',
  command: (_role, { address, port, home, data, torrent, mark }) => {
    // What a killed run left behind would lock it out.
    rmSync(join(home, 'session'), { recursive: true, force: true });
    mkdirSync(join(home, 'session'), { recursive: true });
    const settings = [
      `network.bind_address.set = ${address}`,
      `network.port_range.set = ${port}-${port}`,
      'network.port_random.set = no',
      'network.max_open_files.set = 2048',
      'dht.mode.set = disable',
      'protocol.pex.set = no',
      'protocol.encryption.set = none',
      'pieces.hash.on_completion.set = no',
      'throttle.max_uploads.set = 100',
      'throttle.max_uploads.global.set = 200',
      `session.path.set = ${join(home, 'session')}`,
      `directory.default.set = ${data}`,
      'system.daemon.set = true',
      `method.set_key = event.download.finished, mark, "execute.nothrow=touch,${mark}"`,
      `schedule2 = begin, 0, 0, "load.start=${torrent}"`,
    ];
    writeFileSync(join(home, 'rtorrent.rc'), `${settings.join('\n')}\n`);
    return { file: 'rtorrent', args: ['-n', '-o', `import=${join(home, 'rtorrent.rc')}`] };
  },
};
