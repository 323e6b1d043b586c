import { describe, expect, it } from 'vitest';
import { corePurity } from './core-purity.js';
import { fileSize } from './file-size.js';
import { expectNone, type Finding } from './finding.js';
import { limitReasons, limitsPage } from './limits.js';
import { links } from './links.js';
import { lockfile } from './lockfile.js';
import { looseEnds } from './loose-ends.js';
import { moduleShape } from './module-shape.js';
import { testHygiene } from './test-hygiene.js';
import type { SourceFile } from './tree.js';
import { words } from './words.js';
import { workspacesOf } from './workspace.js';

// A rule that cannot fail is a defect: each is shown what it forbids, and what looks like it and is fine.

function file(path: string, text: string): SourceFile {
  return { path, text };
}

/** `line message` of each finding, for short expectations. */
function told(findings: readonly Finding[]): string[] {
  return findings.map(({ line, message }) => `${line} ${message}`);
}

const core = 'packages/wire/src/frame.ts';

describe('core-purity', () => {
  it.each([
    ['const now = Date.now();', 'nowMs'],
    ['const now = new Date();', 'nowMs'],
    ['const die = Math.random();', 'randomBelow'],
    ['const t = performance.now();', 'nowMs'],
    ['setTimeout(f, 1);', 'deadlineMs'],
    ['setInterval(f, 1);', 'deadlineMs'],
    ['queueMicrotask(f);', 'deadlineMs'],
    ['export async function f() {}', 'return an action'],
    ['const f = async () => 1;', 'return an action'],
    ['class A { async f() {} }', 'return an action'],
    ['await f();', 'return an action'],
    ['for await (const a of b) {}', 'return an action'],
    ['function f(): Promise<void> {}', 'return an action'],
    ['const b = Buffer.from(a);', 'Uint8Array'],
    ["console.log('a');", 'prints nothing'],
    ['const a = process.env;', 'arguments'],
    ['const a = crypto.getRandomValues(b);', 'argument'],
    ["fetch('a');", 'action'],
    ['const a = globalThis.a;', 'argument'],
    ["const a = require('b');", 'edge'],
    ['const a = new Function(b);', 'write the code'],
    ['declare const performance: { now(): number };', 'ambient'],
    ['declare global { var a: number }', 'ambient'],
  ])('refuses %s', (code, replacement) => {
    const found = corePurity(file(core, `const x = 1;\n${code}\n`));
    expect(told(found).join('\n')).toMatch(new RegExp(`^2 no .*${replacement}`, 'm'));
  });

  it.each([
    "// Date.now() and Math.random() are banned here\nconst a = 'await Date.now()';",
    "const action = { type: 'fetch-url', process: 1, performance: 2 };",
    'class A { fetch(url: string): void {} private process?: number; }',
    'interface A { readonly Buffer: number; readonly console: string }',
    'link.process(); link.crypto.name; settings.fetch(url); a.async = true;',
    'const asynchronous = 1; const awaiting = 2; const dated = 3;',
    "export type { Promised } from './promised.js';",
  ])('lets pass %s', (code) => expect(corePurity(file(core, code))).toEqual([]));

  it('does not look at edges, tools and tests', () => {
    for (const path of [
      'packages/wire/src/node/tcp.ts',
      'tools/mock-peer/src/peer.ts',
      'packages/wire/test/a.test.ts',
    ]) {
      expect(corePurity(file(path, 'await Date.now();'))).toEqual([]);
    }
  });

  it('lets the text codec be declared, in its own file', () => {
    expect(corePurity(file('packages/wire/src/text-codec.d.ts', 'declare class TextDecoder {}'))).toEqual([]);
  });
});

describe('module-shape', () => {
  it.each([
    [core, "export * from './a.js';", 're-export each name'],
    [core, "export * as a from './a.js';", 're-export each name'],
    [core, 'export default 1;', 'by name'],
    [core, 'export { a as default };', 'by name'],
    ['packages/wire/src/utils.ts', '', 'the noun'],
    ['packages/wire/src/common/a.ts', '', 'the noun'],
    ['packages/wire/src/types.ts', '', 'the noun'],
    ['packages/wire/src/peerLink.ts', '', 'peer-link.ts'],
    ['packages/wire/src/peer_link.ts', '', 'peer-link.ts'],
    ['packages/wire/src/index.ts', 'export const a = 1;', 're-exports by name'],
    ['packages/wire/src/index.ts', "console.log('a');", 're-exports by name'],
    ['packages/wire/src/index.ts', 'export function f() {}', 're-exports by name'],
  ])('refuses %s: %s', (path, code, replacement) => {
    expect(told(moduleShape(file(path, code))).join('\n')).toContain(replacement);
  });

  it.each([
    [
      'packages/wire/src/index.ts',
      "/** A. */\nexport { a } from './a.js';\nexport {\n  b,\n  type C,\n} from './c.js';\nexport type { D } from './d.js';\n",
    ],
    ['packages/wire/src/index.ts', 'export {};\n'],
    ['packages/wire/src/text-codec.d.ts', 'declare class TextDecoder {}'],
    ['tools/interop/vitest.config.ts', 'export default 1;'],
    [core, "// export default and export * are banned\nconst a = 'export default';"],
    ['packages/wire/test/wire.test.ts', ''],
  ])('lets pass %s', (path, code) => expect(moduleShape(file(path, code))).toEqual([]));
});

describe('test-hygiene', () => {
  const path = 'packages/wire/test/frame.test.ts';

  it.each([
    ["it.only('a', f);", 'silences'],
    ["describe.concurrent.only('a', f);", 'silences'],
    ["it.skip('a', f);", 'why it is skipped'],
    ["it.todo('a');", 'why it is skipped'],
    ["vi.mock('./a.js');", 'fake with behaviour'],
    ['vi.useFakeTimers();', 'fake with behaviour'],
    ['await new Promise((resolve) => setTimeout(resolve, 10));', 'count work'],
    ['await sleep(10);', 'count work'],
    ['await setTimeout(10);', 'count work'],
  ])('refuses %s', (code, replacement) => {
    expect(told(testHygiene(file(path, `\n${code}`))).join('\n')).toMatch(new RegExp(`^2 .*${replacement}`));
  });

  it.each([
    "// Needs a network that the machine has not.\nit.skip('a', f);",
    "it.skipIf(process.platform === 'win32')('a', f);",
    'const a = list.only(1); const b = reader.skip(4);',
    "it('does not sleep', () => f('await sleep(1)'));",
  ])('lets pass %s', (code) => expect(testHygiene(file(path, code))).toEqual([]));
});

describe('loose-ends', () => {
  const mark = 'TO' + 'DO';

  it('refuses a mark without a link, in code and in prose', () => {
    expect(told(looseEnds(file(core, `\n// ${mark}: later`)))[0]).toMatch(/^2 .*open an issue/);
    expect(told(looseEnds(file('docs/A.md', `${'FIX' + 'ME'} later`)))[0]).toMatch(/open an issue/);
  });

  it('lets pass a mark with a link, and the word in a string', () => {
    const link = 'https://github.com/unchoke/unchoke/issues/1';
    expect(looseEnds(file(core, `// ${mark}(${link}): later\nconst a = '${mark}: no';`))).toEqual([]);
  });
});

describe('file-size', () => {
  const long = file(core, 'a\n'.repeat(401));
  const reason = 'one table that cannot be cut';

  it('refuses a long file that is not listed', () => expect(told(fileSize([long], {}))[0]).toMatch(/^401 .*nouns/));

  it('refuses a listed file that grew', () => {
    const [only] = told(fileSize([long], { [core]: { linesMax: 400, reason } }));
    expect(only).toContain('move something out');
  });

  it('refuses a listing that is not needed any more, or gives no reason', () => {
    expect(told(fileSize([file(core, 'a\n')], { [core]: { linesMax: 500, reason } }))[0]).toContain('off the list');
    expect(told(fileSize([long], { [core]: { linesMax: 500, reason: '' } }))[0]).toContain('why');
  });

  it('lets pass 400 lines, a listed file, and data', () => {
    expect(fileSize([file(core, 'a\n'.repeat(400)), file('a.json', 'a\n'.repeat(999))], {})).toEqual([]);
    expect(fileSize([long], { [core]: { linesMax: 401, reason } })).toEqual([]);
  });
});

describe('lockfile', () => {
  it('refuses install scripts that reach users', () => {
    const lock = { packages: { 'node_modules/a': { hasInstallScript: true } } };
    expect(told(lockfile(lock, { a: false }))[0]).toContain('without one');
  });

  it('refuses install scripts of tools that are not declared needless', () => {
    const lock = { packages: { 'node_modules/@a/b': { hasInstallScript: true, dev: true } } };
    expect(told(lockfile(lock, {}))[0]).toContain('"@a/b": false');
    expect(lockfile(lock, { '@a/b': false })).toEqual([]);
  });

  it('refuses other places than the registry', () => {
    const lock = { packages: { 'node_modules/a': { resolved: 'git+ssh://git@github.com/a/a.git' } } };
    expect(told(lockfile(lock, {}))[0]).toContain('npm registry');
  });

  it('lets pass the workspace itself and plain packages', () => {
    const plain = { resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz' };
    const packages = { '': {}, 'packages/a': {}, 'node_modules/@unchoke/a': { link: true, resolved: 'packages/a' } };
    expect(lockfile({ packages: { ...packages, 'node_modules/a': plain } }, {})).toEqual([]);
  });
});

describe('links', () => {
  const page = (text: string): SourceFile[] => [file('docs/A.md', text), file('docs/B.md', '# One `two`: three\n')];
  const exists = (path: string): boolean => ['docs/A.md', 'docs/B.md', 'LICENSE'].includes(path);

  it.each([
    ['[a](C.md)', 'leads nowhere'],
    ['[a](../../x.md)', 'leaves the repository'],
    ['[a](B.md#four)', 'no heading #four'],
    ['![a](a.svg)', 'leads nowhere'],
    ['[a]: C.md', 'leads nowhere'],
    ['<img src="a.svg">', 'leads nowhere'],
  ])('refuses %s', (text, message) => expect(told(links(page(text), exists)).join()).toContain(message));

  it.each([
    '[a](B.md#one-two-three)',
    '[a](../LICENSE)',
    '[a](https://b.example)',
    '`[a](C.md)`',
    '```\n[a](C.md)\n```',
  ])('lets pass %s', (text) => expect(links(page(text), exists)).toEqual([]));
});

describe('words', () => {
  it.each([
    'see /wo' + 'rk/main',
    "'/ro" + "ot/a'",
    'the C' + 'EO said',
    '/tmp/br' + 'ief.md',
    'a help' + 'er session',
  ])('refuses %s', (text) => expect(words(file('docs/A.md', text))).toHaveLength(1));

  it.each([
    'docs/work/a',
    'https://a.example/root/b',
    'the pieces root',
    "a made-up disk mounts '/root'",
    'a torrent session',
    './work/x',
    '/tmp/unchoke',
  ])('lets pass %s', (text) => expect(words(file('docs/A.md', text))).toEqual([]));
});

describe('limits', () => {
  const path = 'packages/wire/src/limits.ts';
  const good = `/** A frame holds at most one block and its header; more is an attack. */
export const FRAME_BYTES_MAX: number = 16 * 1024 + 13;

/** All of them together, as the decoder takes them by default. */
export const LIMITS = {
  /** Deeper than any message that we saw in the wild | by far. */
  depthMax: 64,
} as const;
`;

  it('refuses a limit without a reason, and an entry of an object without one', () => {
    expect(told(limitReasons(file(path, '\nexport const A_MAX = 1;')))[0]).toMatch(/^2 A_MAX has no reason/);
    expect(told(limitReasons(file(path, '/** The max. */\nexport const A_MAX = 1;')))[0]).toContain('doc comment');
    expect(told(limitReasons(file(path, good.replace(/ {2}\/\*\* Deeper.*\n/, ''))))[0]).toMatch(/^6 LIMITS.depthMax/);
    expect(limitReasons(file(path, good))).toEqual([]);
  });

  it('lets neighbours share a comment', () => {
    const pair =
      '/** Eight tries of at most a minute each, as BEP 15 has it. */\nexport const A = 8;\nexport const B = 60;\n';
    expect(limitReasons(file(path, pair))).toEqual([]);
    expect(told(limitReasons(file(path, pair.replace('export const B', '\nexport const B'))))[0]).toMatch(
      /^4 B has no/,
    );
  });

  it('writes the page from the doc comments', () => {
    const manifest = file('packages/wire/package.json', '{ "name": "@unchoke/wire" }');
    const page = limitsPage(workspacesOf([manifest, file(path, good)]));
    expect(page).toContain('| `FRAME_BYTES_MAX` | `16 * 1024 + 13` | A frame holds at most one block');
    expect(page).toContain(
      '| `LIMITS.depthMax` | `64` | Deeper than any message that we saw in the wild \\| by far. |',
    );
  });
});

describe('a finding', () => {
  it('is told with its place, in the order of the files', () => {
    const finding = { rule: 'r', message: 'm' };
    const findings = [
      { path: 'b', line: 1, ...finding },
      { path: 'a', line: 10, ...finding },
      { path: 'a', line: 9, ...finding },
    ];
    expect(() => expectNone(findings)).toThrow('3 to tidy up\na:9  r: m\na:10  r: m\nb:1  r: m');
    expect(() => expectNone([])).not.toThrow();
  });
});
