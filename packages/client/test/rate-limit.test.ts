import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RateLimit } from '../src/index.js';

const BLOCK = 16_384;

interface Grant {
  readonly atMs: number;
  readonly who: string;
  readonly bytes: number;
}

/** Everybody always wants more: each torrent asks for its peers in the order of its line, whenever it is due. */
function runGreedily(
  torrents: readonly RateLimit<string>[],
  peersOf: (index: number) => readonly string[],
  endMs: number,
) {
  const grants: Grant[] = [];
  const ask = (index: number, who: string, nowMs: number): boolean => {
    const isGranted = torrents[index]!.take(who, BLOCK, nowMs);
    if (isGranted) grants.push({ atMs: nowMs, who, bytes: BLOCK });
    return isGranted;
  };
  for (const [index] of torrents.entries()) for (const who of peersOf(index)) while (ask(index, who, 0));
  for (let nowMs = 0; nowMs <= endMs; ) {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [index, torrent] of torrents.entries()) {
      for (let { first } = torrent; first !== undefined && ask(index, first, nowMs); { first } = torrent) {
        while (ask(index, first, nowMs));
      }
      nextMs = Math.min(nextMs, torrent.readyMs(nowMs));
    }
    nowMs = Math.max(nowMs + 1, nextMs);
  }
  return grants;
}

function bytesBetween(grants: readonly Grant[], fromMs: number, toMs: number): number {
  return grants.reduce((sum, { atMs, bytes }) => sum + (atMs >= fromMs && atMs <= toMs ? bytes : 0), 0);
}

function bytesOf(grants: readonly Grant[], prefix: string): number {
  return grants.reduce((sum, { who, bytes }) => sum + (who.startsWith(prefix) ? bytes : 0), 0);
}

describe('a rate limit', () => {
  test('asks for nothing while nothing is limited', () => {
    const client = new RateLimit();
    const torrent = new RateLimit<number>(client);
    expect(torrent.isLimited).toBe(false);
    for (let time = 0; time < 100; time++) expect(torrent.take(1, 1e9, 0)).toBe(true);
    expect(torrent.first).toBeUndefined();
    expect(torrent.readyMs(0)).toBe(Number.POSITIVE_INFINITY);
  });

  test('over any window no more than rate × time + burst, and no less than the rate while somebody waits', () => {
    const rates = fc.integer({ min: 4_000, max: 2_000_000 });
    fc.assert(
      fc.property(rates, fc.option(rates), fc.integer({ min: 1, max: 5 }), (clientRate, torrentRate, peerCount) => {
        const client = new RateLimit();
        const torrent = new RateLimit<string>(client);
        client.setRate(clientRate, 0);
        torrent.setRate(torrentRate ?? undefined, 0);
        const peers = Array.from({ length: peerCount }, (_, index) => `peer ${index}`);
        const grants = runGreedily([torrent], () => peers, 20_000);
        const perMs = torrent.perSecond / 1000;
        for (const { atMs: fromMs } of grants.filter((_, index) => index % 7 === 0)) {
          for (const toMs of [fromMs, fromMs + 100, fromMs + 1000, fromMs + 7000]) {
            const most = (toMs - fromMs) * perMs + Math.min(client.burstBytes, torrent.burstBytes);
            expect(bytesBetween(grants, fromMs, toMs)).toBeLessThanOrEqual(most + 1);
          }
        }
        expect(bytesBetween(grants, 0, 20_000)).toBeGreaterThanOrEqual(20_000 * perMs * 0.98 - BLOCK);
      }),
      { numRuns: 60 },
    );
  });

  test('torrents share what the client has evenly, however many peers each has', () => {
    const client = new RateLimit();
    client.setRate(500_000, 0);
    const torrents = [1, 2, 3].map(() => new RateLimit<string>(client));
    const peersOf = (index: number) => Array.from({ length: 1 + 9 * index }, (_, peer) => `${index}-${peer};`);
    const grants = runGreedily(torrents, peersOf, 60_000);
    const shares = [0, 1, 2].map((index) => bytesOf(grants, `${index}-`));
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(4 * BLOCK);
    const peers = peersOf(2).map((peer) => bytesOf(grants, peer) / BLOCK);
    expect(Math.max(...peers) - Math.min(...peers)).toBeLessThanOrEqual(2);
  });

  test('what one torrent may not use goes to the others', () => {
    const client = new RateLimit();
    client.setRate(500_000, 0);
    const [slow, quick] = [new RateLimit<string>(client), new RateLimit<string>(client)];
    slow!.setRate(50_000, 0);
    const grants = runGreedily([slow!, quick!], (index) => [`${index}`], 60_000);
    expect(bytesOf(grants, '0') / 60).toBeCloseTo(50_000, -4);
    expect(bytesOf(grants, '1') / 60).toBeGreaterThan(440_000);
  });

  test('a claimant that went away keeps nobody waiting', () => {
    const client = new RateLimit();
    client.setRate(BLOCK, 0);
    const [gone, other] = [new RateLimit<string>(client), new RateLimit<string>(client)];
    expect(gone!.take('a', BLOCK, 0)).toBe(true);
    expect(gone!.take('a', BLOCK, 0)).toBe(false);
    expect(other!.take('b', BLOCK, 0)).toBe(false);
    expect(other!.readyMs(0)).toBe(2000);
    gone!.leave('a');
    expect(other!.readyMs(0)).toBe(1000);
    expect(other!.take('b', BLOCK, 1000)).toBe(true);
  });

  test('a change counts at once, also back to none', () => {
    const limit = new RateLimit<string>();
    limit.setRate(1000, 0);
    expect(limit.take('a', BLOCK, 0)).toBe(true);
    expect(limit.take('a', BLOCK, 0)).toBe(false);
    limit.setRate(1_000_000, 0);
    expect(limit.readyMs(0)).toBeCloseTo(16.384);
    limit.setRate(undefined, 0);
    expect(limit.first).toBeUndefined();
    expect(limit.take('a', BLOCK, 0)).toBe(true);
  });

  test('what was not used comes back', () => {
    const client = new RateLimit();
    const torrent = new RateLimit<string>(client);
    client.setRate(BLOCK, 0);
    expect(torrent.take('a', BLOCK, 0)).toBe(true);
    torrent.giveBack(BLOCK);
    expect(torrent.take('b', BLOCK, 0)).toBe(true);
  });
});
