import { writeFileSync } from 'node:fs';
import { type Metainfo, parseMetainfo } from '@unchoke/metainfo';
import { createTorrent, hashes } from '@unchoke/metainfo/node';
import { listenForPeers, type PeerListener } from '@unchoke/wire/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noise } from './scratch.js';
import { SmallTracker } from './small-tracker.js';
import { jsonLines, Workbench } from './unchoke-process.js';

// What the command says about trackers and peers, to people who look for what is wrong.

const bench = new Workbench();
const torrent = bench.path('data.torrent');
let tracker: SmallTracker;
let metainfo: Metainfo;
let infoHash: string;
let listener: PeerListener;

beforeAll(async () => {
  tracker = await SmallTracker.open();
  tracker.peers = Uint8Array.of(127, 0, 0, 1, 0x1a, 0xe1, 0, 0, 0, 0, 0, 0);
  writeFileSync(bench.path('data.bin'), noise(40_000, 3));
  const { bytes } = await createTorrent(bench.path('data.bin'), {
    trackerTiers: [[tracker.url], [`${tracker.origin}/refuse/announce`]],
  });
  writeFileSync(torrent, bytes);
  metainfo = parseMetainfo(bytes, hashes);
  infoHash = Buffer.from(metainfo.infoHash!).toString('hex');
  const { totalLength, pieceLength } = metainfo;
  listener = await listenForPeers({
    torrents: (hash) => ({
      infoHash: hash,
      torrent: { totalLength, pieceLength },
      peerId: Buffer.from('-TR4060-abcdefghijkl'),
      have: Uint8Array.of(0b1010_0000),
      requestQueue: 77,
      offers: { dht: true },
      extendedHandshake: {
        client: 'Evil \u001b[31mclient',
        port: 6881,
        metadataSize: metainfo.infoBytes.length,
        uploadOnly: true,
      },
    }),
  });
});

afterAll(async () => {
  tracker.close();
  await listener.close();
  bench.close();
});

const ERROR = { code: expect.any(String), message: expect.any(String) };

describe.concurrent('unchoke', { timeout: 300_000 }, () => {
  test('announce asks every tracker, and takes leave again', async () => {
    const { stdout, stderr, exitCode } = await bench.run([
      'announce',
      torrent,
      '--json',
      '-p',
      '7001',
      '--numwant',
      '9',
    ]);
    expect([exitCode, stderr]).toEqual([0, '']);
    const lines = jsonLines(stdout);
    const answered = lines.find(({ url }) => url === tracker.url);
    expect(answered).toEqual({
      type: 'announce',
      version: 1,
      url: tracker.url,
      elapsedMs: expect.any(Number),
      trackerHost: '127.0.0.1',
      intervalS: 1800,
      minIntervalS: 60,
      complete: 3,
      incomplete: 4,
      downloaded: 5,
      externalIp: '192.0.2.9',
      warning: 'a warning [31m',
      peers: [{ host: '127.0.0.1', port: 6881 }],
      droppedPeerCount: 1,
      error: null,
    });
    const refused = lines.find(({ error }) => error !== null && error !== undefined);
    expect(refused).toEqual({
      type: 'announce',
      version: 1,
      url: expect.stringContaining('/refuse/'),
      elapsedMs: expect.any(Number),
      error: ERROR,
    });
    expect(lines.at(-1)).toEqual({ type: 'summary', version: 1, answeredCount: 1, failedCount: 1, exitCode: 0 });
    const ours = tracker.announces.filter(({ port }) => port === 7001);
    expect(ours.map(({ event, left }) => [event, left])).toEqual([
      ['started', 40_000],
      ['stopped', 40_000],
    ]);
    expect(ours[0]).toMatchObject({ numWant: 9 });
  });

  test('announce says exactly what it is told', async () => {
    const link = `magnet:?xt=urn:btih:${infoHash}&tr=${encodeURIComponent(tracker.url)}`;
    const flags = ['--event', 'completed', '--left', '0', '-p', '7002'];
    const { stdout } = await bench.run(['announce', link, ...flags]);
    const ours = tracker.announces.filter(({ port }) => port === 7002);
    expect(ours).toMatchObject([{ event: 'completed', left: 0 }]);
    expect(stdout).toMatch(
      /^answered {2}http.* in \d+ ms: 3 seeds, 4 downloading; 1 peer; 1 unusable; again in 30m0s; sees us at 192\.0\.2\.9\n/,
    );
    expect(stdout).toContain('the tracker says: a warning [31m\n  127.0.0.1:6881\n');
  });

  test('scrape counts without joining', async () => {
    const [text, json] = await Promise.all([
      bench.run(['scrape', infoHash, '--tracker', tracker.url]),
      bench.run(['scrape', torrent, '--tracker', tracker.url, '--json', '--timeout', '1m']),
    ]);
    expect(text).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/ms: 6 seeds, 7 downloading, finished 8 times\n$/),
    });
    expect(jsonLines(json.stdout)).toEqual([
      {
        type: 'scrape',
        version: 1,
        url: tracker.url,
        elapsedMs: expect.any(Number),
        isKnown: true,
        complete: 6,
        incomplete: 7,
        downloaded: 8,
        error: null,
      },
      { type: 'summary', version: 1, answeredCount: 1, failedCount: 0, exitCode: 0 },
    ]);
  });

  test('a refusal is told, without what it would do to the terminal', async () => {
    const { stderr, exitCode } = await bench.run([
      'announce',
      torrent,
      '--tracker',
      `${tracker.origin}/refuse/announce`,
    ]);
    expect([exitCode, stderr]).toEqual([6, expect.stringContaining('go away [2J')]);
  });

  test('handshake says who it is and what it has', async () => {
    const address = `127.0.0.1:${listener.port}`;
    const [json, text, byHash] = await Promise.all([
      bench.run(['handshake', torrent, address, '--json']),
      bench.run(['handshake', torrent, address]),
      bench.run(['handshake', infoHash, address, '--timeout', '30s']),
    ]);
    expect(jsonLines(json.stdout)).toEqual([
      {
        type: 'handshake',
        version: 1,
        address,
        infoHash,
        peerId: Buffer.from('-TR4060-abcdefghijkl').toString('hex'),
        client: 'Evil \u001b[31mclient',
        clientVersion: null,
        offers: ['extended', 'fast', 'dht'],
        extensions: expect.arrayContaining(['ut_metadata', 'ut_pex']),
        requestQueue: 77,
        listenPort: 6881,
        metadataSize: metainfo.infoBytes.length,
        uploadOnly: true,
        haveCount: 2,
        pieceCount: 3,
        connectMs: expect.any(Number),
        handshakeMs: expect.any(Number),
        violation: null,
      },
      { type: 'summary', version: 1, exitCode: 0, error: null },
    ]);
    for (const said of [
      'Evil ␛[31mclient',
      '-TR4060-',
      'ut_pex',
      '2 of 3 pieces (66 %)',
      '77 requests',
      'port 6881',
      'round trip',
    ])
      expect(text.stdout).toContain(said);
    expect(byHash.stdout).toContain('2 pieces');
  });
});
