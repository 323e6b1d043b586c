import { startOn } from '../host.js';
import { hasNpm, npmNode, npmScript } from '../npm-programs.js';
import type { Stranger } from './stranger.js';

/** Without its encryption: it does not fall back when a peer speaks plainly. */
const SCRIPT = `
import WebTorrent from 'webtorrent';
const [source, path, port] = process.argv.slice(2);
const off = { dht: false, lsd: false, utp: false, natUpnp: false, natPmp: false, webSeeds: false, secure: 0 };
new WebTorrent({ ...off, torrentPort: Number(port) }).add(source, { path });
`;

export const webtorrent: Stranger = {
  name: 'webtorrent',
  isInstalled: hasNpm('webtorrent'),
  peerIdPrefix: '-WW',
  cannot: ['udp-tracker-over-IPv6', 'v2', 'hybrid'],
  async start({ host, port, folder, torrent }) {
    const script = npmScript('webtorrent-peer', SCRIPT);
    return startOn(host, npmNode, [script, torrent.magnet ?? torrent.path, folder, String(port)]);
  },
};
