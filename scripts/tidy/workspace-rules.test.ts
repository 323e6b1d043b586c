import { describe, expect, it } from 'vitest';
import { direction } from './direction.js';
import { documented } from './documented.js';
import type { Finding } from './finding.js';
import { runtimeDependencies } from './runtime-dependencies.js';
import { skeleton } from './skeleton.js';
import type { SourceFile } from './tree.js';
import { type Manifest, type Workspace, workspacesOf } from './workspace.js';

// The rules that look at a whole workspace, each shown what it forbids and what is fine.

const core = 'packages/wire/src/frame.ts';

function file(path: string, text: string): SourceFile {
  return { path, text };
}

/** `line message` of each finding, for short expectations. */
function told(findings: readonly Finding[]): string[] {
  return findings.map(({ line, message }) => `${line} ${message}`);
}

function workspaceOf(manifest: Manifest, files: readonly SourceFile[] = [], folder = 'packages/wire'): Workspace {
  const path = `${folder}/package.json`;
  const [workspace] = workspacesOf([file(path, JSON.stringify(manifest, null, 2)), ...files]);
  return workspace as Workspace;
}

describe('direction', () => {
  it.each([
    ['packages/wire', 'pieces', 'it may use only bencode'],
    ['packages/pieces', 'wire', 'it may use no other package'],
    ['packages/bencode', 'metainfo', 'it may use no other package'],
    ['packages/tracker', 'mock-tracker', 'it may use only bencode'],
    ['tools/mock-peer', 'wire', 'it may use no other package'],
  ])('refuses that %s uses %s, declared or imported', (folder, target, message) => {
    const declared = workspaceOf({ devDependencies: { [`@unchoke/${target}`]: '^1.0.0' } }, [], folder);
    expect(told(direction(declared))[0]).toMatch(new RegExp(`^3 .*${message}`));
    const test = file(`${folder}/test/a.test.ts`, `\nimport type { A } from '@unchoke/${target}';`);
    expect(told(direction(workspaceOf({}, [test], folder)))[0]).toMatch(new RegExp(`^2 .*${message}`));
  });

  it.each([
    ["import { a } from '../../pieces/src/a.js';", 'leaves the package'],
    ["import { a } from './node/a.js';", 'must not import an edge'],
    ["import { a } from '@unchoke/wire/node';", 'must not import an edge'],
    ["import { a } from 'node:fs';", 'from outside'],
    ["export { a } from 'fs';", 'from outside'],
    ["const a = import('node:fs');", 'from outside'],
    ["type A = import('node:fs').Stats;", 'from outside'],
    ["import 'commander';", 'from outside'],
    ["import {\n  a,\n} from 'node:net';", 'from outside'],
  ])('refuses in a core: %s', (code, message) => {
    expect(told(direction(workspaceOf({}, [file(core, code)]))).join()).toContain(message);
  });

  it('refuses a package the graph does not know', () => {
    expect(told(direction(workspaceOf({}, [], 'packages/extra')))[0]).toContain('add its row');
  });

  it('lets pass what the graph draws', () => {
    const files = [
      file(core, "import { decode } from '@unchoke/bencode';\nimport { a } from './a.js';\n// import 'node:fs'"),
      file('packages/wire/src/node/tcp.ts', "import { connect } from 'node:net';\nimport { a } from '../a.js';"),
      file('packages/wire/test/a.test.ts', "import { it } from 'vitest';\nimport { a } from '../src/a.js';"),
    ];
    expect(direction(workspaceOf({ dependencies: { '@unchoke/bencode': '^0.0.0' } }, files))).toEqual([]);
  });
});

describe('runtime-dependencies', () => {
  it('refuses what was not decided, and what has no page', () => {
    const dependencies = { commander: '14.0.3' };
    expect(told(runtimeDependencies(workspaceOf({ dependencies }), []))[0]).toMatch(/^3 .*write it yourself/);
    const peer = workspaceOf({ dependencies }, [], 'tools/mock-peer');
    expect(told(runtimeDependencies(peer, []))[0]).toContain('write the page docs/decisions/');
  });

  it('lets pass a decided one, our own, and tools for development', () => {
    const page = file('docs/decisions/2026-11-21-commander.md', 'commander');
    const peer = workspaceOf({ dependencies: { commander: '14.0.3' } }, [], 'tools/mock-peer');
    expect(runtimeDependencies(peer, [page])).toEqual([]);
    const wire = workspaceOf({ dependencies: { '@unchoke/bencode': '1' }, devDependencies: { a: '1' } });
    expect(runtimeDependencies(wire, [])).toEqual([]);
  });
});

describe('documented', () => {
  const index = file('packages/wire/src/index.ts', "export { f, type A, MAX } from './frame.js';");
  const toldOf = (source: string): string[] => told(documented(workspaceOf({}, [index, file(core, source)])));

  it('refuses public things without a doc comment, and functions without an example', () => {
    const source = '/** A. */\nexport function f() {}\n\nexport interface A {}\nexport const MAX = 1;\n';
    expect(toldOf(source)).toEqual([
      expect.stringMatching(/^2 f is public: add an @example/),
      expect.stringMatching(/^4 A is public: say/),
      expect.stringMatching(/^5 MAX is public: say/),
    ]);
    expect(toldOf('')[0]).toContain('no declaration of f');
  });

  it('lets pass what is explained, and what is not public', () => {
    const source = `/** F.\n * @example\n * f();\n */\nexport function f() {}
/** A. */
export type A = 1;
/** Max. */
export const MAX = 1;
export function g() {}
`;
    expect(toldOf(source)).toEqual([]);
  });
});

describe('skeleton', () => {
  const conditions = (stem: string): Record<string, string> => ({
    '@unchoke/source': `./src/${stem}.ts`,
    types: `./dist/${stem}.d.ts`,
    default: `./dist/${stem}.js`,
  });
  const manifest: Manifest = {
    name: '@unchoke/wire',
    description: 'The wire',
    keywords: ['wire'],
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.19' },
    files: ['dist', 'src', 'CHANGELOG.md', '!**/*.tsbuildinfo'],
    exports: { '.': conditions('index'), './node': conditions('node/index'), './package.json': './package.json' },
    scripts: { build: 'a', test: 'b', 'check:package': 'c' },
  };
  const files = [
    'README.md CHANGELOG.md LICENSE tsconfig.json test/tsconfig.json test/a.test.ts bench/a.bench.ts',
    'src/index.ts src/errors.ts src/limits.ts src/node/index.ts',
  ].flatMap((line) => line.split(' ').map((name) => file(`packages/wire/${name}`, '')));
  const root = [file('LICENSE', '')];

  it('lets pass a complete package', () => expect(skeleton(workspaceOf(manifest, files), root)).toEqual([]));

  it.each([
    ['name', '@unchoke/other', 'name it'],
    ['type', 'commonjs', 'ESM'],
    ['license', 'ISC', 'MIT'],
    ['engines', { node: '>=18' }, '>=20.19'],
    ['description', '', 'description'],
    ['keywords', [], 'keywords'],
    ['sideEffects', true, 'sideEffects'],
    ['private', true, 'published'],
    ['files', ['dist'], 'add "src"'],
    ['files', ['dist', 'src', 'CHANGELOG.md'], 'tsbuildinfo'],
    ['scripts', { ...manifest.scripts, postinstall: 'a' }, 'remove the script "postinstall"'],
    ['scripts', {}, 'add the script "test"'],
    ['scripts', { ...manifest.scripts, fuzz: 'tsx --conditions=x test/fuzz.ts' }, 'starts test/fuzz.ts'],
    ['exports', {}, 'add "."'],
    ['exports', { ...manifest.exports, '.': { default: './dist/index.js' } }, 'must be exactly'],
    ['exports', { ...manifest.exports, './extra': './dist/extra.js' }, 'only data'],
    ['exports', { '.': conditions('index'), './package.json': './package.json' }, 'go together'],
  ])('refuses "%s": %j', (key, value, message) => {
    const found = skeleton(workspaceOf({ ...manifest, [key]: value }, files), root);
    expect(told(found).join('\n')).toContain(message);
  });

  it.each(files.filter(({ path }) => !path.includes('/node/')))('refuses a package without $path', ({ path }) => {
    const rest = files.filter((other) => other.path !== path);
    expect(skeleton(workspaceOf(manifest, rest), root)).toHaveLength(1);
  });

  it('refuses another licence text', () => {
    expect(skeleton(workspaceOf(manifest, files), [file('LICENSE', 'MIT')])[0]?.message).toContain('unchanged');
  });

  it('takes a changeset for a changelog that is still to come', () => {
    const rest = files.filter(({ path }) => !path.endsWith('CHANGELOG.md'));
    const changeset = file('.changeset/first.md', "---\n'@unchoke/wire': minor\n---\n\nThe wire.\n");
    expect(skeleton(workspaceOf(manifest, rest), [...root, changeset])).toEqual([]);
  });
});
