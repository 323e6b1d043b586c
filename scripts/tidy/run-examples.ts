import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ExampleFile } from './example-files.js';
import { exec } from './exec.js';
import type { Finding } from './finding.js';

/** A safety net, not a measure: an example takes milliseconds, a busy machine may take a thousand times as long. */
const TIMEOUT_MS = 90_000;

/** Where the house with its tools is, and which conditions of `exports` apply. */
export interface Surroundings {
  readonly tools: string;
  readonly conditions: readonly string[];
}

/**
 * Runs the blocks of one folder in one process, one after the other, each as a module of its own. A process per block
 * would spend its time starting. They must succeed, end by themselves, and leave nothing behind in the folder.
 */
export async function runExamples(
  root: string,
  examples: readonly ExampleFile[],
  surroundings: Surroundings = { tools: root, conditions: ['@unchoke/source'] },
): Promise<readonly Finding[]> {
  const first = examples[0];
  if (first === undefined) return [];
  const scratch = mkdtempSync(join(tmpdir(), 'unchoke-examples-'));
  const log = join(scratch, 'log.jsonl');
  const folder = join(root, first.folder);
  const before = new Set(visible(folder));
  try {
    const { code, output } = await exec(
      process.execPath,
      [
        ...surroundings.conditions.map((condition) => `--conditions=${condition}`),
        '--import',
        // By path: an example's folder need not be able to see our tools.
        pathToFileURL(join(surroundings.tools, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href,
        join(surroundings.tools, 'scripts', 'tidy', 'example-process.mjs'),
        log,
        ...examples.map(({ file }) => join(root, file)),
      ],
      folder,
      TIMEOUT_MS,
    );
    const reports = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').filter(Boolean) : [];
    const found = outcomes(
      examples,
      reports.map((line) => JSON.parse(line) as Report),
      code,
      output,
    );
    const left = visible(folder).filter((name) => !before.has(name));
    if (left.length === 0) return found;
    return [
      ...found,
      finding(first, `left ${left.join(', ')} behind; write to a folder made by mkdtemp and remove it`),
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Report {
  readonly index: number;
  readonly state: 'started' | 'done' | 'failed';
  readonly error?: string;
}

function outcomes(
  examples: readonly ExampleFile[],
  reports: readonly Report[],
  code: number | undefined,
  output: string,
): readonly Finding[] {
  const failed = reports.filter(({ state }) => state === 'failed');
  if (failed.length > 0) {
    return failed.map(({ index, error }) => finding(examples[index] as ExampleFile, `fails when run: ${error}`));
  }
  const last = reports.at(-1);
  const current = examples[last?.index ?? 0] as ExampleFile;
  if (last?.index !== examples.length - 1 || last.state !== 'done') {
    const how = code === undefined ? 'does not come to its end' : `ended the process (exit code ${code})`;
    return [finding(current, `${how}; the last it wrote: ${tail(output)}`)];
  }
  if (code === undefined) {
    return [
      finding(
        examples[0] as ExampleFile,
        'one of the blocks of this page keeps the process alive; close what it opens',
      ),
    ];
  }
  if (code !== 0)
    return [finding(current, `exit code ${code} after the last block; the last it wrote: ${tail(output)}`)];
  return [];
}

function finding({ example }: ExampleFile, message: string): Finding {
  return { path: example.path, line: example.line, rule: 'examples', message };
}

/** Reports, builds and packages that are packed to be checked come and go beside us; they are nobody's leftovers. */
const OTHERS = /^\.|^(dist|node_modules)$|\.tgz$/;

function visible(folder: string): string[] {
  return readdirSync(folder).filter((name) => !OTHERS.test(name));
}

function tail(output: string): string {
  return output.trim().slice(-400) || '(nothing)';
}
