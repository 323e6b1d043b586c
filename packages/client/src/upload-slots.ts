import { LIMITS } from './limits.js';

const KIB = 1024;

/**
 * How many peers to upload to at once: few when little may be given, so that each gets enough to give something back, and
 * more as there is more. The steps are those of the first client; without a limit it is `LIMITS.uploadSlots`.
 */
export function uploadSlotsFor(bytesPerSecond: number): number {
  if (bytesPerSecond === Number.POSITIVE_INFINITY) return LIMITS.uploadSlots;
  const kib = bytesPerSecond / KIB;
  if (kib < 9) return 2;
  if (kib < 15) return 3;
  if (kib < 42) return 4;
  return Math.min(LIMITS.uploadSlotsMax, Math.floor(Math.sqrt(kib * 0.6)));
}
