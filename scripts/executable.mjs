// Part of `npm run build`. npm makes a command executable only when it links it for the first time, and a build that comes out
// of turbo's cache, or writes a file anew, takes that back: `npx unchoke-mock-peer` then ends with "Permission denied".
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

for (const group of ['packages', 'tools']) {
  for (const name of readdirSync(join(root, group))) {
    const manifest = join(root, group, name, 'package.json');
    if (!existsSync(manifest)) continue;
    /** @type {{ bin?: Record<string, string> }} */
    const { bin = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
    for (const path of Object.values(bin)) chmodSync(join(root, group, name, path), 0o755);
  }
}
