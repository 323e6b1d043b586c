import { posix } from 'node:path';
import type { Finding } from './finding.js';
import { importsOf } from './imports.js';
import { isCode } from './tree.js';
import { isCore, lineOfKey, type Workspace } from './workspace.js';

const RULE = 'direction';

/**
 * Who may know whom: the graph of docs/ARCHITECTURE.md. A package that is not here yet is added together with its
 * row. `pieces` and `wire` do not know each other; `mock-peer` writes its bytes by hand, so it knows nobody.
 */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  bencode: [],
  metainfo: ['bencode'],
  tracker: ['bencode'],
  wire: ['bencode'],
  pieces: [],
  client: ['bencode', 'metainfo', 'tracker', 'wire', 'pieces'],
  'mock-tracker': ['bencode', 'tracker'],
  'mock-peer': [],
  // The programs of other people that the swarm mixes in are those that interop knows to start.
  swarm: [
    ...['bencode', 'metainfo', 'tracker', 'wire', 'pieces', 'client', 'mock-tracker', 'mock-peer'],
    ...['conformance', 'interop'],
  ],
  conformance: ['mock-tracker', 'mock-peer'],
  interop: ['bencode', 'metainfo', 'tracker', 'wire', 'pieces', 'client', 'mock-tracker', 'mock-peer'],
};

/** What a workspace judges from outside. Its shims run these in processes of their own; nothing else of it may know them. */
const JUDGES: Readonly<Record<string, readonly string[]>> = {
  conformance: ['bencode', 'metainfo', 'tracker', 'wire', 'client'],
};

/** Checks what a workspace declares and what its files really import, tests and benches included. */
export function direction(workspace: Workspace): readonly Finding[] {
  const allowed = MAY_USE[workspace.name];
  const manifestPath = `${workspace.folder}/package.json`;
  if (allowed === undefined) {
    const message =
      'unknown to the graph: add its row to MAY_USE in scripts/tidy/direction.ts and to docs/ARCHITECTURE.md';
    return [{ path: manifestPath, line: 1, rule: RULE, message }];
  }
  const found: Finding[] = [];
  const judged = [...allowed, ...(JUDGES[workspace.name] ?? [])];
  const { dependencies, devDependencies, peerDependencies, optionalDependencies } = workspace.manifest;
  const declared = { ...devDependencies, ...dependencies, ...peerDependencies, ...optionalDependencies };
  for (const specifier of Object.keys(declared)) {
    const isOnlyJudged = dependencies?.[specifier] === undefined && devDependencies?.[specifier] !== undefined;
    const problem = strangerProblem(workspace.name, specifier, isOnlyJudged ? judged : allowed);
    const line = lineOfKey(workspace.files, manifestPath, specifier);
    if (problem !== undefined) found.push({ path: manifestPath, line, rule: RULE, message: problem });
  }
  for (const file of workspace.files.filter(({ path }) => isCode(path))) {
    const isShim = file.path.startsWith(`${workspace.folder}/shims/`);
    for (const { specifier, line } of importsOf(file)) {
      const message =
        strangerProblem(workspace.name, specifier, isShim ? judged : allowed) ??
        relativeProblem(workspace, file.path, specifier) ??
        coreProblem(file.path, specifier);
      if (message !== undefined) found.push({ path: file.path, line, rule: RULE, message });
    }
  }
  return found;
}

function strangerProblem(name: string, specifier: string, allowed: readonly string[]): string | undefined {
  const target = /^@unchoke\/([^/]+)/.exec(specifier)?.[1];
  if (target === undefined || target === name || allowed.includes(target)) return undefined;
  const may = allowed.length === 0 ? 'no other package' : `only ${allowed.join(', ')}`;
  return `${name} must not use ${target}; it may use ${may}. Take what you need as an argument or a structural type`;
}

function relativeProblem(workspace: Workspace, path: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const target = posix.join(posix.dirname(path), specifier);
  if (target.startsWith(`${workspace.folder}/`) || target === 'vitest.config.ts') return undefined;
  return `'${specifier}' leaves the package; import '@unchoke/<name>' instead`;
}

function coreProblem(path: string, specifier: string): string | undefined {
  if (!isCore(path)) return undefined;
  if (/^(\.\.?\/)+node\//.test(specifier) || /^@unchoke\/[^/]+\/node$/.test(specifier)) {
    return `a core must not import an edge ('${specifier}'); move the code to src/node/ or take the result as an argument`;
  }
  if (specifier.startsWith('.') || specifier.startsWith('@unchoke/')) return undefined;
  return `a core imports nothing from outside ('${specifier}'); move it to src/node/ or take it as an argument`;
}
