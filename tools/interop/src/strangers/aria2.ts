import { startOn } from '../host.js';
import { has } from '../programs.js';
import type { Stranger } from './stranger.js';

const QUIET = ['--no-conf', '--quiet', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false'];
const KEEP = ['--seed-ratio=0', '--check-integrity=true', '--file-allocation=none', '--bt-max-peers=0'];

export const aria2: Stranger = {
  name: 'aria2',
  isInstalled: has('aria2c'),
  peerIdPrefix: 'A2-',
  // Its UDP trackers come with its DHT, which is off.
  cannot: ['udp-tracker', 'v2', 'hybrid'],
  async start({ host, port, address, folder, torrent }) {
    const place = [`--listen-port=${port}`, `--dir=${folder}`, `--interface=${address}`];
    const source = torrent.magnet ?? torrent.path;
    return startOn(host, 'aria2c', [...QUIET, ...KEEP, ...place, `--disable-ipv6=${!address.includes(':')}`, source]);
  },
};
