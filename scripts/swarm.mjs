// `npm run swarm` will start a tracker, seeds and leeches on loopback and show a download. That needs the client.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** @param {string} group */
function describe(group) {
  for (const name of readdirSync(join(root, group))) {
    const path = join(root, group, name, 'package.json');
    if (!existsSync(path)) continue;
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    console.error(`  ${`${group}/${name}`.padEnd(20)}  ${manifest.description}`);
  }
}

console.error('There is no swarm yet: it needs a client, and packages/client is not written.');
console.error('What is here today:\n');
describe('packages');
describe('tools');
console.error('\nTry `npm test`, or the first example of a README above.');
process.exitCode = 1;
