import { describe, expect, test } from 'vitest';
import { type Outcome, run, sum } from '../src/sim/report/experiment.js';

/**
 * Jain's index of what leeches gave, each in proportion to its line: 1 when all give alike, 1/n when one gives everything. A
 * short download cannot be perfectly even: whoever is early gives more.
 */
const FAIR_MIN = 0.6;
/** Blocks of no use per block of use. What was sent when its cancel came cannot be taken back. */
const WASTE_MAX = 0.1;
/** One run alone says little: by chance a piece is down to the seed in one of several. In order, it always is: 1 copy. */
const SPREAD_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const COPIES_MIN = 1.5;

function fairnessOf(outcomes: readonly Outcome[]): number {
  const parts = outcomes.map(({ sentBytes, upRate }) => sentBytes / upRate);
  return sum(parts, (part) => part) ** 2 / (parts.length * sum(parts, (part) => part ** 2));
}

describe('without faults', () => {
  test('a swarm in which half give nothing is not fair', { timeout: 600_000 }, () => {
    expect(fairnessOf(run({ seed: 1, peers: 30, pieces: 60, freeRiders: 0.5 }).outcomes)).toBeLessThan(FAIR_MIN);
  });

  test.each([1, 2, 3])(
    'everybody gives its part, and nothing beats the fluid limit (seed %i)',
    { timeout: 600_000 },
    (seed) => {
      const { outcomes, boundS, samples, capacity, totalBytes } = run({ seed, peers: 30, pieces: 60 });
      expect(fairnessOf(outcomes)).toBeGreaterThan(FAIR_MIN);
      expect(Math.max(...outcomes.map(({ tookS }) => tookS))).toBeGreaterThan(boundS);
      for (const { atS, complete } of samples) expect(complete).toBeLessThanOrEqual((capacity * atS) / totalBytes);
      expect(samples.at(-1)!.complete).toBe(30);
    },
  );

  test.each([1, 2, 3])(
    'hardly anything comes twice, though all of so short a download is endgame (seed %i)',
    {
      timeout: 600_000,
    },
    (seed) => {
      expect(run({ seed, peers: 10, pieces: 50 }).waste).toBeLessThan(WASTE_MAX);
    },
  );

  test('the rarest-first order keeps pieces spread: once half is there, the rarest one is seldom down to the seed', {
    timeout: 600_000,
  }, () => {
    const copies = SPREAD_SEEDS.map((seed) => {
      const { samples, peers } = run({ seed, peers: 30, pieces: 60 });
      return samples.find(({ mean }) => mean >= peers / 2)!.rarest;
    });
    expect(sum(copies, (count) => count) / copies.length, copies.join(' ')).toBeGreaterThan(COPIES_MIN);
  });
});
