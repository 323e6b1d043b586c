import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startOn } from '../host.js';
import { has } from '../programs.js';
import type { Stranger } from './stranger.js';

export const transmission: Stranger = {
  name: 'transmission',
  isInstalled: has('transmission-daemon'),
  peerIdPrefix: '-TR',
  cannot: ['dial-loopback', 'udp-tracker-over-IPv6', 'v2', 'hybrid'],
  async start({ host, port, address, folder, torrent, scratch }) {
    const watch = join(scratch, 'watch');
    await mkdir(watch, { recursive: true });
    const family = address.includes(':') ? 'bind-address-ipv6' : 'bind-address-ipv4';
    const settings = {
      ...{ 'dht-enabled': false, 'lpd-enabled': false, 'utp-enabled': false, 'port-forwarding-enabled': false },
      ...{ 'rpc-enabled': false, 'peer-port': port, [family]: address, 'download-dir': folder },
      ...{ 'watch-dir-enabled': true, 'watch-dir': watch, 'trash-original-torrent-files': false },
    };
    await writeFile(join(scratch, 'settings.json'), JSON.stringify(settings));
    if (torrent.magnet === undefined) await copyFile(torrent.path, join(watch, 'wanted.torrent'));
    else await writeFile(join(watch, 'wanted.magnet'), torrent.magnet);
    return startOn(host, 'transmission-daemon', ['--foreground', '--config-dir', scratch]);
  },
};
