import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { noise, scratchFolder } from './scratch.js';

const CLI = fileURLToPath(new URL('../../src/node/command/cli.ts', import.meta.url));
const NODE_OPTIONS = ['--conditions=@unchoke/source', '--import', 'tsx', CLI];

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let folder = '';

beforeEach(() => {
  folder = scratchFolder();
});

function start(...args: readonly string[]): ChildProcess & { readonly ended: Promise<Ended> } {
  const env = { ...process.env, UNCHOKE_STATE_DIR: join(folder, `state-${args[0]}`) };
  const child = spawn(process.execPath, [...NODE_OPTIONS, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number | null, stdout, stderr }));
  return Object.assign(child, { ended });
}

const run = (...args: readonly string[]): Promise<Ended> => start(...args).ended;

async function made(): Promise<string> {
  mkdirSync(join(folder, 'seed'));
  writeFileSync(join(folder, 'seed', 'data.bin'), noise(400_000, 3));
  const torrent = join(folder, 'data.torrent');
  const { exitCode } = await run(
    'create',
    join(folder, 'seed', 'data.bin'),
    '-o',
    torrent,
    '--comment',
    'for a test',
    '--tracker',
    'http://127.0.0.1:9/announce',
  );
  expect(exitCode).toBe(0);
  return torrent;
}

describe('unchoke', () => {
  test('creates a torrent, says what is in it, and never writes over one', async () => {
    const torrent = await made();
    const { stdout } = await run('info', torrent, '--json');
    const facts = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(facts)).toEqual([
      'infoHash',
      'infoHashV2',
      'name',
      'pieceLength',
      'pieceCount',
      'totalLength',
      'private',
      'files',
      'trackers',
      'webSeeds',
      'comment',
      'createdBy',
      'creationDate',
    ]);
    expect(facts).toMatchObject({
      infoHashV2: null,
      name: 'data.bin',
      totalLength: 400_000,
      private: false,
      files: [{ path: 'data.bin', length: 400_000 }],
      trackers: [['http://127.0.0.1:9/announce']],
      comment: 'for a test',
    });
    expect((await run('info', torrent)).stdout).toContain(String(facts['infoHash']));
    const again = await run('create', join(folder, 'seed', 'data.bin'), '-o', torrent);
    expect(again).toMatchObject({ exitCode: 17 });
    expect(again.stderr).toContain('EEXIST');
  });

  test('downloads from one that seeds; verifies; tells it as JSON lines', async () => {
    const torrent = await made();
    const seed = start('seed', torrent, join(folder, 'seed'), '--no-trackers', '--bind', '127.0.0.1', '--json');
    const port = await listeningPort(seed);
    const { exitCode, stdout } = await run(
      'download',
      torrent,
      '-o',
      join(folder, 'out'),
      '--no-trackers',
      '--peer',
      `127.0.0.1:${port}`,
      '--json',
    );
    expect(exitCode).toBe(0);
    expect(readFileSync(join(folder, 'out', 'data.bin')).equals(noise(400_000, 3))).toBe(true);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly type: string; readonly version: number });
    expect(lines.every(({ version }) => version === 1)).toBe(true);
    expect(lines.at(-1)).toMatchObject({ type: 'summary', isComplete: true, receivedBytes: 400_000, exitCode: 0 });
    expect((await run('verify', torrent, join(folder, 'out'))).exitCode).toBe(0);
    seed.kill('SIGTERM');
    expect((await seed.ended).exitCode).toBe(143);
  });

  test('says 32 when a file is damaged, and finds nothing to do when it is whole', async () => {
    const torrent = await made();
    expect(await run('download', torrent, '-o', join(folder, 'seed'), '--no-trackers', '-q')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    writeFileSync(join(folder, 'seed', 'data.bin'), noise(400_000, 4));
    const { exitCode, stdout } = await run('verify', torrent, join(folder, 'seed'));
    expect([exitCode, stdout]).toEqual([32, expect.stringContaining('missing or wrong')]);
  });

  test('gives up after a time-out with 2, and on Ctrl-C with 130', async () => {
    const torrent = await made();
    const late = await run(
      'download',
      torrent,
      '-o',
      join(folder, 'out'),
      '--no-trackers',
      '--timeout',
      '0.2',
      '--progress',
      'plain',
    );
    expect(late.exitCode).toBe(2);
    expect(late.stderr).toContain('no peers, and no tracker to ask for them');
    const waiting = start('download', torrent, '-o', join(folder, 'out'), '--no-trackers', '--json');
    await listeningPort(waiting);
    waiting.kill('SIGINT');
    expect((await waiting.ended).exitCode).toBe(130);
  });

  test.each([
    ['a file that is not there', ['info', 'nowhere.torrent'], 3, /no such file/],
    ['what is no torrent', ['info', CLI], 25, /expected a value/],
    ['a command that is missing something', ['download'], 28, /missing required argument/],
    ['an address that is none', ['download', 'x', '--peer', 'nowhere'], 28, /expected host:port/],
    ['a port that is none', ['download', 'x', '-p', 'http'], 28, /whole number/],
    ['a time-out that is none', ['download', 'x', '--timeout', '-1'], 28, /above 0|expected/],
  ] as const)('tells %s with its own number', async (_, args, expected, says) => {
    const { exitCode, stderr } = await run(...args);
    expect([exitCode, stderr]).toEqual([expected, expect.stringMatching(says)]);
    expect(stderr).not.toContain('    at ');
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });
});

/** From the line that says where it listens. */
function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk) => {
      text += String(chunk);
      const port = /"type":"listening","version":1,"port":(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once('close', () => reject(new Error(`it never said where it listens: ${text}`)));
  });
}
