import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeedGoal, type SeedRecord } from '../src/seed-goal.js';
import { VirtualSwarm } from './virtual-swarm.js';

const SHAPE = { totalLength: 60 * 32_768 - 5000, pieceLength: 32_768 };
const MINUTE = 60_000;

describe('SeedGoal', () => {
  test('is reached once, at the time that it named before, and only by what was given while seeding', () => {
    const step = fc.record({ ms: fc.nat({ max: 5000 }), sent: fc.nat({ max: 500 }), isSeeding: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.nat({ max: 3000 }),
        fc.nat({ max: 40_000 }),
        (steps, permille, seedTimeMs) => {
          const goal = new SeedGoal({ seedRatio: permille / 1000, seedTimeMs }, undefined, 1000);
          let [nowMs, sentBytes, seedingMs, reachedCount] = [0, 0, 0, 0];
          let wasSeeding = false;
          for (const { ms, sent, isSeeding } of steps) {
            const { deadlineMs } = goal;
            nowMs += ms;
            sentBytes += sent;
            if (wasSeeding) seedingMs += ms;
            const isReached = goal.update(isSeeding, { sentBytes, receivedBytes: 0 }, nowMs);
            if (isReached) expect(seedingMs >= seedTimeMs || sentBytes >= permille).toBe(true);
            if (isSeeding && reachedCount === 0 && nowMs >= deadlineMs) expect(isReached).toBe(true);
            if (isReached) reachedCount++;
            wasSeeding = isSeeding;
          }
          expect(reachedCount).toBeLessThanOrEqual(1);
          expect(goal.recordAt(nowMs)).toEqual({ sentBytes, receivedBytes: 0, seedingMs });
        },
      ),
    );
  });

  test('one run after the other is like one run', () => {
    const run = fc.record({ ms: fc.nat(1e6), sentBytes: fc.nat(1e6), receivedBytes: fc.nat(1e6) });
    fc.assert(
      fc.property(fc.array(run), (runs) => {
        let record: SeedRecord | undefined;
        for (const { ms, ...moved } of runs) {
          const goal = new SeedGoal({}, record, 1000);
          goal.update(true, { sentBytes: 0, receivedBytes: 0 }, 7);
          goal.update(false, moved, 7 + ms);
          record = goal.recordAt(9e9);
        }
        const sum = (field: 'ms' | 'sentBytes' | 'receivedBytes') =>
          runs.reduce((total, each) => total + each[field], 0);
        if (runs.length > 0)
          expect(record).toEqual({
            sentBytes: sum('sentBytes'),
            receivedBytes: sum('receivedBytes'),
            seedingMs: sum('ms'),
          });
      }),
    );
  });
});

describe('a torrent with a goal', () => {
  test('stops when it has given enough, and what it sent last arrives', () => {
    const swarm = new VirtualSwarm(1, SHAPE);
    const seed = swarm.add({ has: 'everything', seedGoals: { seedRatio: 1 } });
    const leech = swarm.add({ knows: [0] });
    swarm.runUntil(() => seed.notices.some(({ type }) => type === 'torrent-stopped'), 10 * MINUTE);
    expect(leech.isComplete).toBe(true);
    expect(seed.notices).toContainEqual({ type: 'seed-goal-reached', ratio: 1, seedingMs: expect.any(Number) });
    expect(seed.notices.at(-1)).toEqual({ type: 'torrent-stopped', unreachedTrackers: 0 });
    expect(seed.torrent.status.peers).toEqual([]);
  });

  test('stops after its time, to the millisecond, counted from when it was complete', () => {
    const swarm = new VirtualSwarm(2, SHAPE);
    swarm.add({ has: 'everything' });
    const leech = swarm.add({ knows: [0], seedGoals: { seedTimeMs: 5 * MINUTE } });
    swarm.runUntil(() => leech.isComplete, 10 * MINUTE);
    const completeMs = swarm.nowMs;
    swarm.runUntil(() => leech.torrent.status.state === 'stopped', 10 * MINUTE);
    expect(Math.abs(swarm.nowMs - completeMs - 5 * MINUTE)).toBeLessThanOrEqual(1);
    expect(leech.torrent.status.seedingMs).toBeCloseTo(5 * MINUTE, -1);
  });

  test('counts what earlier runs have given; started again after that, it seeds for ever', () => {
    const swarm = new VirtualSwarm(3, SHAPE);
    const past = { sentBytes: 3000, receivedBytes: 1000, seedingMs: 0 };
    const seed = swarm.add({ has: 'everything', seedGoals: { seedRatio: 3 }, seedRecord: past });
    swarm.runUntil(() => seed.notices.length > 0, MINUTE);
    expect(seed.notices[0]).toEqual({ type: 'seed-goal-reached', ratio: 3, seedingMs: 0 });
    swarm.deliver(seed, { type: 'torrent-started' });
    const leech = swarm.add({ knows: [0] });
    swarm.runUntil(() => leech.isComplete, 10 * MINUTE);
    expect(seed.torrent.status.state).toBe('seeding');
    expect(seed.torrent.seedRecord.sentBytes).toBe(3000 + SHAPE.totalLength);
  });
});
