// `npm run check:packed`: what people would get from npm. Packs every public workspace, installs the archives into an
// empty project, compiles the README examples there as a strict user would, runs them against `dist/`, imports every
// entry point from CommonJS, asks every command for help, and has the conformance kit judge what was installed beside it.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { collectExamples, compileExamples, type ExampleFile, writeExamples } from './tidy/example-files.js';
import { surfacesOf } from './tidy/examples.js';
import { exec } from './tidy/exec.js';
import { expectNone, type Finding } from './tidy/finding.js';
import { runExamples } from './tidy/run-examples.js';
import { readTree } from './tidy/tree.js';
import { type Workspace, workspacesOf } from './tidy/workspace.js';

const TIMEOUT_MS = 180_000;
const STRICT = {
  target: 'es2022',
  lib: ['ES2022'],
  types: ['node'],
  module: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  // Our declarations must compile in a stranger's project, too.
  skipLibCheck: false,
};

/** What only works when the archives hold their data, too, and find each other. */
const RUNS: readonly string[] = [
  'unchoke-conformance codec --run "node node_modules/@unchoke/conformance/shims/unchoke.mjs"',
  'unchoke-conformance client --preset unchoke --only bep3/files/unicode --only bep3/seeding/serves',
];

const root = join(import.meta.dirname, '..');
const project = mkdtempSync(join(tmpdir(), 'unchoke-packed-'));
try {
  const tree = readTree(root);
  const workspaces = workspacesOf(tree).filter(({ manifest }) => manifest.private !== true);
  await install(workspaces);
  const examples = collectExamples(tree, workspaces)
    .filter(({ example, folder }) => example.path === `${folder}/README.md` && folder !== '.')
    .map(inProject);
  writeExamples(project, examples);
  const compiled = await compileExamples(project, examples, { tools: root, compilerOptions: STRICT });
  // Node's own declarations are not ours to repair.
  const found = compiled.filter(({ path }) => !path.includes('node_modules/@types/'));
  for (const path of new Set(examples.map(({ example }) => example.path))) {
    const ofPage = examples.filter((file) => file.mustRun && file.example.path === path);
    found.push(...(await runExamples(project, ofPage, { tools: root, conditions: [] })));
  }
  for (const workspace of workspaces) {
    found.push(...(await importedFromCommonJs(workspace)), ...(await commandsHelp(workspace)));
  }
  found.push(...(await commandsRun()));
  expectNone(found);
  console.log(`${workspaces.length} packages, ${examples.length} examples: packed, installed, compiled and run`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(project, { recursive: true, force: true });
}

async function install(workspaces: readonly Workspace[]): Promise<void> {
  const archives = join(project, 'archives');
  mkdirSync(archives);
  writeFileSync(join(project, 'package.json'), '{ "name": "stranger", "private": true, "type": "module" }');
  const names = workspaces.map(({ folder }) => `-w ${folder}`).join(' ');
  await npm(`pack ${names} --pack-destination "${archives}"`, root);
  const files = readdirSync(archives).map((name) => `"./archives/${name}"`);
  await npm(`install --no-audit --no-fund --ignore-scripts ${files.join(' ')}`, project);
  mkdirSync(join(project, 'node_modules', '@types'), { recursive: true });
  symlinkSync(
    join(root, 'node_modules', '@types', 'node'),
    join(project, 'node_modules', '@types', 'node'),
    'junction',
  );
}

/** The project stands flat: all examples in its root, where only installed packages can be found. */
function inProject(file: ExampleFile): ExampleFile {
  const unique = `${file.folder.replaceAll('/', '-')}-${basename(file.file)}`;
  return { ...file, folder: '.', file: `.report/examples/${unique}` };
}

async function importedFromCommonJs(workspace: Workspace): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const { specifier, names, typeNames } of surfacesOf(workspace)) {
    const script = join(project, 'import.cjs');
    writeFileSync(script, `import('${specifier}').then((it) => console.log(Object.keys(it).join()));`);
    const { code, output } = await exec(process.execPath, [script], project, TIMEOUT_MS);
    const expected = names.filter((name) => !typeNames.has(name)).sort();
    if (code === 0 && output.trim().split(',').sort().join() === expected.join()) continue;
    const message = `import('${specifier}') from CommonJS gave ${output.trim()} instead of ${expected.join(', ')}`;
    found.push({ path: `${workspace.folder}/package.json`, line: 1, rule: 'packed', message });
  }
  return found;
}

async function commandsHelp(workspace: Workspace): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const name of Object.keys(workspace.manifest.bin ?? {})) {
    const { status, output } = await shell(`npx --no-install ${name} --help`, project);
    if (status === 0 && output.includes(name)) continue;
    const message = `${name} --help ended with ${status}: ${output.trim().slice(-400)}`;
    found.push({ path: `${workspace.folder}/package.json`, line: 1, rule: 'packed', message });
  }
  return found;
}

async function commandsRun(): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const command of RUNS) {
    const { status, output } = await shell(`npx --no-install ${command}`, project);
    if (status === 0) continue;
    const message = `${command} ended with ${status}: ${output.trim().slice(-400)}`;
    found.push({ path: 'scripts/check-packed.ts', line: 1, rule: 'packed', message });
  }
  return found;
}

async function npm(command: string, cwd: string): Promise<void> {
  const { status, output } = await shell(`npm ${command}`, cwd);
  if (status !== 0) throw new Error(`npm ${command} failed in ${cwd}\n${output}`);
}

/** npm and npx are scripts on Windows; a shell finds them everywhere. */
async function shell(command: string, cwd: string): Promise<{ status: number | undefined; output: string }> {
  const [program, flag] = process.platform === 'win32' ? ['cmd.exe', '/c'] : ['sh', '-c'];
  const { code, output } = await exec(program as string, [flag as string, command], cwd, TIMEOUT_MS);
  return { status: code, output };
}
