import { closeSync, openSync, writeSync } from 'node:fs';
import { UsageError } from '../errors.js';
import { githubReporter } from './github.js';
import { htmlReporter } from './html.js';
import { humanReporter } from './human.js';
import { jsonReporter } from './json.js';
import { junitReporter } from './junit.js';
import type { Look, Reporter, ReporterMaker } from './report.js';
import { tapReporter } from './tap.js';

const MAKERS: Readonly<Record<string, ReporterMaker>> = {
  human: humanReporter,
  tap: tapReporter,
  junit: junitReporter,
  json: jsonReporter,
  html: htmlReporter,
  github: githubReporter,
};

/** All reporters of a run as one, from `human`, `tap=file` …; at most one of them goes to standard output. */
export function openReporters(wanted: readonly string[], look: Look): Reporter & { close(): void } {
  const files: number[] = [];
  const reporters = wanted.map((text) => {
    const [name = '', path] = text.split(/=(.*)/s);
    const maker = MAKERS[name];
    if (maker === undefined) {
      throw new UsageError(`--reporter ${text}: expected ${Object.keys(MAKERS).join(', ')}, or one of them with =file`);
    }
    if (path === undefined) return maker((piece) => writeSync(1, piece), look);
    const file = opened(path);
    files.push(file);
    return maker((piece) => writeSync(file, piece), { ...look, colour: false });
  });
  if (wanted.filter((text) => !text.includes('=')).length > 1) {
    throw new UsageError(
      '--reporter: only one can go to standard output; give the others a file, as in tap=result.tap',
    );
  }
  return {
    begin: (head) => {
      for (const reporter of reporters) reporter.begin?.(head);
    },
    result: (result) => {
      for (const reporter of reporters) reporter.result?.(result);
    },
    end: (run) => {
      for (const reporter of reporters) reporter.end(run);
    },
    close: () => {
      for (const file of files) closeSync(file);
    },
  };
}

function opened(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw new UsageError(`--reporter …=${path}: ${(error as Error).message}`);
  }
}
