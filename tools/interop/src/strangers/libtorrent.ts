import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startOn } from '../host.js';
import { libtorrentPython } from '../programs.js';
import type { Stranger } from './stranger.js';

const SCRIPT = `
import signal, sys, time
import libtorrent as lt
source, folder, listen = sys.argv[1:4]
session = lt.session({
    'listen_interfaces': listen, 'enable_dht': False, 'enable_lsd': False,
    'enable_upnp': False, 'enable_natpmp': False, 'enable_incoming_utp': False, 'enable_outgoing_utp': False,
    'allow_multiple_connections_per_ip': True,
})
# Peers of the same network would be exempt from its slots.
session.set_peer_class_filter(lt.ip_filter())
params = lt.parse_magnet_uri(source) if source.startswith('magnet:') else lt.add_torrent_params()
if not source.startswith('magnet:'):
    params.ti = lt.torrent_info(source)
params.save_path = folder
session.add_torrent(params)
# Chokes everybody, and nobody any more.
signal.signal(signal.SIGUSR1, lambda *_: session.apply_settings({'unchoke_slots_limit': 0}))
signal.signal(signal.SIGUSR2, lambda *_: session.apply_settings({'unchoke_slots_limit': 8}))
while True:
    time.sleep(0.2)
`;

const python = libtorrentPython();

export const libtorrent: Stranger = {
  name: 'libtorrent',
  isInstalled: python !== undefined,
  peerIdPrefix: '-LT',
  cannot: [],
  async start({ host, port, address, folder, torrent, scratch }) {
    const script = join(scratch, 'peer.py');
    await writeFile(script, SCRIPT);
    const listen = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
    return startOn(host, python!, [script, torrent.magnet ?? torrent.path, folder, listen]);
  },
};
