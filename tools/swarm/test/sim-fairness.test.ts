import { describe, expect, test } from 'vitest';
import { run, sum } from '../src/sim/report/experiment.js';

/**
 * Jain's index of what leeches gave, each in proportion to its line: 1 when all give alike, 1/n when one gives everything. A
 * short download cannot be perfectly even: whoever is early gives more.
 */
const FAIR_MIN = 0.6;
/** Blocks of no use per block of use. What was sent when its cancel came cannot be taken back. */
const WASTE_MAX = 0.1;

describe('without faults', () => {
  test.each([1, 2, 3])(
    'everybody gives its part, and nothing beats the fluid limit (seed %i)',
    { timeout: 600_000 },
    (seed) => {
      const { outcomes, boundS, samples, capacity, totalBytes } = run({ seed, peers: 30, pieces: 60 });
      const parts = outcomes.map(({ sentBytes, upRate }) => sentBytes / upRate);
      const index = sum(parts, (part) => part) ** 2 / (parts.length * sum(parts, (part) => part ** 2));
      expect(index).toBeGreaterThan(FAIR_MIN);
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

  test('the rarest-first order keeps pieces spread: the rarest one is never down to the seed once half is there', {
    timeout: 600_000,
  }, () => {
    const { samples, peers } = run({ seed: 4, peers: 30, pieces: 60 });
    const half = samples.find(({ mean }) => mean >= peers / 2)!;
    expect(half.rarest).toBeGreaterThan(1);
  });
});
