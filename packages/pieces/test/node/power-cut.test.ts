import fc from 'fast-check';
import { expect, test } from 'vitest';
import { downloadThroughPowerCuts } from './power-cuts.js';

test('a power cut at any call costs nothing that was flushed, and makes nothing believed that is not there', async () => {
  let cuts = 0;
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat()), async (numbers) => {
      cuts += await downloadThroughPowerCuts((bound) => numbers.next().value % bound);
    }),
    { numRuns: 200 },
  );
  expect(cuts).toBeGreaterThan(50);
});
