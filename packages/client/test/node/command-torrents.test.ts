import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createTorrent } from '@unchoke/metainfo/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noise } from './scratch.js';
import { jsonLines, Workbench } from './unchoke-process.js';

// What the command does with torrents on disk: create, info, edit, magnet, verify, and the listing of files.

const bench = new Workbench();
const torrent = bench.path('album.torrent');
const KEYS = [
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
];

/** The last line of a command that has nothing to sum up. */
const DONE = { type: 'summary', version: 1, exitCode: 0, error: null };

beforeAll(async () => {
  mkdirSync(bench.path('album'));
  writeFileSync(bench.path('album', 'one.bin'), noise(100_000, 1));
  writeFileSync(bench.path('album', 'two.bin'), noise(50_000, 2));
  const { bytes } = await createTorrent(bench.path('album'), {
    trackerTiers: [['http://127.0.0.1:9/announce'], ['udp://127.0.0.1:9']],
    webSeeds: ['http://127.0.0.1:9/files'],
    comment: 'for a test',
    creationDate: 1_000_000_000,
  });
  writeFileSync(torrent, bytes);
});

afterAll(() => bench.close());

describe.concurrent('unchoke', { timeout: 300_000 }, () => {
  test('info says exactly these things as JSON', async () => {
    const { stdout, stderr, exitCode } = await bench.run(['info', torrent, '--json']);
    expect([exitCode, stderr]).toEqual([0, '']);
    const facts = JSON.parse(stdout);
    expect(Object.keys(facts)).toEqual(KEYS);
    expect(facts).toEqual({
      infoHash: expect.stringMatching(/^[0-9a-f]{40}$/),
      infoHashV2: null,
      name: 'album',
      pieceLength: 16_384,
      pieceCount: 10,
      totalLength: 150_000,
      private: false,
      files: [
        { path: 'album/one.bin', length: 100_000 },
        { path: 'album/two.bin', length: 50_000 },
      ],
      trackers: [['http://127.0.0.1:9/announce'], ['udp://127.0.0.1:9']],
      webSeeds: ['http://127.0.0.1:9/files'],
      comment: 'for a test',
      createdBy: 'Unchoke',
      creationDate: 1_000_000_000,
    });
  });

  test('info tells people the same, under two names', async () => {
    const [info, show] = await Promise.all([bench.run(['info', torrent]), bench.run(['show', torrent])]);
    expect(info).toEqual(show);
    for (const said of [
      'album',
      '150000 bytes',
      'for a test',
      '2001-09-09',
      'udp://127.0.0.1:9',
      '1    97.7 KiB  album/one.bin',
    ])
      expect(info.stdout).toContain(said);
  });

  test('create takes every flag, and writes over nothing', async () => {
    const out = bench.path('all.torrent');
    const create = ['create', bench.path('album'), '-o', out];
    const flags = [
      ...[
        '--tracker',
        'http://127.0.0.1:9/announce',
        '--tracker',
        'udp://127.0.0.1:9',
        '--web-seed',
        'http://127.0.0.1:9/x',
      ],
      ...['--name', 'another', '--comment', 'a comment', '--source', 'XYZ', '--private', '--piece-length', '32K'],
      ...['--torrent-version', 'hybrid', '--ignore', 'two.*', '--no-date', '--threads', '1'],
    ];
    const created = await bench.run([...create, ...flags, '--json', '-v']);
    expect([created.exitCode, created.stderr]).toEqual([0, '']);
    const lines = jsonLines(created.stdout);
    const leftOut = lines.find(({ type }) => type === 'left-out');
    expect(leftOut).toEqual({ type: 'left-out', version: 1, path: 'two.bin', reason: 'ignored' });
    const facts = lines.at(-2)!;
    expect(lines.at(-1)).toEqual(DONE);
    expect(Object.keys(facts)).toEqual(['type', 'version', 'torrent', ...KEYS]);
    expect(facts).toMatchObject({
      type: 'created',
      torrent: out,
      infoHash: expect.stringMatching(/^[0-9a-f]{40}$/),
      infoHashV2: expect.stringMatching(/^[0-9a-f]{64}$/),
      name: 'another',
      pieceLength: 32_768,
      private: true,
      files: [{ path: 'another/one.bin', length: 100_000 }],
      trackers: [['http://127.0.0.1:9/announce'], ['udp://127.0.0.1:9']],
      webSeeds: ['http://127.0.0.1:9/x'],
      comment: 'a comment',
      creationDate: null,
    });
    const written = readFileSync(out);
    expect(String(written)).toContain('6:source3:XYZ');
    // Before anything is hashed, which could take hours.
    const again = await bench.run([...create, '--json', '--progress-interval', '1ms']);
    expect(again).toMatchObject({ exitCode: 13, stderr: expect.stringContaining('--out') });
    const error = expect.stringContaining('is there already');
    expect(jsonLines(again.stdout)).toEqual([{ type: 'summary', version: 1, exitCode: 13, error }]);
    expect(readFileSync(out).equals(written)).toBe(true);
    const nowhere = await bench.run(['create', bench.path('album'), '-o', bench.path('nowhere', 'a.torrent')]);
    expect(nowhere).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('nowhere: there is no such') });
  });

  test('edit changes what it is told and no other byte', async () => {
    const out = bench.path('edited.torrent');
    const edit = (to: string, ...flags: readonly string[]) =>
      bench.run(['edit', torrent, '--json', '-o', bench.path(to), ...flags]);
    const runs = await Promise.all([
      bench.run(['edit', torrent, '-o', out, '--comment', 'for comment']),
      edit(
        'e1',
        '--tracker',
        'http://127.0.0.1:9/a',
        '--add-tracker',
        'udp://127.0.0.1:8',
        '--no-date',
        '--no-created-by',
      ),
      edit('e2', '--remove-tracker', 'udp://127.0.0.1:9', '--no-comment', '--no-web-seeds', '--created-by', 'me'),
      edit(
        'e3',
        '--private',
        '--source',
        'XYZ',
        '--no-trackers',
        '--web-seed',
        'http://127.0.0.1:9/y',
        '--comment',
        'hey',
      ),
    ]);
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    const [, first, second, third] = runs.map(({ stdout }) => stdout);
    const before = JSON.parse((await bench.run(['info', torrent, '--json'])).stdout);
    const facts = (said = ''): Readonly<Record<string, unknown>> => {
      const [line, ...rest] = jsonLines(said);
      expect(rest).toEqual([DONE]);
      return line!;
    };
    expect(Object.keys(facts(first))).toEqual(['type', 'version', 'torrent', ...KEYS]);
    const envelope = { type: 'edited', version: 1 };
    expect(facts(first)).toEqual({
      ...before,
      ...envelope,
      torrent: bench.path('e1'),
      trackers: [['http://127.0.0.1:9/a'], ['udp://127.0.0.1:8']],
      createdBy: null,
      creationDate: null,
    });
    expect(facts(second)).toEqual({
      ...before,
      ...envelope,
      torrent: bench.path('e2'),
      trackers: [['http://127.0.0.1:9/announce']],
      comment: null,
      webSeeds: [],
      createdBy: 'me',
    });
    expect(facts(third)).toEqual({
      ...before,
      ...envelope,
      torrent: bench.path('e3'),
      infoHash: expect.not.stringMatching(before.infoHash),
      private: true,
      trackers: [],
      webSeeds: ['http://127.0.0.1:9/y'],
      comment: 'hey',
    });
    const back = await bench.run(['edit', bench.path('e3'), '--in-place', '--public', '--no-source', '--json']);
    expect(facts(back.stdout)).toMatchObject({ torrent: bench.path('e3'), infoHash: before.infoHash, private: false });
    const bytes = String(readFileSync(out, 'latin1'));
    expect(bytes).toBe(String(readFileSync(torrent, 'latin1')).replace('10:for a test', '11:for comment'));
  });

  test('edit wants to know what and where to', async () => {
    const runs = await Promise.all([
      bench.run(['edit', torrent, '--comment', 'x']),
      bench.run(['edit', torrent, '-o', bench.path('never')]),
      bench.run(['edit', torrent, '-o', bench.path('never'), '--remove-tracker', 'http://nowhere']),
    ]);
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([28, 28, 28]);
    expect(runs.map(({ stderr }) => stderr)).toEqual([
      expect.stringContaining('--in-place'),
      expect.stringContaining('what to change'),
      expect.stringContaining('no such tracker'),
    ]);
  });

  test('magnet prints a link, with what it is told', async () => {
    const [plain, full, json] = await Promise.all([
      bench.run(['magnet', torrent]),
      bench.run([
        'magnet',
        torrent,
        '--no-trackers',
        '--tracker',
        'udp://127.0.0.1:7',
        '--peer',
        '[::1]:6881',
        '--select',
        '2',
      ]),
      bench.run(['magnet', torrent, '--select-re', 'one', '--json']),
    ]);
    expect(plain.stdout).toMatch(
      /^magnet:\?xt=urn:btih:[0-9a-f]{40}&dn=album&xl=150000&tr=http%3A.*&tr=udp%3A.*&ws=http.*\n$/,
    );
    expect(full.stdout).toMatch(/&xl=150000&tr=udp%3A%2F%2F127.0.0.1%3A7&ws=[^&]*&x\.pe=\[::1\]:6881&so=1\n$/);
    expect(jsonLines(json.stdout)).toEqual([
      { type: 'magnet', version: 1, magnet: expect.stringMatching(/^magnet:.*&so=0$/) },
      DONE,
    ]);
  });

  test('verify names what is damaged', async () => {
    mkdirSync(bench.path('copy', 'album'), { recursive: true });
    writeFileSync(bench.path('copy', 'album', 'one.bin'), noise(100_000, 1));
    writeFileSync(bench.path('copy', 'album', 'two.bin'), noise(50_000, 9));
    const [good, bad, json] = await Promise.all([
      bench.run(['verify', torrent, bench.folder, '--progress', 'none']),
      bench.run(['verify', torrent, bench.path('copy'), '--progress', 'none']),
      bench.run(['verify', torrent, bench.path('copy'), '--json', '--progress', 'none']),
    ]);
    expect(good).toEqual({ exitCode: 0, stdout: 'album: 10 of 10 pieces, all good\n', stderr: '' });
    expect(bad).toMatchObject({
      exitCode: 32,
      stdout: 'album: 6 of 10 pieces, 4 pieces missing or wrong\n  album/one.bin\n  album/two.bin\n',
    });
    expect(jsonLines(json.stdout)).toEqual([
      {
        type: 'summary',
        version: 1,
        name: 'album',
        infoHash: expect.stringMatching(/^[0-9a-f]{40}$/),
        infoHashV2: null,
        isComplete: false,
        haveCount: 6,
        pieceCount: 10,
        damagedFiles: ['album/one.bin', 'album/two.bin'],
        exitCode: 32,
      },
    ]);
  });

  test('whoever names the folder of the torrent hears that the one above it is meant', async () => {
    const [verified, seeded] = await Promise.all([
      bench.run(['verify', torrent, bench.path('album')]),
      bench.run(['seed', torrent, `${bench.path('album')}/.`, '--no-trackers', '--bind', '127.0.0.1']),
    ]);
    expect(verified).toMatchObject({ exitCode: 32, stderr: expect.stringContaining(`above, ${bench.folder}?`) });
    const above = `unchoke seed ${torrent} ${bench.folder}`;
    expect(seeded).toMatchObject({ exitCode: 7, stderr: expect.stringContaining(above) });
  });

  test('hashing tells how it gets on, as often as it is told to', async () => {
    const often = ['--json', '--progress-interval', '1ms'];
    const runs = await Promise.all([
      bench.run(['verify', torrent, bench.folder, ...often]),
      bench.run(['create', bench.path('album'), '-o', bench.path('often.torrent'), ...often]),
    ]);
    for (const { stdout } of runs) {
      const progress = jsonLines(stdout).find(({ type }) => type === 'progress');
      const doneBytes = expect.any(Number);
      expect(progress).toEqual({ type: 'progress', version: 1, doneBytes, totalBytes: expect.any(Number) });
    }
  });

  test('download --list only lists', async () => {
    const [text, json] = await Promise.all([
      bench.run(['download', torrent, '--list', '-o', bench.path('unmade')]),
      bench.run([torrent, '-l', '--json']),
    ]);
    expect(text.stdout).toBe('  1    97.7 KiB  album/one.bin\n  2    48.8 KiB  album/two.bin\n');
    const files = [
      { path: 'album/one.bin', length: 100_000 },
      { path: 'album/two.bin', length: 50_000 },
    ];
    expect(jsonLines(json.stdout)).toEqual([{ type: 'files', version: 1, files }, DONE]);
  });

  test('keys in a wrong order are refused, unless that was allowed', async () => {
    const sorted = readFileSync(torrent, 'latin1');
    const unsorted = bench.path('unsorted.torrent');
    writeFileSync(unsorted, Buffer.from(sorted.replace(/^d/, 'd1:zi1e'), 'latin1'));
    const [strict, lenient, verified] = await Promise.all([
      bench.run(['info', unsorted]),
      bench.run(['info', unsorted, '--lenient', '--json']),
      bench.run(['verify', unsorted, bench.folder, '--lenient', '--json']),
    ]);
    expect(strict).toMatchObject({ exitCode: 25, stdout: '', stderr: expect.stringContaining('--lenient') });
    expect(JSON.parse(lenient.stdout)).toMatchObject({ name: 'album' });
    expect(lenient.stderr).toMatch(/^warning: .*smaller than the one before/);
    expect(jsonLines(verified.stdout)[0]).toEqual({
      type: 'warning',
      version: 1,
      message: expect.stringContaining('smaller than the one before'),
    });
  });

  test('what strangers wrote cannot reach the terminal', async () => {
    const evil = bench.path('evil.torrent');
    const comment = Buffer.from('\u001b]0;title\u0007\u202etxt', 'utf8');
    const name = Buffer.from('a\u001b[2Jb', 'utf8');
    const parts = [
      Buffer.from(`d7:comment${comment.length}:`),
      comment,
      Buffer.from(`4:infod6:lengthi5e4:name${name.length}:`),
      name,
      Buffer.from(`12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}ee`),
    ];
    writeFileSync(evil, Buffer.concat(parts));
    const { stdout, stderr, exitCode } = await bench.run(['info', evil]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('a␛[2Jb');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
  });
});
