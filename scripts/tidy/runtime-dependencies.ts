import type { Finding } from './finding.js';
import type { SourceFile } from './tree.js';
import { lineOfKey, type Workspace } from './workspace.js';

const RULE = 'runtime-dependencies';

/** What a workspace may depend on outside the scope: the page that decided it. Packages of the protocol: nothing. */
const ALLOWED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  client: {
    commander: 'docs/decisions/2026-11-21-commander.md',
    pino: 'docs/decisions/2026-11-21-command-logs.md',
  },
  conformance: { commander: 'docs/decisions/2026-11-21-commander.md' },
  swarm: { commander: 'docs/decisions/2026-11-21-commander.md' },
  'mock-tracker': { commander: 'docs/decisions/2026-11-21-commander.md' },
  'mock-peer': { commander: 'docs/decisions/2026-11-21-commander.md' },
};

export function runtimeDependencies(workspace: Workspace, tree: readonly SourceFile[]): readonly Finding[] {
  const { dependencies, peerDependencies, optionalDependencies } = workspace.manifest;
  const path = `${workspace.folder}/package.json`;
  const found: Finding[] = [];
  for (const name of Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })) {
    if (name.startsWith('@unchoke/')) continue;
    const page = ALLOWED[workspace.name]?.[name];
    const line = lineOfKey(workspace.files, path, name);
    if (page === undefined) {
      const message = `"${name}" is not decided: write it yourself, or add a page to docs/decisions/ and a row to scripts/tidy/runtime-dependencies.ts`;
      found.push({ path, line, rule: RULE, message });
    } else if (!tree.some((file) => file.path === page && file.text.includes(name))) {
      found.push({ path, line, rule: RULE, message: `"${name}": write the page ${page} that says why` });
    }
  }
  return found;
}
