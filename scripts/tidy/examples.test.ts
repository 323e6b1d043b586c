import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { collectExamples, compileExamples, emptyExamples, writeExamples } from './example-files.js';
import { docExamples, fencedBlocks, flagProblems, shellProblems, withImports } from './examples.js';
import { runExamples } from './run-examples.js';
import type { SourceFile } from './tree.js';

const house = join(import.meta.dirname, '..', '..');

describe('finding examples', () => {
  it('reads fenced blocks with their line, language and flags', () => {
    const page = { path: 'README.md', text: '# A\n\n```ts no-run\na();\n```\n\n- b\n\n  ```sh\n  npm test\n  ```\n' };
    expect(fencedBlocks(page)).toEqual([
      { path: 'README.md', line: 4, language: 'ts', flags: ['no-run'], code: 'a();\n' },
      { path: 'README.md', line: 10, language: 'sh', flags: [], code: 'npm test\n' },
    ]);
  });

  it('reads @example with and without a fence, of public things and their members', () => {
    const text = `/**
 * A.
 *
 * @example
 * \`\`\`ts
 * a(1);
 * \`\`\`
 * @param b c
 */
export function a(b: number): void {}
/**
 * @example
 * b();
 */
export function b(): void {}
export class C {
  /** D. @see a
   * @example
   * new C().d(); */
  d(): void {}
}
`;
    const found = docExamples({ path: 'a.ts', text }, (name) => name === 'a');
    expect(found.map(({ line, code }) => [line, code])).toEqual([
      [6, 'a(1);'],
      [19, 'new C().d();'],
    ]);
  });

  it('imports what an @example names and does not declare, keeping its lines', () => {
    const example = { path: 'a.ts', line: 1, language: 'ts', flags: [], code: 'const b: D = 1;\na(b, x.c);' };
    const surfaces = [
      { specifier: '@unchoke/x', names: ['a', 'b', 'c', 'D'], typeNames: new Set(['D']) },
      { specifier: '@unchoke/x/node', names: ['a'], typeNames: new Set<string>() },
    ];
    expect(withImports(example, surfaces)).toBe("import { a, type D } from '@unchoke/x'; const b: D = 1;\na(b, x.c);");
    const complete = { ...example, code: "import { a } from 'y';\na();" };
    expect(withImports(complete, surfaces)).toBe(complete.code);
  });
});

describe('flags', () => {
  const flagged = (page: string): string[] =>
    fencedBlocks({ path: 'README.md', text: page }).flatMap((block) => flagProblems(block, page).map((f) => f.message));

  it('refuses no-run without a reason, and unknown flags', () => {
    expect(flagged('# A\n\n```ts no-run\na();\n```\n')[0]).toContain('needs a sentence');
    expect(flagged('```ts norun\na();\n```\n')[0]).toContain('means nothing');
  });

  it('lets pass no-run with a reason', () => {
    expect(flagged('It needs a tracker on the internet:\n\n```ts no-run\na();\n```\n')).toEqual([]);
  });
});

describe('shell blocks', () => {
  const known = {
    hasScript: (name: string, workspace: string | undefined) => name === 'test' && workspace !== '@unchoke/none',
    hasBin: (name: string) => name === 'unchoke-mock-peer',
    hasFile: (path: string) => path === '.ci/run',
  };
  const problems = (code: string): string[] =>
    shellProblems({ path: 'README.md', line: 3, language: 'sh', flags: [], code }, known).map(
      (f) => `${f.line} ${f.message}`,
    );

  it.each([
    ['npm ci\nnpm run nothing', '4 there is no npm script "nothing"'],
    ['npm ci && npm run fuzz -w @unchoke/x', '3 there is no npm script "fuzz" in @unchoke/x'],
    ['npm test -w @unchoke/none', '3 there is no npm script "test" in @unchoke/none'],
    ['npx nothing --now', '3 npx nothing'],
    ['bash .ci/none', '3 there is no file .ci/none'],
  ])('refuses %s', (code, message) => expect(problems(code).join()).toContain(message));

  it.each(['npm ci && npm test', 'npm test -w @unchoke/x', 'npx unchoke-mock-peer --help', 'bash .ci/run # npm run x'])(
    'lets pass %s',
    (code) => expect(problems(code)).toEqual([]),
  );
});

describe('compiling and running', () => {
  // A house of its own, so that the samples are nobody else's. It borrows the tools.
  const root = mkdtempSync(join(tmpdir(), 'unchoke-house-'));
  mkdirSync(join(root, 'scripts', 'tidy'), { recursive: true });
  symlinkSync(join(house, 'node_modules'), join(root, 'node_modules'), 'junction');
  for (const name of ['tsconfig.base.json', 'tsconfig.test.json', 'scripts/tidy/example-process.mjs']) {
    copyFileSync(join(house, name), join(root, name));
  }
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const messages = async (text: string): Promise<string[]> => {
    const tree: SourceFile[] = [{ path: 'README.md', text }];
    const examples = collectExamples(tree, []);
    writeExamples(root, examples);
    const compiled = await compileExamples(root, examples);
    const runs = await runExamples(
      root,
      examples.filter(({ mustRun }) => mustRun),
    );
    return [...compiled, ...runs].map(({ path, line, message }) => `${path}:${line} ${message}`);
  };
  const block = (code: string): string => `Text\n\n\`\`\`ts\n${code}\n\`\`\`\n`;

  it.each([
    ["const a: number = 'b';\n", /README.md:4 TS2322/],
    ['const a = 1;\nb(a);', /README.md:5 TS2304/],
    ["throw new Error('so');", /README.md:4 fails when run: Error: so/],
    ["setImmediate(() => { throw new Error('late'); });", /README.md:4 fails when run: Error: late/],
    ["void Promise.reject(new Error('unseen'));", /README.md:4 fails when run: Error: unseen/],
    ['process.exit(0);', /README.md:4 ended the process/],
    ['process.exitCode = 3;', /README.md:4 exit code 3/],
    ["import { writeFileSync } from 'node:fs';\nwriteFileSync('left.txt', '');", /left left\.txt behind/],
  ])('refuses %s', async (code, message) => {
    expect((await messages(block(code))).join('\n')).toMatch(message);
    rmSync(join(root, 'left.txt'), { force: true });
  });

  it('lets pass what compiles and ends, and does not run no-run', async () => {
    const good = block(
      "import { mask } from 'node:process';\nvoid 0;".replace('mask', 'argv').replace('void 0', 'void argv'),
    );
    expect(await messages(`${good}\n${good}`)).toEqual([]);
    expect(await messages("It fails on purpose:\n\n```ts no-run\nthrow new Error('so');\n```\n")).toEqual([]);
  });

  it('lets an @example take values for granted, and nothing else', async () => {
    const compiled = async (code: string): Promise<string[]> => {
      const example = { path: 'a.ts', line: 7, language: 'ts', flags: [], code };
      const file = { example, file: '.report/examples/a.mts', folder: '.', mustRun: false, mayTakeForGranted: true };
      writeExamples(root, [file]);
      const found = [...(await compileExamples(root, [file])), ...emptyExamples([file])];
      return found.map(({ line, message }) => `${line} ${message}`);
    };
    const code = "import type { A } from '@unchoke/a';\n";
    expect(await compiled('torrent.pieces;')).toEqual([expect.stringMatching(/^7 name at least one export/)]);
    const found = await compiled(`${code}torrent.pieces;\nf({ content });\nnew Torrent();\nconst a: string = 1;`);
    expect(found).toEqual([
      expect.stringMatching(/^7 TS2307/),
      expect.stringMatching(/^10 TS2304: Cannot find name 'Torrent'/),
      expect.stringMatching(/^11 TS2322/),
    ]);
  });
});
