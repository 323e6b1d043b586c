import { missingFromPath } from './on-path.js';
import type { Program } from './program.js';

export const aria2: Program = {
  name: 'aria2',
  missing: () => missingFromPath('aria2c', 'aria2'),
  isDoneBy: 'exit',
  command: (role, { address, port, data, torrent }) => {
    const alone = [
      '--enable-dht=false',
      '--enable-dht6=false',
      '--bt-enable-lpd=false',
      '--enable-peer-exchange=false',
    ];
    const common = ['--no-conf', '--quiet', '--file-allocation=none', '--bt-max-peers=0', '--disk-cache=64M', ...alone];
    const own = role === 'seed' ? ['--bt-seed-unverified=true', '--seed-ratio=0'] : ['--seed-time=0'];
    const where = [`--interface=${address}`, `--listen-port=${port}`, `--dir=${data}`, torrent];
    return { file: 'aria2c', args: [...common, ...own, ...where] };
  },
};
