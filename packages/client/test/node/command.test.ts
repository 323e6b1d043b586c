import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseMetainfo } from '@unchoke/metainfo';
import { createTorrent, hashes } from '@unchoke/metainfo/node';
import { encodeAnnounceReply, PeerList } from '@unchoke/tracker';
import { listenForPeers, type PeerConnection } from '@unchoke/wire/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noise } from './scratch.js';
import { SmallTracker } from './small-tracker.js';
import { jsonLines, Workbench } from './unchoke-process.js';

// The command downloads and seeds: between processes of its own, over real sockets.

const bench = new Workbench();
const torrent = bench.path('data.torrent');
const content = noise(400_000, 3);
const PROGRESS_KEYS = [
  ...['type', 'version', 'state', 'haveCount', 'pieceCount', 'wantedBytes', 'leftBytes', 'receivedBytes', 'sentBytes'],
  ...['wastedBytes', 'downloadRate', 'uploadRate', 'ratio', 'etaS', 'peers', 'why'],
];
const SUMMARY_KEYS = [
  ...['type', 'version', 'source', 'name', 'infoHash', 'infoHashV2', 'path', 'isComplete', 'wantedBytes', 'leftBytes'],
  ...[
    'haveCount',
    'pieceCount',
    'receivedBytes',
    'sentBytes',
    'wastedBytes',
    'ratio',
    'elapsedMs',
    'exitCode',
    'error',
  ],
];
let tracker: SmallTracker;

beforeAll(async () => {
  mkdirSync(bench.path('seed'));
  writeFileSync(bench.path('seed', 'data.bin'), content);
  tracker = await SmallTracker.open();
  const { bytes } = await createTorrent(bench.path('seed', 'data.bin'), { trackerTiers: [[tracker.url]] });
  writeFileSync(torrent, bytes);
});

afterAll(() => {
  tracker.close();
  bench.close();
});

const LOCAL = ['--no-trackers', '--bind', '127.0.0.1'];

function seed(...flags: readonly string[]) {
  return bench.start(['seed', torrent, bench.path('seed'), ...LOCAL, '--json', ...flags]);
}

describe.concurrent('unchoke', { timeout: 300_000 }, () => {
  test('downloads from one that seeds, and tells it as JSON lines', async () => {
    const seeding = seed('-p', '0', '-v');
    const port = await seeding.port();
    const out = bench.path('out');
    const flags = [
      '-o',
      out,
      '--no-trackers',
      '--peer',
      `127.0.0.1:${port}`,
      '--progress-interval',
      '10ms',
      '--json',
      '-vv',
    ];
    const { exitCode, stdout, stderr } = await bench.run(['download', torrent, ...flags]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(readFileSync(bench.path('out', 'data.bin')).equals(content)).toBe(true);

    const lines = jsonLines(stdout);
    expect(lines.every(({ version }) => version === 1)).toBe(true);
    const of = (type: string) => lines.find((line) => line.type === type);
    expect(Object.keys(of('options')!)).toEqual(['type', 'version', 'options']);
    expect(of('listening')).toEqual({ type: 'listening', version: 1, port: expect.any(Number) });
    expect(of('torrent')).toEqual({
      type: 'torrent',
      version: 1,
      name: 'data.bin',
      infoHash: expect.stringMatching(/^[0-9a-f]{40}$/),
      infoHashV2: null,
      contentLength: 400_000,
      pieceCount: 25,
      path: out,
      port: of('listening')!['port'],
    });
    expect(Object.keys(of('progress')!)).toEqual(PROGRESS_KEYS);
    const peer = { version: 1, peer: expect.any(Number), address: { host: '127.0.0.1', port } };
    expect(of('peer-connected')).toEqual({ type: 'peer-connected', ...peer });
    expect(of('peer-closed')).toEqual({
      type: 'peer-closed',
      ...peer,
      peerId: expect.stringMatching(/^2d554b[0-9a-f]{34}$/),
      reason: 'both-complete',
      detail: '',
      received: 400_000,
      sent: 0,
    });
    const pieces = lines.filter(({ type }) => type === 'piece-completed');
    expect(pieces).toHaveLength(25);
    expect(pieces[0]).toEqual({ type: 'piece-completed', version: 1, piece: expect.any(Number) });
    expect(of('torrent-completed')).toEqual({ type: 'torrent-completed', version: 1 });
    expect(of('torrent-stopped')).toEqual({ type: 'torrent-stopped', version: 1, unreachedTrackers: 0 });
    expect(Object.keys(lines.at(-1)!)).toEqual(SUMMARY_KEYS);
    expect(lines.at(-1)).toMatchObject({
      type: 'summary',
      source: torrent,
      name: 'data.bin',
      path: out,
      isComplete: true,
      wantedBytes: 400_000,
      leftBytes: 0,
      haveCount: 25,
      receivedBytes: 400_000,
      ratio: 0,
      exitCode: 0,
      error: null,
    });

    seeding.kill('SIGTERM');
    const ended = await seeding.ended;
    expect(ended.exitCode).toBe(143);
    expect(jsonLines(ended.stdout).at(-1)).toMatchObject({
      type: 'summary',
      sentBytes: 400_000,
      ratio: 1,
      exitCode: 143,
    });
  });

  test('asks for pieces in order when told to', async () => {
    const { infoHash, totalLength, pieceLength } = parseMetainfo(readFileSync(torrent), hashes);
    const shape = { infoHash: infoHash!, have: 'all', torrent: { totalLength, pieceLength } } as const;
    const listener = await listenForPeers({ torrents: () => shape });
    const peer = ['--peer', `127.0.0.1:${listener.port}`];
    const run = bench.start([torrent, '-o', bench.path('ordered'), ...LOCAL, ...peer, '--sequential', '-q']);
    const asked: number[] = [];
    for await (const connection of listener) {
      connection.send({ type: 'unchoke' });
      for await (const event of connection) {
        if (event.type === 'request') asked.push(event.piece);
        if (asked.length === 4) break;
      }
      break;
    }
    run.kill('SIGTERM');
    await listener.close();
    expect([asked, (await run.ended).exitCode]).toEqual([[0, 1, 2, 3], 143]);
  });

  test('goes on where Ctrl-C ended it, and tells the trackers about that', async () => {
    const seeding = seed();
    const port = await seeding.port();
    const place = [
      '-o',
      bench.path('resumed'),
      '--state-dir',
      bench.path('resumed-state'),
      '--bind',
      '127.0.0.1',
      '--json',
    ];
    const peer = ['--peer', `127.0.0.1:${port}`];
    // So slow that it is not over when Ctrl-C comes, however late that is.
    const slowly = ['--max-download-rate', '5K', '-vv'];
    const first = bench.start([torrent, ...place, ...peer, '--tracker', tracker.url, ...slowly]);
    await first.says(/piece-completed/);
    await tracker.announced('started');
    first.kill('SIGINT');
    const interrupted = await first.ended;
    expect(interrupted.exitCode).toBe(130);
    const summary = jsonLines(interrupted.stdout).at(-1)!;
    expect(summary).toMatchObject({ type: 'summary', isComplete: false, exitCode: 130 });
    expect(tracker.announces.map(({ event }) => event)).toEqual(['started', 'stopped']);
    expect(readdirSync(bench.path('resumed-state'))).toContain(`${summary['infoHash']}.state`);

    const second = await bench.run([torrent, ...place, '--no-trackers', ...peer]);
    expect(second.exitCode).toBe(0);
    const rest = jsonLines(second.stdout).at(-1)!;
    expect(rest).toMatchObject({ isComplete: true, leftBytes: 0 });
    expect(rest['receivedBytes']).toBeLessThan(400_000);
    seeding.kill('SIGTERM');
    await seeding.ended;
  });

  test('names the peer that lies, and the tracker that does not answer', async () => {
    const { infoHash, totalLength, pieceLength } = parseMetainfo(readFileSync(torrent), hashes);
    const shape = { infoHash: infoHash!, have: 'all', torrent: { totalLength, pieceLength } } as const;
    const listener = await listenForPeers({ torrents: () => shape });
    const address = { host: '127.0.0.1', port: listener.port };
    const peer = ['--peer', `127.0.0.1:${listener.port}`, '--tracker', 'http://127.0.0.1:9/announce'];
    const run = bench.start([torrent, '-o', bench.path('lied'), '--bind', '127.0.0.1', ...peer, '--json', '-v']);
    for await (const connection of listener) {
      // Who is banned is hung up on, however that looks from here.
      await lieTo(connection).catch(() => undefined);
      break;
    }
    const banned = JSON.parse((await run.says(/^.*"peer-banned".*$/m))[0]);
    const rejected = JSON.parse((await run.says(/^.*"piece-rejected".*$/m))[0]);
    const reported = JSON.parse((await run.says(/^.*"tracker-reported".*$/m))[0]);
    run.kill('SIGTERM');
    await run.ended;
    await listener.close();
    expect(banned).toEqual({
      type: 'peer-banned',
      version: 1,
      peer: expect.any(Number),
      address,
      reason: expect.any(String),
    });
    expect(rejected).toEqual({ type: 'piece-rejected', version: 1, piece: expect.any(Number) });
    expect(reported).toEqual({
      type: 'tracker-reported',
      version: 1,
      url: 'http://127.0.0.1:9/announce',
      problem: expect.stringContaining('127.0.0.1'),
    });
  });

  test('a second Ctrl-C does not wait for the trackers', async () => {
    const deaf = await SmallTracker.open();
    const waiting = bench.start([torrent, '-o', bench.path('forced'), '--tracker', deaf.url, '--json']);
    await waiting.port();
    await deaf.announced('started');
    deaf.isSilent = true;
    waiting.kill('SIGINT');
    await deaf.announced('stopped');
    waiting.kill('SIGINT');
    const { exitCode, stdout } = await waiting.ended;
    deaf.close();
    expect([exitCode, stdout]).toEqual([130, expect.not.stringContaining('summary')]);
  });

  test('a silent tracker cannot hold it after the first', async () => {
    const deaf = await SmallTracker.open();
    const waiting = bench.start([torrent, '-o', bench.path('held'), '--tracker', deaf.url, '--progress', 'plain']);
    await waiting.says(/listening/);
    await deaf.announced('started');
    deaf.isSilent = true;
    waiting.kill('SIGHUP');
    const { exitCode, stderr } = await waiting.ended;
    deaf.close();
    expect([exitCode, stderr]).toEqual([143, expect.stringContaining('saying goodbye')]);
  });

  test.skipIf(process.platform === 'win32')('says that the disk is in the way, and ends in good order', async () => {
    const seeding = seed();
    const peer = `127.0.0.1:${await seeding.port()}`;
    const args = [torrent, '-o', bench.path('small'), ...LOCAL, '--peer', peer, '--stall-timeout', '10s', '--json'];
    const { exitCode, stdout, stderr } = await bench.startOnSmallDisk(100, args).ended;
    seeding.kill('SIGTERM');
    await seeding.ended;
    expect([exitCode, stderr]).toEqual([17, '']);
    const lines = jsonLines(stdout);
    const problem = expect.stringContaining('ulimit -f');
    expect(lines.find(({ type }) => type === 'storage-stalled')).toEqual({
      type: 'storage-stalled',
      version: 1,
      problem,
    });
    expect(lines.at(-1)).toMatchObject({ type: 'summary', isComplete: false, exitCode: 17, error: problem });
  });

  test.skipIf(process.platform !== 'linux')('goes on once the disk takes data again', async () => {
    const seeding = seed();
    const args = [
      torrent,
      '-o',
      bench.path('grown'),
      ...LOCAL,
      '--peer',
      `127.0.0.1:${await seeding.port()}`,
      '--json',
    ];
    const run = bench.startOnSmallDisk(100, args);
    await run.says(/"storage-stalled"/);
    run.enlargeDisk();
    const ready = JSON.parse((await run.says(/^.*"storage-ready".*$/m))[0]);
    const { exitCode } = await run.ended;
    seeding.kill('SIGTERM');
    await seeding.ended;
    expect(ready).toEqual({ type: 'storage-ready', version: 1 });
    expect([exitCode, readFileSync(bench.path('grown', 'data.bin')).equals(content)]).toEqual([0, true]);
  });

  test('asks a tracker again that did not answer, and tells both', async () => {
    const seeding = seed();
    const port = await seeding.port();
    const run = bench.start([
      torrent,
      '-o',
      bench.path('late'),
      '--tracker',
      `${tracker.origin}/late/announce`,
      '--json',
    ]);
    await run.says(/"tracker-reported".*"problem"/);
    const peers = PeerList.fromCompact(Uint8Array.of(127, 0, 0, 1, port >> 8, port & 255), 4);
    tracker.files.set('/late/announce', encodeAnnounceReply({ type: 'peers', intervalS: 1800, peers }));
    const { exitCode, stdout } = await run.ended;
    seeding.kill('SIGTERM');
    await seeding.ended;
    expect(exitCode).toBe(0);
    expect(jsonLines(stdout).filter(({ type }) => type === 'tracker-reported')).toEqual([
      expect.objectContaining({ problem: expect.stringContaining('503') }),
      { type: 'tracker-reported', version: 1, url: `${tracker.origin}/late/announce` },
    ]);
  });

  test('says why it gives up', async () => {
    const wait = [torrent, '-o', bench.path('waiting'), ...LOCAL];
    const [late, stalled] = await Promise.all([
      bench.run([...wait, '--timeout', '300ms', '--progress', 'plain']),
      bench.run([...wait, '--stall-timeout', '0.2', '--json', '-q']),
    ]);
    expect(late).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('gave up after 1s') });
    expect(stalled).toMatchObject({ exitCode: 5, stderr: '' });
    const error = 'nothing came for 1s: no peers, and no tracker to ask for them';
    expect(jsonLines(stalled.stdout)).toEqual([expect.objectContaining({ type: 'summary', exitCode: 5, error })]);
  });

  test('asks the trackers of the torrent, or those it is told, or none', async () => {
    const seeding = seed();
    const own = await SmallTracker.open();
    own.peers = Uint8Array.of(127, 0, 0, 1, 0, 0);
    new DataView(own.peers.buffer).setUint16(4, await seeding.port());
    const { exitCode, stderr } = await bench.run([
      torrent,
      '-o',
      bench.path('told'),
      '--tracker',
      own.url,
      '--progress',
      'plain',
      '-v',
    ]);
    expect(exitCode).toBe(0);
    expect(own.announces.map(({ event }) => event)).toEqual(['started', 'completed', 'stopped']);
    expect(stderr).toContain('connected to 127.0.0.1');
    seeding.kill('SIGTERM');
    await seeding.ended;
    own.close();
  });
});

/** Answers every request with zeros. */
async function lieTo(peer: PeerConnection): Promise<void> {
  peer.send({ type: 'unchoke' });
  for await (const event of peer) {
    if (event.type !== 'request') continue;
    const { piece, begin, length } = event;
    peer.send({ type: 'piece', piece, begin, block: new Uint8Array(length) });
  }
}
