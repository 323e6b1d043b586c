import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, startOn } from '../host.js';
import { has } from '../programs.js';
import type { Stranger } from './stranger.js';

export const qbittorrent: Stranger = {
  name: 'qbittorrent',
  isInstalled: has('qbittorrent-nox'),
  peerIdPrefix: '-qB',
  cannot: [],
  async start({ host, port, address, folder, torrent, scratch }) {
    const config = join(scratch, 'qBittorrent', 'config');
    await mkdir(config, { recursive: true });
    const webPort = await freePort();
    const settings = [
      '[LegalNotice]',
      'Accepted=true',
      '[BitTorrent]',
      ...['DHTEnabled', 'LSDEnabled', 'AddTrackersEnabled', 'QueueingSystemEnabled'].map(
        (name) => `Session\\${name}=false`,
      ),
      `Session\\Port=${port}`,
      `Session\\InterfaceAddress=${address}`,
      'Session\\BTProtocol=TCP',
      'Session\\MultiConnectionsPerIp=true',
      'Session\\SSRFMitigation=false',
      `Session\\DefaultSavePath=${folder}`,
      '[Preferences]',
      'Connection\\UPnP=false',
      'General\\Locale=en',
      'WebUI\\Address=127.0.0.1',
      'WebUI\\UseUPnP=false',
    ];
    await writeFile(join(config, 'qBittorrent.conf'), `${settings.join('\n')}\n`);
    const place = [`--profile=${scratch}`, `--webui-port=${webPort}`, `--save-path=${folder}`, '--skip-dialog=true'];
    return startOn(host, 'qbittorrent-nox', [...place, torrent.magnet ?? torrent.path]);
  },
};
