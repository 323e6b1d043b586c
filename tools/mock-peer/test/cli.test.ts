import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseRandomContent } from '../src/index.js';

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unchoke-mock-peer-cli-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function start(...args: readonly string[]): {
  process: ChildProcess;
  ended: Promise<number | null>;
  text: () => string;
  until: (pattern: RegExp) => Promise<RegExpExecArray>;
} {
  const child = spawn(process.execPath, ['--conditions=@unchoke/source', '--import', 'tsx', CLI, ...args]);
  let text = '';
  let wake: () => void = () => undefined;
  const hear = (chunk: Buffer): void => {
    text += chunk.toString();
    wake();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = once(child, 'close').then(([code]) => {
    wake();
    return code as number | null;
  });
  const until = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(text);
      if (found !== null) return found;
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${text}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { process: child, ended, text: () => text, until };
}

test('a torrent is made, seeded and leeched from the command line', async () => {
  const torrent = join(folder, 'x.torrent');
  const made = start('torrent', '--random', '300000:5', '--piece-length', '65536', '--name', 'noise', '-o', torrent);
  expect(await made.ended).toBe(0);
  const hash = /[0-9a-f]{40}/.exec(made.text())?.[0];
  const log = join(folder, 'wire.jsonl');
  const seed = start('seed', torrent, '--random', '300000:5', '--behaviour', 'merge-frames', '--log', log);
  const [, port] = await seed.until(/listening on 127\.0\.0\.1:(\d+), info-hash ([0-9a-f]{40})/);
  expect(seed.text()).toContain(hash);
  const leech = start('leech', torrent, join(folder, 'noise'), '--peer', `127.0.0.1:${port}`);
  expect(await leech.ended).toBe(0);
  expect(leech.text()).toMatch(/complete: 300000 bytes, every piece verified/);
  seed.process.kill('SIGTERM');
  expect(await seed.ended).toBe(0);
  expect(Buffer.compare(await readFile(join(folder, 'noise')), parseRandomContent('300000:5').read(0, 300_000))).toBe(
    0,
  );
  expect((await readFile(log, 'utf8')).match(/"message":"piece"/g)).toHaveLength(19);
});

test('what is wrong is said in one line', async () => {
  const behaviour = join(folder, 'wrong.json');
  await writeFile(behaviour, '{ "rules": [{ "when": { "on": "ready" }, "do": { "type": "mutee" } }] }');
  const [checked, missing, unknown] = [
    start('check', behaviour),
    start('seed', join(folder, 'none.torrent'), 'x'),
    start('seed', '--random', '10:1', '--behaviour', 'no-such-thing'),
  ];
  expect(await Promise.all([checked.ended, missing.ended, unknown.ended])).toEqual([1, 1, 1]);
  expect(checked.text()).toMatch(
    /^unchoke-mock-peer: rules\[0\]\.do\.type: expected one of .*Did you mean "mute"\?\n$/,
  );
  expect(missing.text()).toMatch(/^unchoke-mock-peer: .*none\.torrent cannot be read: ENOENT.*\n$/);
  expect(unknown.text()).toMatch(/^unchoke-mock-peer: no-such-thing is neither a file .*\n$/);
});

test('behaviours are listed and shown', async () => {
  const [list, one] = [start('behaviours'), start('behaviours', 'choke-for-ever')];
  expect(await Promise.all([list.ended, one.ended])).toEqual([0, 0]);
  expect(list.text()).toMatch(/^choke-for-ever +seed +59 +Serves three blocks/m);
  expect(JSON.parse(one.text())).toMatchObject({ catalogue: [59], role: 'seed' });
});
