import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { formatMagnet, parseMetainfo } from '@unchoke/metainfo';
import { createTorrent, hashes } from '@unchoke/metainfo/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noise } from './scratch.js';
import { SmallTracker } from './small-tracker.js';
import { jsonLines, Workbench } from './unchoke-process.js';

// Where a torrent can come from besides a file: a magnet link and the web.

const bench = new Workbench();
const content = noise(200_000, 3);
const LOCAL = ['--bind', '127.0.0.1', '--no-trackers'];
let web: SmallTracker;
let torrent: Uint8Array;
let peer: string;
let magnet: string;
let endSeed: () => Promise<unknown>;

beforeAll(async () => {
  web = await SmallTracker.open();
  mkdirSync(bench.path('seed', 'set'), { recursive: true });
  writeFileSync(bench.path('seed', 'set', 'a.bin'), content);
  writeFileSync(bench.path('seed', 'set', 'b.bin'), noise(30_000, 5));
  torrent = (await createTorrent(bench.path('seed', 'set'))).bytes;
  writeFileSync(bench.path('set.torrent'), torrent);
  web.files.set('/set.torrent', torrent);
  web.files.set('/page', Buffer.from('<!doctype html>'));
  web.files.set('/unsorted', Buffer.from(Buffer.from(torrent).toString('latin1').replace(/^d/, 'd1:zi1e'), 'latin1'));
  const seed = bench.start(['seed', bench.path('set.torrent'), bench.path('seed'), ...LOCAL, '--json']);
  peer = `127.0.0.1:${await seed.port()}`;
  endSeed = () => {
    seed.kill('SIGTERM');
    return seed.ended;
  };
  const { infoHash } = parseMetainfo(torrent, hashes);
  magnet = `${formatMagnet({ infoHash, name: 'set' })}&x.pe=${peer}`;
});

afterAll(async () => {
  await endSeed();
  web.close();
  bench.close();
});

describe.concurrent('unchoke', { timeout: 300_000 }, () => {
  test('downloads from a magnet link, whose peers have the metadata', async () => {
    const { exitCode, stdout } = await bench.run([magnet, '-o', bench.path('link'), ...LOCAL, '--json']);
    expect(exitCode).toBe(0);
    expect(readFileSync(bench.path('link', 'set', 'a.bin')).equals(content)).toBe(true);
    const lines = jsonLines(stdout);
    expect(lines.find(({ type }) => type === 'torrent')).toMatchObject({ name: 'set', contentLength: 230_000 });
    expect(lines.at(-1)).toMatchObject({ type: 'summary', source: magnet, isComplete: true, exitCode: 0 });
  });

  test('lists the files of a magnet link', async () => {
    const { exitCode, stdout } = await bench.run([magnet, '-l', '-o', bench.path('listed'), ...LOCAL]);
    expect(existsSync(bench.path('listed', 'set'))).toBe(false);
    expect([exitCode, stdout]).toEqual([0, '  1   195.3 KiB  set/a.bin\n  2    29.3 KiB  set/b.bin\n']);
  });

  test('fetches only what is selected, by number and by name', async () => {
    const file = bench.path('set.torrent');
    const peers = [...LOCAL, '--peer', peer];
    const runs = await Promise.all([
      bench.run([file, '-o', bench.path('by-number'), '--select', '1', ...peers]),
      bench.run([file, '-o', bench.path('by-name'), '--select-re', 'b\\.bin$', '--json', ...peers]),
      bench.run([magnet, '-o', bench.path('of-link'), '--select', '2', '-q', ...LOCAL]),
      bench.run([`${magnet}&so=1`, '-o', bench.path('by-link'), '-q', ...LOCAL]),
      bench.run([magnet, '-o', bench.path('beyond'), '--select', '3', ...LOCAL]),
    ]);
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 28]);
    expect(runs[0]!.stdout).toContain('what was selected is complete and verified');
    expect(jsonLines(runs[1]!.stdout).at(-1)).toMatchObject({
      isComplete: true,
      leftBytes: 0,
      haveCount: 3,
      pieceCount: 15,
    });
    expect(runs[4]!.stderr).toContain('has 2 files');
    const there = (folder: string) => ['a.bin', 'b.bin'].filter((name) => existsSync(bench.path(folder, 'set', name)));
    expect(there('by-number')).toEqual(['a.bin']);
    for (const folder of ['by-name', 'of-link', 'by-link']) expect(there(folder)).toEqual(['b.bin']);
    expect(readFileSync(bench.path('by-number', 'set', 'a.bin')).equals(content)).toBe(true);
    expect(readFileSync(bench.path('by-link', 'set', 'b.bin')).equals(noise(30_000, 5))).toBe(true);
    const whole = await bench.run([file, '-o', bench.path('by-number'), '-q', ...peers]);
    expect(whole).toMatchObject({ exitCode: 0 });
    expect(there('by-number')).toEqual(['a.bin', 'b.bin']);
  });

  test('says what a magnet link waits for, and ends at once on Ctrl-C', async () => {
    const lonely = [
      magnet.replace(/&x\.pe=.*/, ''),
      '-o',
      bench.path('lonely'),
      ...LOCAL,
      '--progress-interval',
      '50ms',
    ];
    const [text, json, late, stalled] = [[], ['--json'], ['--timeout', '200ms'], ['--stall-timeout', '200ms']].map(
      (flags) => bench.start([...lonely, ...flags]),
    );
    const why = 'no peers, and no tracker to ask for them';
    await text!.says(new RegExp(`set: waiting for the metadata: ${why}\\n`));
    await json!.says(/"type":"waiting".*\n/);
    text!.kill('SIGINT');
    json!.kill('SIGTERM');
    expect(await text!.ended).toMatchObject({ exitCode: 130, stdout: '' });
    const lines = jsonLines((await json!.ended).stdout);
    expect(lines.find(({ type }) => type === 'waiting')).toEqual({ type: 'waiting', version: 1, name: 'set', why });
    expect(lines.at(-1)).toMatchObject({ type: 'summary', exitCode: 143, isComplete: false, error: 'interrupted' });
    expect(await late!.ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('gave up after 1s') });
    const nothing = `nothing came for 1s: waiting for the metadata: ${why}`;
    expect(await stalled!.ended).toMatchObject({ exitCode: 5, stderr: expect.stringContaining(nothing) });
  });

  test('takes a torrent from the web, for every command that reads one', async () => {
    const url = `${web.origin}/set.torrent`;
    const [download, info] = await Promise.all([
      bench.run([url, '-o', bench.path('web'), ...LOCAL, '--peer', peer]),
      bench.run(['info', url, '--json']),
    ]);
    expect(download).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('set: complete and verified') });
    expect(readFileSync(bench.path('web', 'set', 'a.bin')).equals(content)).toBe(true);
    expect(JSON.parse(info.stdout)).toMatchObject({ name: 'set', pieceCount: 15 });
  });

  test.each([
    ['nothing', '/nowhere', 3, /404/],
    ['a page', '/page', 26, /does not send a torrent file/],
    ['a torrent with keys in a wrong order', '/unsorted', 25, /--lenient/],
  ])('ends with its own code for %s on the web', async (_, path, expected, says) => {
    const { exitCode, stderr } = await bench.run([`${web.origin}${path}`, '-o', bench.path('never'), ...LOCAL]);
    expect([exitCode, stderr]).toEqual([expected, expect.stringMatching(says)]);
  });

  test('tells a host that has no address, and one that is down', async () => {
    const runs = await Promise.all([
      bench.run(['info', 'http://x.invalid/a.torrent']),
      bench.run(['info', 'http://127.0.0.1:9/a.torrent']),
    ]);
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([19, 6]);
  });
});
