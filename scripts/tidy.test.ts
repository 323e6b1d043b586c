import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { corePurity } from './tidy/core-purity.js';
import { direction } from './tidy/direction.js';
import { documented } from './tidy/documented.js';
import { collectExamples, compileExamples, emptyExamples, writeExamples } from './tidy/example-files.js';
import { fencedBlocks, flagProblems, shellProblems } from './tidy/examples.js';
import { fileSize } from './tidy/file-size.js';
import { expectNone } from './tidy/finding.js';
import { knownCommands } from './tidy/known-commands.js';
import { isLimitsFile, limitReasons, limitsPage } from './tidy/limits.js';
import { links } from './tidy/links.js';
import { lockfile } from './tidy/lockfile.js';
import { LONG_FILES } from './tidy/long-files.js';
import { looseEnds } from './tidy/loose-ends.js';
import { moduleShape } from './tidy/module-shape.js';
import { runExamples } from './tidy/run-examples.js';
import { runtimeDependencies } from './tidy/runtime-dependencies.js';
import { skeleton } from './tidy/skeleton.js';
import { testHygiene } from './tidy/test-hygiene.js';
import { readTree } from './tidy/tree.js';
import { words } from './tidy/words.js';
import { workspacesOf } from './tidy/workspace.js';

// The rules of the house, as tests. Each rule lives in scripts/tidy/ and is proven there on a sample that breaks it.

const root = join(import.meta.dirname, '..');
const tree = readTree(root);
const workspaces = workspacesOf(tree);
const written = tree.filter(({ path }) => path !== 'package-lock.json');

describe('the house', () => {
  it.each(workspaces)('$folder has the skeleton of its kind', (workspace) => {
    expectNone(skeleton(workspace, tree));
  });

  it.each(workspaces)('$folder knows only whom it may know', (workspace) => {
    expectNone(direction(workspace));
  });

  it.each(workspaces)('$folder has no runtime dependency that was not decided', (workspace) => {
    expectNone(runtimeDependencies(workspace, tree));
  });

  it.each(workspaces.filter(({ manifest }) => manifest.private !== true))(
    '$folder explains what it exports',
    (workspace) => {
      expectNone(documented(workspace));
    },
  );

  it('cores are pure', () => expectNone(tree.flatMap(corePurity)));

  it('modules hold one noun and export it by name', () => expectNone(tree.flatMap(moduleShape)));

  it('tests neither lie nor sleep', () => expectNone(tree.flatMap(testHygiene)));

  it('every loose end has an issue', () => expectNone(written.flatMap(looseEnds)));

  it('files are short, or listed with a reason', () => expectNone(fileSize(tree, LONG_FILES)));

  it('nothing runs while it is installed', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expectNone(lockfile(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')), manifest.allowScripts));
  });

  it('links lead somewhere', () => expectNone(links(tree, (path) => existsSync(join(root, path)))));

  it('the project speaks of itself only', () => expectNone(written.flatMap(words)));
});

describe('limits', () => {
  it('every limit has a reason', () => {
    expectNone(tree.filter(({ path }) => isLimitsFile(path)).flatMap(limitReasons));
  });

  it('docs/LIMITS.md is current', () => {
    const page = tree.find(({ path }) => path === 'docs/LIMITS.md')?.text;
    if (page === limitsPage(workspaces)) return;
    const message = 'differs from the doc comments of the limits.ts files: run `npm run docs:limits` and commit it';
    expectNone([{ path: 'docs/LIMITS.md', line: 1, rule: 'limits', message }]);
  });
});

describe('examples', () => {
  const pages = tree.filter(({ path }) => path.endsWith('.md') && !path.endsWith('CHANGELOG.md'));
  const examples = collectExamples(tree, workspaces);
  writeExamples(root, examples);

  it('flags of code blocks mean something and are explained', () => {
    expectNone(pages.flatMap((page) => fencedBlocks(page).flatMap((block) => flagProblems(block, page.text))));
  });

  it('shell blocks name commands that exist', () => {
    const shell = pages.flatMap(fencedBlocks).filter(({ language }) => ['sh', 'bash', 'shell'].includes(language));
    expectNone(shell.flatMap((block) => shellProblems(block, knownCommands(root, block.path, workspaces))));
  });

  it('every example compiles', async () => {
    expectNone([...emptyExamples(examples), ...(await compileExamples(root, examples))]);
  });

  const runnable = examples.filter(({ mustRun }) => mustRun);
  it.concurrent.each([...new Set(runnable.map(({ example }) => example.path))])(
    '%s: every block runs',
    async (path) => {
      expectNone(
        await runExamples(
          root,
          runnable.filter(({ example }) => example.path === path),
        ),
      );
    },
  );
});
