import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AnnounceRequest, Announcer, type AnnouncerEvent } from '@unchoke/tracker';
import { announce, performAnnounce, scrape, UdpTransport } from '@unchoke/tracker/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { has } from '../src/programs.js';

/** Debian's opentracker serves listed torrents only. */
const HASHES = Array.from({ length: 100 }, () => new Uint8Array(randomBytes(20)));

let folder: string;
let port: number;
let program: ChildProcess | undefined;

describe.skipIf(!has('opentracker'))('announce and scrape against opentracker', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unchoke-opentracker-'));
    // It gives up its privileges, and then has to read the list.
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'whitelist'), HASHES.map((hash) => `${Buffer.from(hash).toString('hex')}\n`).join(''));
    port = await freePort();
    const address = ['-i', '127.0.0.1', '-p', String(port), '-P', String(port)];
    program = spawn('opentracker', [...address, '-d', folder, '-w', 'whitelist'], { stdio: 'ignore' });
    await listening();
  });

  afterAll(async () => {
    program?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(['http', 'udp'])('over %s we find each other, are counted, and leave', async (scheme) => {
    const url = `${scheme}://127.0.0.1:${port}/announce`;
    const infoHash = scheme === 'udp' ? HASHES[0]! : HASHES[1]!;
    await announce(url, { ...peer(1, infoHash), left: 0, event: 'started' });
    await announce(url, { ...peer(2, infoHash), event: 'started' });
    const third = await announce(url, { ...peer(3, infoHash), event: 'started' });
    expect(third).toMatchObject({ complete: 1, incomplete: 2, trackerHost: '127.0.0.1' });
    expect(portsOf(third.peers)).toEqual(expect.arrayContaining([7001, 7002]));
    expect(third.intervalS).toBeGreaterThan(60);
    expect(await scrape(url, [infoHash])).toEqual([{ complete: 1, incomplete: 2, downloaded: 0 }]);

    await announce(url, { ...peer(2, infoHash), left: 0, event: 'completed' });
    expect(await scrape(url, [infoHash])).toEqual([{ complete: 2, incomplete: 1, downloaded: 1 }]);

    await announce(url, { ...peer(2, infoHash), left: 0, event: 'stopped' });
    expect(await scrape(url, [infoHash])).toEqual([{ complete: 1, incomplete: 1, downloaded: 1 }]);
    const { peers } = await announce(url, peer(3, infoHash));
    expect(portsOf(peers)).not.toContain(7002);
    expect(portsOf((await announce(url, { ...peer(1, infoHash), numWant: 1 })).peers)).toHaveLength(1);
  });

  test('both protocols show the same swarm', async () => {
    await announce(`http://127.0.0.1:${port}/announce`, peer(1, HASHES[2]!));
    const { peers } = await announce(`udp://127.0.0.1:${port}`, peer(2, HASHES[2]!));
    expect(portsOf(peers)).toContain(7001);
  });

  test('a hundred torrents announce over one UDP socket, and one call scrapes them all', async () => {
    const udp = new UdpTransport();
    const url = `udp://127.0.0.1:${port}`;
    await Promise.all(HASHES.slice(3).map((infoHash) => announce(url, { ...peer(4, infoHash), left: 0 }, { udp })));
    const counts = await scrape(url, HASHES.slice(3), { udp });
    udp.close();
    expect(counts).toHaveLength(97);
    expect(new Set(counts.map((swarm) => swarm?.complete))).toEqual(new Set([1]));
  });

  test('what it refuses says why', async () => {
    const unlisted = peer(1, new Uint8Array(20));
    const refused = announce(`http://127.0.0.1:${port}/announce`, unlisted);
    await expect(refused).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('not authorized'),
    });
    // Over UDP it says nothing about a torrent that it does not list.
    const silent = announce(`udp://127.0.0.1:${port}`, unlisted, { timeoutMs: 1000 });
    await expect(silent).rejects.toMatchObject({ code: 'timed-out' });
    await expect(announce(`http://127.0.0.1:${port}/x/announce`, peer(1, HASHES[0]!))).rejects.toMatchObject({
      code: 'http-status',
    });
  });

  test('the announcer passes over a dead tracker, starts, completes and stops', async () => {
    const infoHash = HASHES[1]!;
    const tiers = [[`udp://127.0.0.1:${await freePort()}`], [`http://127.0.0.1:${port}/announce`]];
    const announcer = new Announcer({ tiers, randomBelow: (bound) => Math.floor(Math.random() * bound) });
    const before = await scrape(tiers[1]![0]!, [infoHash]);
    const spoken = [
      ...(await settle(announcer, { type: 'torrent-started' }, { ...peer(9, infoHash), left: 5 })),
      ...(await settle(announcer, { type: 'torrent-completed' }, { ...peer(9, infoHash), left: 0 })),
      ...(await settle(announcer, { type: 'torrent-stopped' }, { ...peer(9, infoHash), left: 0 })),
    ];
    expect(spoken).toEqual(['udp started', 'http started', 'http completed', 'http stopped']);
    const after = await scrape(tiers[1]![0]!, [infoHash]);
    expect(after).toEqual([{ ...before[0], downloaded: before[0]!.downloaded! + 1 }]);
  });
});

/** Does what the announcer wants until it wants nothing more, and says what that was. */
async function settle(
  announcer: Announcer,
  event: AnnouncerEvent,
  totals: AnnounceRequest,
): Promise<readonly string[]> {
  const spoken: string[] = [];
  const events = [event];
  for (let next = events.shift(); next !== undefined; next = events.shift()) {
    for (const action of announcer.handle(next, performance.now())) {
      if (action.type !== 'announce') continue;
      spoken.push(`${action.url.slice(0, action.url.indexOf(':'))} ${action.event}`);
      events.push(await performAnnounce(action, totals));
    }
  }
  return spoken;
}

function peer(number: number, infoHash: Uint8Array): AnnounceRequest {
  const peerId = new Uint8Array(20).fill(number);
  return { infoHash, peerId, port: 7000 + number, uploaded: 0, downloaded: 0, left: 16_384 };
}

function portsOf(peers: Iterable<{ readonly port: number }>): readonly number[] {
  return Array.from(peers, (address) => address.port);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** It says nothing when it is ready; asking is the only way to know. */
async function listening(): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await scrape(`udp://127.0.0.1:${port}`, [HASHES[0]!], { timeoutMs: 500 });
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      await sleep(100);
    }
  }
}
