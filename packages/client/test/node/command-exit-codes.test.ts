import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { buildMetainfo } from '@unchoke/metainfo';
import { createTorrent } from '@unchoke/metainfo/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../src/node/command/exit-codes.js';
import { noise } from './scratch.js';
import { Workbench } from './unchoke-process.js';

// Each exit code, from the real command; and that its words help. 130 and 143 need a signal: command.test.ts.

const bench = new Workbench();
const torrent = bench.path('data.torrent');
const PETABYTE = 2 ** 50;
const PIECE_LENGTH = 2 ** 29;

beforeAll(async () => {
  mkdirSync(bench.path('seed'));
  writeFileSync(bench.path('seed', 'data.bin'), noise(40_000, 3));
  const { bytes } = await createTorrent(bench.path('seed', 'data.bin'), {
    trackerTiers: [['http://127.0.0.1:9/announce']],
  });
  writeFileSync(torrent, bytes);
  writeFileSync(bench.path('noise.torrent'), noise(1000, 1));
  writeFileSync(bench.path('cut.torrent'), bytes.subarray(0, 100));
  writeFileSync(bench.path('list.torrent'), 'l5:helloe');
  writeFileSync(
    bench.path('escape.torrent'),
    String(Buffer.from(bytes).toString('latin1')).replace('8:data.bin', '2:..'),
    'latin1',
  );
  const pieceHashes = new Uint8Array((20 * PETABYTE) / PIECE_LENGTH);
  const huge = { name: 'huge', pieceLength: PIECE_LENGTH, files: [{ path: ['huge'], length: PETABYTE }], pieceHashes };
  writeFileSync(bench.path('huge.torrent'), buildMetainfo(huge));
  mkdirSync(bench.path('damaged'));
  writeFileSync(bench.path('damaged', 'data.bin'), noise(40_000, 5));
  writeFileSync(bench.path('a-file'), 'x');
});

afterAll(() => bench.close());

/** The names of paths are filled in: `~` is the folder of the tests. */
const CASES: readonly (readonly [code: keyof typeof EXIT, what: string, args: readonly string[], says: RegExp])[] = [
  ['ok', 'good data', ['verify', '~/data.torrent', '~/seed', '--progress', 'none'], /^$/],
  [
    'timeout',
    'a time-out',
    ['download', '~/data.torrent', '-o', '~/o', '--no-trackers', '--timeout', '100ms'],
    /gave up/,
  ],
  ['notFound', 'a torrent that is not there', ['info', '~/nowhere.torrent'], /nowhere\.torrent: there is no such file/],
  ['notFound', 'a folder that is not there', ['seed', '~/data.torrent', '~/nowhere'], /no such file or folder/],
  ['notFound', 'nothing to make a torrent of', ['create', '~/nowhere', '-o', '~/n.torrent'], /no such file or folder/],
  [
    'tooSlow',
    'a stall',
    ['~/data.torrent', '-o', '~/s', '--no-trackers', '--stall-timeout', '100ms'],
    /nothing came for/,
  ],
  ['network', 'a tracker that is down', ['announce', '~/data.torrent'], /failed {2}http:\/\/127\.0\.0\.1:9/],
  [
    'network',
    'a peer that is not there',
    ['handshake', '~/data.torrent', '127.0.0.1:9'],
    /127\.0\.0\.1:9: nobody listens/,
  ],
  [
    'unfinished',
    'seeding what is damaged',
    ['seed', '~/data.torrent', '~/damaged', '--no-trackers'],
    /3 of 3 pieces missing/,
  ],
  [
    'diskFull',
    'more than fits',
    ['download', '~/huge.torrent', '-o', '~/full', '--no-trackers'],
    /1024\.0 TiB.*make room/,
  ],
  ['fileExists', 'a torrent that is there', ['create', '~/seed', '-o', '~/data.torrent'], /is there already.*--out/],
  [
    'fileExists',
    'an edited one that is there',
    ['edit', '~/data.torrent', '--no-date', '-o', '~/a-file'],
    /is there already/,
  ],
  ['fileError', 'a file where a folder must be', ['~/data.torrent', '-o', '~/a-file', '--no-trackers'], /a-file/],
  ['fileError', 'a folder for a torrent', ['edit', '~/seed', '--in-place', '--no-date'], /seed: is not a file/],
  [
    'nameResolution',
    'a tracker without an address',
    ['scrape', '~/data.torrent', '--tracker', 'http://x.invalid/announce'],
    /no address/,
  ],
  [
    'nameResolution',
    'a peer without an address',
    ['handshake', '~/data.torrent', 'x.invalid:1'],
    /x\.invalid: no address/,
  ],
  ['badBencode', 'noise', ['info', '~/noise.torrent'], /noise\.torrent: .*offset 0/],
  ['badBencode', 'half a torrent', ['download', '~/cut.torrent'], /cut\.torrent: .*end/],
  ['badTorrent', 'bencode that is no torrent', ['verify', '~/list.torrent', '~/seed'], /list\.torrent: .*dictionary/],
  ['badMagnet', 'a magnet without a hash', ['scrape', 'magnet:?dn=x'], /xt/],
  ['badMagnet', 'the same to download', ['magnet:?xt=urn:btih:123'], /btih needs 40/],
  ['badOption', 'a command that is none', ['verfiy', '~/data.torrent', '~/seed'], /Did you mean verify/],
  [
    'badOption',
    'a flag that is none',
    ['download', '~/data.torrent', '--prot', '1'],
    /unknown option.*\n.*Did you mean --port/,
  ],
  ['badOption', 'a missing argument', ['download'], /missing required argument/],
  ['badOption', 'a port that is none', ['~/data.torrent', '-p', '65536'], /a whole number up to 65535/],
  ['badOption', 'an address that is none', ['~/data.torrent', '--peer', 'nowhere'], /expected host:port/],
  [
    'badOption',
    'a peer that is none',
    ['handshake', '~/data.torrent', '192.0.2.7'],
    /192\.0\.2\.7: expected host:port/,
  ],
  ['badOption', 'a tracker that is none', ['~/data.torrent', '--tracker', 'ftp://x'], /expected the URL of a tracker/],
  ['badOption', 'a time that is none', ['~/data.torrent', '--timeout', '1 parsec'], /expected a time, like/],
  ['badOption', 'no time at all', ['~/data.torrent', '--stall-timeout', '0'], /above 0/],
  ['badOption', 'a rate that is none', ['~/data.torrent', '--max-upload-rate', 'fast'], /expected bytes, like/],
  ['badOption', 'a ratio that is none', ['~/data.torrent', '--seed-ratio', '-1'], /expected a number like 1.5/],
  ['badOption', 'a style that is none', ['~/data.torrent', '--progress', 'disco'], /Allowed choices are auto, bar/],
  ['badOption', 'a shell that is none', ['completions', 'csh'], /Allowed choices are bash, zsh, fish/],
  [
    'badOption',
    'numbers that are none',
    ['magnet', '~/data.torrent', '--select', '3-1'],
    /numbers of files as --list shows/,
  ],
  ['badOption', 'a file that is none', ['magnet', '~/data.torrent', '--select', '2'], /has 1 file; --list/],
  ['badOption', 'a pattern that is none', ['magnet', '~/data.torrent', '--select-re', '('], /not a regular expression/],
  ['badOption', 'a pattern without a match', ['magnet', '~/data.torrent', '--select-re', 'mp3$'], /none of the 1 file/],
  ['badOption', 'no tracker to ask', ['announce', '0123456789abcdef0123456789abcdef01234567'], /--tracker URL/],
  ['checksum', 'damaged data', ['verify', '~/data.torrent', '~/damaged', '--progress', 'none'], /^$/],
];

describe.concurrent('the command ends with', { timeout: 300_000 }, () => {
  test.each(CASES)('%s for %s', async (code, _what, args, says) => {
    const filled = args.map((arg) => arg.replace('~', bench.folder));
    const { exitCode, stderr } = await bench.run([...filled, ...(filled[0] === 'completions' ? [] : ['--no-color'])]);
    expect([exitCode, stderr]).toEqual([EXIT[code], expect.stringMatching(says)]);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  test('network for a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { readonly port: number };
    const { exitCode, stderr } = await bench.run([
      torrent,
      '-o',
      bench.path('p'),
      '--bind',
      '127.0.0.1',
      '-p',
      `${port}`,
    ]);
    server.close();
    expect([exitCode, stderr]).toEqual([EXIT.network, expect.stringContaining('choose another with --port')]);
  });

  test('timeout for a tracker and a peer that say nothing', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { readonly port: number };
    const runs = await Promise.all([
      bench.run(['announce', torrent, '--timeout', '100ms', '--tracker', `http://127.0.0.1:${port}/announce`]),
      bench.run(['handshake', torrent, `127.0.0.1:${port}`, '--timeout', '100ms']),
    ]);
    server.close();
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([EXIT.timeout, EXIT.timeout]);
  });

  test('brokenPipe when nobody reads the result any more', async () => {
    const run = bench.start(['info', torrent]);
    run.stopReading();
    expect((await run.ended).exitCode).toBe(EXIT.brokenPipe);
  });

  test('unknown when something is broken that nobody foresaw', async () => {
    const broken =
      "import fs from 'node:fs/promises'; import { syncBuiltinESMExports } from 'node:module'; const { open } = fs;" +
      "const fail = () => { throw new TypeError('a broken Node'); };" +
      "fs.open = (path, ...more) => String(path).endsWith('data.torrent') ? fail() : open(path, ...more);" +
      'syncBuiltinESMExports();';
    const preload = `--import=data:text/javascript,${encodeURIComponent(broken)}`;
    const { exitCode, stdout, stderr } = await bench.run(['info', torrent], { NODE_OPTIONS: preload });
    expect([exitCode, stdout, stderr]).toEqual([EXIT.unknown, '', 'unchoke: a broken Node\n']);
  });

  test('nothing else: every code is here, and in the README', () => {
    const signals = ['interrupted', 'terminated', 'brokenPipe', 'unknown'];
    const seen = new Set<string>([...CASES.map(([code]) => code), ...signals]);
    expect(Object.keys(EXIT).filter((code) => !seen.has(code))).toEqual([]);
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    expect(Object.values(EXIT).filter((code) => !new RegExp(`^\\| .*\\b${code}\\b.* \\|`, 'm').test(readme))).toEqual(
      [],
    );
  });
});
