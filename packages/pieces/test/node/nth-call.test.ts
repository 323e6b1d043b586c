import { expect, test } from 'vitest';
import { failEvery } from './stubborn-download.js';

// One call after the other fails, until a whole download needs fewer calls than that. Each failure must be typed and
// held, no piece may be marked without its bytes, and the download must be complete when the fault is gone.

test('EIO at every call', async () => {
  expect(await failEvery('EIO', 1)).toBeGreaterThan(200);
});

// The soak takes every call for these too.
test.each(['ENOSPC', 'short'] as const)('%s at every fifth call', async (fault) => {
  expect(await failEvery(fault, 5)).toBeGreaterThan(200);
});

test.each(['EACCES', 'EMFILE', 'EROFS', 'EINTR', 'ENAMETOOLONG'] as const)('%s at every 17th call', async (fault) => {
  expect(await failEvery(fault, 17)).toBeGreaterThan(200);
});
