import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PACKAGE = join(import.meta.dirname, '..', '..');
const FROM_SOURCE = ['--conditions=@unchoke/source', '--import', 'tsx'];
const SHIM = `"${process.execPath}" ${FROM_SOURCE.join(' ')} "${join(PACKAGE, 'shims', 'unchoke.mjs')}"`;

/** `unchoke-conformance codec …`. */
function codec(...args: readonly string[]): Promise<{ readonly status: number | null; readonly text: string }> {
  const child = spawn(process.execPath, [...FROM_SOURCE, join(PACKAGE, 'src', 'cli.ts'), 'codec', ...args], {
    cwd: PACKAGE,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, text })));
}

test.concurrent.each([
  [
    'keeps the rules',
    ['--run', SHIM, '--only', 'bep54/**', '--reporter', 'tap'],
    0,
    /ok \d+ - .*bep54\/lt-donthave\/piece/,
  ],
  ['breaks one', ['--run', `${SHIM} | sed -u s/258/259/`, '--only', 'bep54/**'], 1, /expected 258, got 259/],
  ['is not named', ['--only', 'bep54/**'], 2, /--run/],
  ['does not start', ['--run', 'exit 9'], 3, /status 9/],
] as const)('a codec that %s', { timeout: 300_000 }, async (_, args, status, says) => {
  const ended = await codec(...args);
  expect(ended).toEqual({ status, text: expect.stringMatching(says) });
});
