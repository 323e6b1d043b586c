import { expect, test } from 'vitest';
import { failEvery } from './stubborn-download.js';

// One call after the other fails, until a whole download needs fewer calls than that. Each failure must be typed and
// held, no piece may be marked without its bytes, and the download must be complete when the fault is gone. The faults
// take turns here, so that every call fails in one way; the soak lets every call fail in every way.
const faults = ['ENOSPC', 'EIO', 'EACCES', 'EMFILE', 'EROFS', 'EINTR', 'ENAMETOOLONG', 'short'] as const;

test.each(faults.map((fault, index) => [fault, index + 1] as const))(
  '%s at call %i and every eighth after it',
  async (fault, first) => {
    expect(await failEvery(fault, first, faults.length)).toBeGreaterThan(200);
  },
);
