import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as client from '@unchoke/client';
import type * as pieces from '@unchoke/pieces';
import type { Cores } from './cores.js';

/** One place in the source, and what stands there instead. */
export interface Change {
  /** Such as `client/uploads.ts`. */
  readonly file: string;
  /** Must occur exactly once: a change that misses its place would prove nothing. */
  readonly find: string;
  readonly replace: string;
}

const PACKAGES = fileURLToPath(new URL('../../../../packages', import.meta.url));
/** What is copied; everything else is used as it is. */
const COPIED = ['client', 'pieces', 'tracker'];

/** Loads a copy of the cores, from their sources, in which something is different. The product has no switch for it. */
export async function loadVariant(changes: readonly Change[]): Promise<Cores> {
  const folder = mkdtempSync(join(tmpdir(), 'unchoke-variant-'));
  try {
    for (const name of COPIED) {
      const isCore = (path: string): boolean => !path.endsWith(join('src', 'node'));
      cpSync(join(PACKAGES, name, 'src'), join(folder, name), { recursive: true, filter: isCore });
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    }
    for (const change of changes) apply(folder, change);
    for (const name of COPIED) redirectImports(folder, join(folder, name));
    const { Torrent } = (await import(join(folder, 'client', 'index.ts'))) as typeof client;
    const { Bitfield, Geometry } = (await import(join(folder, 'pieces', 'index.ts'))) as typeof pieces;
    return { Torrent, Bitfield, Geometry };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function apply(folder: string, { file, find, replace }: Change): void {
  const path = join(folder, file);
  const parts = readFileSync(path, 'utf8').split(find);
  if (parts.length !== 2)
    throw new Error(
      `${file}: ${JSON.stringify(find)} occurs ${parts.length - 1} times, expected once: adapt the change`,
    );
  writeFileSync(path, parts.join(replace));
}

/** A copy imports copies, and originals by their place: nothing else is found from where it lies. */
function redirectImports(folder: string, within: string): void {
  for (const entry of readdirSync(within, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, 'utf8').replace(/from '@unchoke\/(\w+)'/g, (_, name: string) => {
      const source = COPIED.includes(name) ? join(folder, name) : join(PACKAGES, name, 'src');
      return `from '${join(source, 'index.ts')}'`;
    });
    writeFileSync(path, text);
  }
}
