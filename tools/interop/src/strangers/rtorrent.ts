import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startOn } from '../host.js';
import { has } from '../programs.js';
import type { Stranger } from './stranger.js';

export const rtorrent: Stranger = {
  name: 'rtorrent',
  isInstalled: has('rtorrent'),
  peerIdPrefix: '-lt',
  // It takes no torrent without a tracker.
  cannot: ['IPv6', 'v2', 'hybrid'],
  async start({ host, port, address, folder, torrent, scratch }) {
    const session = join(scratch, 'session');
    await mkdir(session, { recursive: true });
    const settings = [
      'system.daemon.set = true',
      `network.bind_address.set = ${address}`,
      `network.port_range.set = ${port}-${port}`,
      'network.port_random.set = no',
      `session.path.set = ${session}`,
      `directory.default.set = ${folder}`,
      'dht.mode.set = disable',
      'protocol.pex.set = yes',
      'trackers.use_udp.set = yes',
      `schedule2 = add, 0, 0, "load.start=\\"${torrent.magnet ?? torrent.path}\\""`,
    ];
    const file = join(scratch, 'rtorrent.rc');
    await writeFile(file, `${settings.join('\n')}\n`);
    return startOn(host, 'rtorrent', ['-n', '-o', `import=${file}`], { ...process.env, HOME: scratch });
  },
};
