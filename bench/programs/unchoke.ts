import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Program } from './program.js';

export const COMMAND: string = fileURLToPath(
  new URL('../../packages/client/dist/node/bundle/unchoke.js', import.meta.url),
);

/** The published command, as it comes. */
export function unchoke(name = 'unchoke', more: readonly string[] = []): Program {
  return {
    name,
    missing: () => (existsSync(COMMAND) ? undefined : 'not built: npm run build'),
    isDoneBy: 'exit',
    command: (role, { address, port, home, data, torrent }) => {
      const where = role === 'seed' ? ['seed', torrent, data] : ['download', torrent, '-o', data];
      const common = ['--bind', address, '--port', String(port), '--state-dir', join(home, 'state'), '-q'];
      return { file: process.execPath, args: [COMMAND, ...where, ...common, ...(role === 'leech' ? more : [])] };
    },
  };
}
