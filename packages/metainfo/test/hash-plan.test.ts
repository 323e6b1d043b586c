import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jobBytesFor, type PlacedFile, planJobs } from '../src/node/hash-plan.js';

test('jobs are whole pieces in order, and their spans are every byte once', () => {
  const lengths = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5000 })), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(
      lengths,
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 3000 }),
      (sizes, pieceLength, jobBytes) => {
        let total = 0;
        const files = sizes.map((length, index): PlacedFile => {
          const found = { names: [String(index)], location: String(index), length, modifiedMs: 0 };
          total += length;
          return { found, offset: total - length, length };
        });
        let position = 0;
        for (const job of planJobs(files, pieceLength, 'v1', jobBytes)) {
          expect(job.firstPiece * pieceLength).toBe(position);
          for (const span of job.spans) {
            const file = files[Number(span.location)]!;
            expect(file.offset + span.offset).toBe(position);
            expect(span.offset + span.length).toBeLessThanOrEqual(file.length);
            expect(span.length).toBeGreaterThan(0);
            position += span.length;
          }
          expect(position === total || position % pieceLength === 0).toBe(true);
        }
        expect(position).toBe(total);
      },
    ),
  );
});

test('there are some jobs for each worker, of bounded size', () => {
  expect(jobBytesFor(2 ** 40, 8)).toBe(16 * 2 ** 20);
  expect(jobBytesFor(64 * 2 ** 20, 8)).toBe(2 * 2 ** 20);
  expect(jobBytesFor(1, 8)).toBe(2 ** 20);
  expect(jobBytesFor(2 ** 20, 0)).toBe(2 ** 20);
});
