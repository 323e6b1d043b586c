import type { Finding } from './finding.js';
import type { SourceFile } from './tree.js';
import { lineOfKey, type Workspace } from './workspace.js';

const RULE = 'skeleton';
const FILES = ['README.md', 'LICENSE', 'tsconfig.json', 'test/tsconfig.json', 'src/index.ts'];
const PACKAGE_FILES = ['src/errors.ts', 'src/limits.ts'];
const SCRIPTS = ['build', 'test', 'check:package'];
/** npm runs these on the machine of whoever installs the package. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare', 'prepublish'];

/** Whoever knows one package knows them all. */
export function skeleton(workspace: Workspace, tree: readonly SourceFile[]): readonly Finding[] {
  const { folder, manifest } = workspace;
  const manifestPath = `${folder}/package.json`;
  const found: Finding[] = [];
  const wrong = (key: string, message: string): void => {
    found.push({ path: manifestPath, line: lineOfKey(workspace.files, manifestPath, key), rule: RULE, message });
  };

  if (manifest.name !== `@unchoke/${workspace.name}`) wrong('name', `name it "@unchoke/${workspace.name}"`);
  if (manifest.type !== 'module') wrong('type', 'say "type": "module"; the house is ESM only');
  if (manifest.license !== 'MIT') wrong('license', 'say "license": "MIT"');
  if (manifest.engines?.['node'] !== '>=20.19') wrong('engines', 'say "engines": { "node": ">=20.19" }');
  if ((manifest.description ?? '') === '') wrong('description', 'add a description: one sentence about what it does');
  for (const script of INSTALL_SCRIPTS) {
    if (manifest.scripts?.[script] !== undefined) {
      wrong(script, `remove the script "${script}"; nothing of ours runs when somebody installs`);
    }
  }
  if (manifest.private === true && !workspace.isPackage) return found;

  if (manifest.private === true) wrong('private', 'remove "private"; packages are published');
  if (manifest.sideEffects !== false) wrong('sideEffects', 'say "sideEffects": false; importing must do nothing');
  if ((manifest.keywords ?? []).length === 0) wrong('keywords', 'add keywords, so that people find it');
  for (const entry of ['dist', 'src', 'CHANGELOG.md', '!**/*.tsbuildinfo']) {
    if (!manifest.files?.includes(entry)) wrong('files', `add "${entry}" to "files"`);
  }
  for (const script of SCRIPTS) {
    if (manifest.scripts?.[script] === undefined) wrong('scripts', `add the script "${script}" (copy a neighbour's)`);
  }
  for (const key of ['./package.json', '.'].filter((key) => manifest.exports?.[key] === undefined)) {
    wrong('exports', `add "${key}" to "exports"`);
  }
  for (const [key, target] of Object.entries(manifest.exports ?? {})) {
    const problem = exportProblem(key, target);
    if (problem !== undefined) wrong('exports', problem);
  }

  const present = new Set(workspace.files.map((file) => file.path));
  for (const [script, command] of Object.entries(manifest.scripts ?? {})) {
    const named = /\b(?:tsx|node)\s+(?:--\S+\s+)*(\S+\.(?:ts|mjs))\b/.exec(command)?.[1];
    if (named === undefined || present.has(`${folder}/${named}`)) continue;
    wrong(script, `the script "${script}" starts ${named}, which is not there; write it or remove the script`);
  }
  const hasEdge = present.has(`${folder}/src/node/index.ts`);
  if (hasEdge !== (manifest.exports?.['./node'] !== undefined)) {
    wrong('exports', 'src/node/index.ts and the export "./node" go together: add the missing one');
  }
  const required = workspace.isPackage ? [...FILES, ...PACKAGE_FILES] : FILES;
  for (const path of required.filter((path) => !present.has(`${folder}/${path}`))) {
    found.push({ path: manifestPath, line: 1, rule: RULE, message: `add the file ${path}` });
  }
  for (const [kind, pattern] of [
    ['test', /\/test\/.*\.test\.ts$/],
    ['bench', /\/bench\/.*\.bench\.ts$/],
  ] as const) {
    if (workspace.files.some(({ path }) => pattern.test(path))) continue;
    found.push({ path: manifestPath, line: 1, rule: RULE, message: `add a ${kind}: ${kind}/*.${kind}.ts` });
  }
  const license = workspace.files.find((file) => file.path === `${folder}/LICENSE`)?.text;
  if (license !== undefined && license !== tree.find((file) => file.path === 'LICENSE')?.text) {
    found.push({ path: `${folder}/LICENSE`, line: 1, rule: RULE, message: 'copy LICENSE from the root, unchanged' });
  }
  if (!present.has(`${folder}/CHANGELOG.md`) && !hasChangeset(`@unchoke/${workspace.name}`, tree)) {
    const message = 'no CHANGELOG.md and no changeset yet: run `npm run changeset`';
    found.push({ path: manifestPath, line: 1, rule: RULE, message });
  }
  return found;
}

/** Source first (for the workspace itself), then types, then code: the first matching condition wins. */
function exportProblem(key: string, target: string | Readonly<Record<string, string>>): string | undefined {
  if (typeof target === 'string') {
    return target.endsWith('.json')
      ? undefined
      : `"${key}": only data may be a plain path; code needs three conditions`;
  }
  const stem = key === '.' ? 'index' : `${key.slice(2)}/index`;
  const expected = {
    '@unchoke/source': `./src/${stem}.ts`,
    types: `./dist/${stem}.d.ts`,
    default: `./dist/${stem}.js`,
  };
  if (JSON.stringify(target) === JSON.stringify(expected)) return undefined;
  return `"${key}" must be exactly ${JSON.stringify(expected)}, in this order`;
}

function hasChangeset(name: string, tree: readonly SourceFile[]): boolean {
  return tree.some(({ path, text }) => /^\.changeset\/.*\.md$/.test(path) && text.includes(`'${name}':`));
}
