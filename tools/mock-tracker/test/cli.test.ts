import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseScenario } from '../src/index.js';
import { announceTarget, get } from './support/clients.js';

const CLI = new URL('../src/cli.ts', import.meta.url).pathname;

let folder = '';
let child: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unchoke-mock-tracker-'));
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly output: { out: string; err: string };
  readonly ended: Promise<number | null>;
  /** Resolves as soon as the output makes it true. */
  until(isSo: () => boolean): Promise<void>;
}

function run(...args: readonly string[]): Run {
  const node = ['--conditions=@unchoke/source', '--import', 'tsx', CLI];
  const started = spawn(process.execPath, [...node, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  child = started;
  const output = { out: '', err: '' };
  started.stdout.on('data', (chunk: Buffer) => {
    output.out += chunk.toString();
  });
  started.stderr.on('data', (chunk: Buffer) => {
    output.err += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => {
    started.once('close', (code) => resolve(code));
  });
  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (isSo()) resolve();
      };
      started.stdout.on('data', look);
      started.stderr.on('data', look);
      look();
    });
  return { output, ended, until };
}

test('serves, logs, reads its rules again, and ends cleanly', async () => {
  const scenario = join(folder, 'scenario.json');
  const log = join(folder, 'requests.jsonl');
  await writeFile(scenario, '{ "rules": [{ "name": "down", "do": { "http": { "status": 503 } } }] }');
  const { output, ended, until } = run('--port', '0', '--scenario', scenario, '--log', log, '--json');
  await until(() => output.out.includes('\n'));
  const { port, urls } = JSON.parse(output.out) as { port: number; urls: { announceUrl: string }[] };
  expect(urls[0]!.announceUrl).toBe(`http://127.0.0.1:${port}/announce`);
  expect((await get(port, announceTarget({}))).status).toBe(503);

  await writeFile(scenario, '{ "rules": [{ "do": 5 }] }');
  child!.kill('SIGHUP');
  await until(() => output.err.includes('the rules stay as they were'));
  expect(output.err).toContain('rules[0].do: expected an object, found 5');
  expect((await get(port, announceTarget({}))).status).toBe(503);

  await writeFile(scenario, '{ "rules": [] }');
  child!.kill('SIGHUP');
  await until(() => output.err.includes(`read ${scenario} again`));
  expect((await get(port, announceTarget({}))).status).toBe(200);

  child!.kill('SIGTERM');
  expect(await ended).toBe(0);
  const lines = (await readFile(log, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ rule, reply }) => [rule, reply.status])).toEqual([
    ['down', 503],
    ['down', 503],
    [null, 200],
  ]);
  expect(lines[0]).toMatchObject({
    protocol: 'http',
    request: { kind: 'announce', infoHash: '68'.repeat(20), left: 1 },
  });
  expect(new Date(lines[0].time).getFullYear()).toBeGreaterThan(2_000);
});

test.each<[string, readonly string[], string, string]>([
  [
    'a mistyped rule',
    ['--scenario', 'FILE'],
    '{ "rules": [{ "do": { "htp": {} } }] }',
    'rules[0].do.htp: unknown key; did you mean "http"?',
  ],
  ['a file that is no JSON', ['--scenario', 'FILE'], '{ rules: [] }', 'JSON'],
  ['a file that is not there', ['--scenario', '/nowhere.json'], '', 'ENOENT'],
  ['a port that is none', ['--port', '70000'], '', 'expected a whole number from 0 to 65535'],
  ['an option that is none', ['--prot', '1'], '', "unknown option '--prot'"],
])('%s ends it with status 2', async (_, args, content, message) => {
  const file = join(folder, 'scenario.json');
  await writeFile(file, content);
  const { output, ended } = run(...args.map((arg) => (arg === 'FILE' ? file : arg)));
  expect(await ended).toBe(2);
  expect(output.err).toContain(message);
});

test('an address that is not ours ends it with status 1', async () => {
  const { output, ended } = run('--host', '192.0.2.1');
  expect(await ended).toBe(1);
  expect(output.err).toContain('cannot listen on 192.0.2.1');
});

test('every scenario in examples/ is valid', async () => {
  const examples = new URL('../examples/', import.meta.url);
  const names = await readdir(examples);
  expect(names.length).toBeGreaterThan(9);
  for (const name of names) parseScenario(JSON.parse(await readFile(new URL(name, examples), 'utf8')));
});
