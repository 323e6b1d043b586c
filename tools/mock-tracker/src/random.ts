/** A whole number from 0 to bound - 1, each as likely. */
export type RandomBelow = (bound: number) => number;

/**
 * Chance that can be repeated: the same seed gives the same numbers on every machine. Not for secrets.
 *
 * @example
 * ```ts
 * import { seededRandom } from '@unchoke/mock-tracker';
 * const randomBelow = seededRandom(7);
 * console.log(randomBelow(6) === seededRandom(7)(6)); // true
 * ```
 */
export function seededRandom(seed: number): RandomBelow {
  // sfc32 (C. Doty-Humphrey, PractRand): 128 bits of state, a few integer operations per number.
  let a = seed | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) next();
  // Scaling instead of rejection: with bounds below 2^20 no value is preferred by more than one part in 4,096.
  return (bound) => Math.floor((next() / 2 ** 32) * bound);
}
