import fc from 'fast-check';
import { expect, test } from 'vitest';
import { generator, mutant, readAll } from './hostile-bytes.js';

test('what strangers write has two outcomes: a value, or a TrackerError', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const randomBelow = generator(seed);
      for (let count = 0; count < 100; count++) readAll(mutant(randomBelow));
    }),
    { numRuns: 100 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readAll));
});

test('the mutants are alive: most readers accept some of them', () => {
  const randomBelow = generator(1);
  const kinds = new Set(Array.from({ length: 2000 }, () => mutant(randomBelow).length));
  expect(kinds.size).toBeGreaterThan(100);
});
