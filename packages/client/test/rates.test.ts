import { describe, expect, test } from 'vitest';
import { Session } from '../src/index.js';
import { Stage } from './puppet.js';
import { type Member, VirtualSwarm } from './virtual-swarm.js';

const SHAPE = { totalLength: 60 * 32_768 - 5000, pieceLength: 32_768 };
const MINUTE = 60_000;

/** Runs to the end and tells how fast that was: bytes a second of virtual time. */
function rateUntilComplete(swarm: VirtualSwarm, leeches: readonly Member[]): number {
  const startMs = swarm.nowMs;
  swarm.runUntil(() => leeches.every(({ isComplete }) => isComplete), 10 * MINUTE);
  for (const { disk } of leeches) expect(Buffer.compare(disk, swarm.content)).toBe(0);
  return (leeches.length * SHAPE.totalLength * 1000) / (swarm.nowMs - startMs);
}

describe('the rates of a torrent', () => {
  test('a limit on downloading is kept, and used', () => {
    const swarm = new VirtualSwarm(1, SHAPE);
    for (let count = 0; count < 3; count++) swarm.add({ has: 'everything' });
    const leech = swarm.add({ knows: [0, 1, 2], rates: { maxDownloadRate: 100_000 } });
    const rate = rateUntilComplete(swarm, [leech]);
    expect(rate).toBeLessThan(105_000);
    expect(rate).toBeGreaterThan(90_000);
  });

  test('a limit on uploading is kept, and shared evenly by those who want', () => {
    const swarm = new VirtualSwarm(2, SHAPE);
    const seed = swarm.add({ has: 'everything', uploadSlots: 4, rates: { maxUploadRate: 200_000 } });
    // They give each other nothing, so that all there is comes from the seed.
    const leeches = [1, 2, 3].map(() => swarm.add({ knows: [0] }));
    swarm.runUntil(() => leeches.some(({ isComplete }) => isComplete), 10 * MINUTE);
    const { uploadRate, why, peers } = seed.torrent.status;
    expect(uploadRate).toBeLessThan(210_000);
    expect(uploadRate).toBeGreaterThan(180_000);
    expect(why).toBe('limited by you: 195.3 KiB/s');
    const sent = peers.map((peer) => peer.sent);
    expect(Math.max(...sent)).toBeLessThan(1.2 * Math.min(...sent));
    rateUntilComplete(swarm, leeches);
  });

  test('a limit is told, and can be changed while it runs', () => {
    const swarm = new VirtualSwarm(3, SHAPE);
    swarm.add({ has: 'everything' });
    const leech = swarm.add({ knows: [0], rates: { maxDownloadRate: 20_000 } });
    swarm.runUntil(() => leech.torrent.status.haveCount >= 3, MINUTE);
    expect(leech.torrent.status.why).toBe('limited by you: 19.5 KiB/s');
    swarm.deliver(leech, { type: 'limits-changed', maxDownloadRate: 1_000_000 });
    const rate = rateUntilComplete(swarm, [leech]);
    expect(rate).toBeGreaterThan(500_000);
    expect(leech.torrent.status.why).toBe('');
  });

  test('taking a limit away sets free what it held back', () => {
    const swarm = new VirtualSwarm(4, SHAPE);
    const seed = swarm.add({ has: 'everything', rates: { maxUploadRate: 1 } });
    const leech = swarm.add({ knows: [0] });
    swarm.runUntil(() => seed.torrent.status.why !== '', MINUTE);
    swarm.deliver(seed, { type: 'limits-changed' });
    swarm.runUntil(() => leech.isComplete, 10_000);
    expect(seed.torrent.status.why).toBe('');
  });

  test('a peer that chokes after it was asked gives back what was taken for it', () => {
    const swarm = new VirtualSwarm(5, SHAPE);
    swarm.add({ has: 'everything', stallsAfter: 3 });
    swarm.add({ has: 'everything' });
    const leech = swarm.add({ knows: [0, 1], rates: { maxDownloadRate: 200_000 } });
    swarm.runUntil(() => leech.isComplete, MINUTE);
    expect(Buffer.compare(leech.disk, swarm.content)).toBe(0);
  });

  test('only who would give something waits for its turn', () => {
    const seat = new Session().join();
    seat.setRates({ maxDownloadRate: 1 }, 0);
    const stage = new Stage({ seat });
    const [giver, chokes] = [stage.join('198.51.100.1'), stage.join('198.51.100.2')];
    for (const peer of [giver, chokes]) peer.say({ type: 'have-all' });
    giver.say({ type: 'unchoke' });
    const waits = () => [giver, chokes].map(({ key }) => Number.isFinite(seat.download.readyMsOf(key, stage.nowMs)));
    expect(waits()).toEqual([true, false]);
    stage.passTime(1000);
    expect(waits()).toEqual([true, false]);
    chokes.say({ type: 'unchoke' });
    expect(waits()).toEqual([true, true]);
  });
});
