import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createTorrent } from '@unchoke/metainfo/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noise } from './scratch.js';
import { jsonLines, Workbench } from './unchoke-process.js';

// What the command does with data that is there already: looks at it, and gives it.

const bench = new Workbench();
const torrent = bench.path('data.torrent');
const content = noise(400_000, 3);
const LOCAL = ['--no-trackers', '--bind', '127.0.0.1'];

beforeAll(async () => {
  mkdirSync(bench.path('seed'));
  writeFileSync(bench.path('seed', 'data.bin'), content);
  writeFileSync(torrent, (await createTorrent(bench.path('seed', 'data.bin'))).bytes);
});

afterAll(() => bench.close());

function seed(...flags: readonly string[]) {
  return bench.start(['seed', torrent, bench.path('seed'), ...LOCAL, '--json', ...flags]);
}

describe.concurrent('unchoke', { timeout: 300_000 }, () => {
  test('seeds from one folder and downloads to another, for the same user', async () => {
    const env = { XDG_STATE_HOME: bench.path('same-user') };
    const seeding = bench.start(['seed', torrent, bench.path('seed'), ...LOCAL, '--json'], env);
    const peer = `127.0.0.1:${await seeding.port()}`;
    const ended = await bench.run([torrent, '-o', bench.path('same-out'), ...LOCAL, '--peer', peer, '-q'], env);
    expect(ended).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    seeding.kill('SIGTERM');
    await seeding.ended;
  });

  test('a seed goes to a leech that it is told of', async () => {
    const leech = bench.start([torrent, '-o', bench.path('visited'), ...LOCAL, '--json']);
    const seeding = seed('--peer', `127.0.0.1:${await leech.port()}`);
    const { exitCode } = await leech.ended;
    seeding.kill('SIGTERM');
    await seeding.ended;
    expect([exitCode, readFileSync(bench.path('visited', 'data.bin')).equals(content)]).toEqual([0, true]);
  });

  test('goes on giving until its goal', async () => {
    const [byTime, json, byRatio] = await Promise.all([
      bench.run(['seed', torrent, bench.path('seed'), ...LOCAL, '--seed-time', '10ms']),
      bench.run(['seed', torrent, bench.path('seed'), ...LOCAL, '--seed-time', '10ms', '--json', '-v']),
      bench.run([torrent, '-o', bench.path('seed'), ...LOCAL, '--seed-ratio', '0', '-q']),
    ]);
    expect(byTime).toMatchObject({ exitCode: 0, stdout: 'data.bin: complete and verified\n' });
    expect(byRatio).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(jsonLines(json.stdout).find(({ type }) => type === 'seed-goal-reached')).toEqual({
      type: 'seed-goal-reached',
      version: 1,
      ratio: 0,
      seedingMs: expect.any(Number),
    });
  });

  test('tells how far it is with what is there already', async () => {
    const often = ['--progress-interval', '1ms', '--json'];
    const { exitCode, stdout } = await bench.run([torrent, '-o', bench.path('seed'), ...LOCAL, ...often]);
    expect(exitCode).toBe(0);
    const line = jsonLines(stdout).find(({ type }) => type === 'checking');
    expect(line).toEqual({ type: 'checking', version: 1, doneBytes: expect.any(Number), totalBytes: 400_000 });
  });

  test('does not seed what is not there, and fetches nothing unasked', async () => {
    mkdirSync(bench.path('empty'));
    const { exitCode, stderr, stdout } = await bench.run(['seed', torrent, bench.path('empty'), ...LOCAL, '--json']);
    expect(exitCode).toBe(7);
    expect(stderr).toContain(`unchoke download ${torrent} -o ${bench.path('empty')}`);
    expect(jsonLines(stdout).at(-1)).toMatchObject({
      type: 'summary',
      exitCode: 7,
      error: expect.stringContaining('25 of 25'),
    });
    expect(existsSync(bench.path('empty', 'data.bin'))).toBe(false);
  });
});
