import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { KnownCommands } from './examples.js';
import type { Workspace } from './workspace.js';

/** What a shell block of a page may call: npm scripts of its own folder and of the root, our bins, the tools' bins. */
export function knownCommands(root: string, page: string, workspaces: readonly Workspace[]): KnownCommands {
  const own = workspaces.find(({ folder }) => page.startsWith(`${folder}/`));
  const house: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    hasScript(name, workspace) {
      // A page of the house may speak of what is done in a package's folder.
      const near = own === undefined ? workspaces : [own];
      if (workspace === undefined)
        return name in house.scripts || near.some(({ manifest }) => name in (manifest.scripts ?? {}));
      const target = workspaces.find(({ folder, manifest }) => folder === workspace || manifest.name === workspace);
      return name in (target?.manifest.scripts ?? {});
    },
    hasBin(name) {
      const ours = workspaces.some(({ manifest }) => manifest.name === name || name in (manifest.bin ?? {}));
      return ours || existsSync(join(root, 'node_modules', '.bin', name));
    },
    hasFile(path) {
      return existsSync(join(root, path)) || existsSync(join(root, dirname(page), path));
    },
  };
}
