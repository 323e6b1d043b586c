import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { docExamples, type Example, fencedBlocks, surfacesOf, withImports } from './examples.js';
import { exec } from './exec.js';
import type { Finding } from './finding.js';
import { isCode, type SourceFile } from './tree.js';
import type { Workspace } from './workspace.js';

/** An example on disk: next to the package it belongs to, so that it finds what a user of the package would find. */
export interface ExampleFile {
  readonly example: Example;
  /** Relative to the root. */
  readonly file: string;
  /** The folder it runs in: the workspace's, or the root for the pages of the house. */
  readonly folder: string;
  readonly mustRun: boolean;
  /** An `@example` may use what its reader has at hand (`torrent`, `socket`); a block of a page is complete. */
  readonly mayTakeForGranted: boolean;
}

/** A safety net; a run takes about a second. */
const TIMEOUT_MS = 120_000;

const EXTENSIONS: Readonly<Record<string, string>> = { ts: 'mts', typescript: 'mts', js: 'mjs', javascript: 'mjs' };

/** Every example of the house, not yet written. Blocks of Markdown run; `@example`s are only compiled. */
export function collectExamples(tree: readonly SourceFile[], workspaces: readonly Workspace[]): readonly ExampleFile[] {
  return tree.flatMap((source) => {
    const workspace = workspaces.find(({ folder }) => source.path.startsWith(`${folder}/`));
    const folder = workspace?.folder ?? '.';
    const isPage = source.path.endsWith('.md') && !/(^|\/)(CHANGELOG\.md|\.changeset\/)/.test(source.path);
    const isSource = workspace !== undefined && isCode(source.path) && source.path.startsWith(`${folder}/src/`);
    const names = workspace === undefined ? [] : surfacesOf(workspace).flatMap((surface) => surface.names);
    const examples = isPage
      ? fencedBlocks(source)
      : isSource
        ? docExamples(source, (name) => names.includes(name))
        : [];
    return examples.flatMap((example) => {
      const extension = EXTENSIONS[example.language];
      if (extension === undefined) return [];
      const stem = posix.relative(folder, source.path).replace(/[^\w]+/g, '-');
      return [
        {
          example: isPage || workspace === undefined ? example : complete(example, workspace),
          file: posix.join(folder, '.report', 'examples', `${stem}-line-${example.line}.${extension}`),
          folder,
          mustRun: isPage && !example.flags.includes('no-run'),
          mayTakeForGranted: !isPage,
        },
      ];
    });
  });
}

/** Writes them all, after removing those of an earlier run. */
export function writeExamples(root: string, examples: readonly ExampleFile[]): void {
  for (const folder of new Set(examples.map(({ file }) => dirname(file)))) {
    rmSync(join(root, folder), { recursive: true, force: true });
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const { example, file } of examples) writeFileSync(join(root, file), example.code);
}

/** Who compiles an example: a contributor, with the options of our tests, or somebody who has installed the package. */
export interface Reader {
  readonly tools: string;
  /** Relative to `scripts/.report/examples`. */
  readonly extends?: string;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
}

/** One run of the compiler over all of them. */
export async function compileExamples(
  root: string,
  examples: readonly ExampleFile[],
  reader: Reader = { tools: root, extends: '../../../tsconfig.test.json', compilerOptions: {} },
): Promise<readonly Finding[]> {
  if (examples.length === 0) return [];
  const folder = join(root, 'scripts', '.report', 'examples');
  mkdirSync(folder, { recursive: true });
  const config = {
    ...(reader.extends === undefined ? {} : { extends: reader.extends }),
    compilerOptions: {
      ...reader.compilerOptions,
      // An example may name things for the reader only.
      noUnusedLocals: false,
      noUnusedParameters: false,
      noEmit: true,
      composite: false,
      incremental: false,
      allowJs: true,
      moduleDetection: 'force',
    },
    files: examples.map(({ file }) => relative(folder, join(root, file)).replaceAll('\\', '/')),
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(reader.tools, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, output } = await exec(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], root, TIMEOUT_MS);
  const found = diagnostics(output, examples);
  const isRed = code !== 0 && !/error TS\d+/.test(output);
  return isRed
    ? [{ path: 'tsconfig.json', line: 1, rule: 'examples', message: `tsc failed: ${output.trim()}` }]
    : found;
}

function complete(example: Example, workspace: Workspace): Example {
  const surfaces = surfacesOf(workspace);
  const inEdge = example.path.includes('/src/node/');
  return { ...example, code: withImports(example, inEdge ? surfaces : surfaces.toReversed()) };
}

/** An example of ours that names nothing of ours leaves nothing for the compiler to check. */
export function emptyExamples(examples: readonly ExampleFile[]): readonly Finding[] {
  return examples
    .filter(({ example, mayTakeForGranted }) => mayTakeForGranted && !example.code.includes('@unchoke/'))
    .map(({ example: { path, line } }) => {
      const message = 'name at least one export of the package, so that the compiler can check the example';
      return { path, line, rule: 'examples', message };
    });
}

/** Turns `file(line,column): error TS…: text` back into places of the pages. */
function diagnostics(output: string, examples: readonly ExampleFile[]): readonly Finding[] {
  const lines = output.split('\n').filter((line) => /error TS\d+/.test(line));
  return lines.flatMap((text) => {
    const match = /^(.*?)\((\d+),\d+\): error (TS\d+: .*)$/.exec(text);
    const file = match?.[1]?.replaceAll('\\', '/').replace(/^(\.\.\/)+/, '');
    const hit = examples.find((candidate) => candidate.file === file);
    if (hit?.mayTakeForGranted === true && TAKEN_FOR_GRANTED.test(text)) return [];
    const message = `${match?.[3] ?? text} (an example must compile as it stands)`;
    const line = Number(match?.[2] ?? 1);
    if (hit === undefined) return [{ path: file ?? 'tsconfig.test.json', line, rule: 'examples', message }];
    return [{ path: hit.example.path, line: hit.example.line + line - 1, rule: 'examples', message }];
  });
}

/** Unknown names of values; names of types and classes begin with a capital and must exist. */
const TAKEN_FOR_GRANTED = /error TS(2304|2552): Cannot find name '[a-z]|error TS18004: .*property '[a-z]/;
