import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What `bittorrent-tracker` reads and writes its peers with, and what it reads its replies with. */
export interface Rivals {
  readonly compact2string: { multi(bytes: Buffer): string[] };
  readonly string2compact: (peers: readonly string[]) => Buffer;
  readonly bencode: { decode(bytes: Buffer): { readonly peers: Uint8Array } };
}

const PACKAGES = ['compact2string@1.4.1', 'string2compact@2.0.2', 'bencode@4.0.0'];

/** Installs the rivals outside of the workspace; `undefined`, with a word about it, when there is no registry. */
export async function fetchRivals(): Promise<Rivals | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'unchoke-rivals-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  try {
    execFileSync('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', ...PACKAGES], {
      stdio: 'ignore',
    });
  } catch {
    console.log(`skipped: the rivals (${PACKAGES.join(', ')}) could not be installed`);
    return undefined;
  }
  // Modules of either kind are found from a module that stands beside them.
  const names = PACKAGES.map((name) => name.slice(0, name.indexOf('@')));
  const entry = join(folder, 'rivals.mjs');
  writeFileSync(entry, names.map((name) => `export { default as ${name} } from '${name}';\n`).join(''));
  return (await import(pathToFileURL(entry).href)) as Rivals;
}
