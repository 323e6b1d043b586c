import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { compileWriter, crashUntil } from './crashes.js';

const writer = compileWriter();
afterAll(() => writer.remove());

test('fifty processes are killed, and no durable piece is lost, no wrong one believed, no file damaged', async () => {
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat()), async (numbers) => {
      const next = (bound: number) => numbers.next().value % bound;
      // Two downloads side by side, each with its own folder.
      const reports = await Promise.all([crashUntil(writer.script, 25, next), crashUntil(writer.script, 25, next)]);
      expect(reports.reduce((sum, { kills }) => sum + kills, 0)).toBeGreaterThanOrEqual(50);
      expect(reports.reduce((sum, { chosen }) => sum + chosen, 0)).toBeGreaterThan(0);
      expect(reports.reduce((sum, { completed }) => sum + completed, 0)).toBeGreaterThan(0);
    }),
    { numRuns: 1, endOnFailure: true },
  );
  // Processes start slowly on a busy machine.
}, 180_000);
