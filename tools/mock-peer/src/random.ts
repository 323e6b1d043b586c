/**
 * Chance that can be repeated: the same seeds give the same numbers on every machine (splitmix-style mixing of 32 bits).
 * Good enough for tests, worthless for secrets.
 *
 * @example
 * const random = new SeededRandom(42, 7);
 * random.below(6); // 0 … 5, the same in every run
 */
export class SeededRandom {
  #state: number;

  constructor(...seeds: readonly number[]) {
    this.#state = mixSeeds(seeds);
  }

  /** 32 bits. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    return mix(this.#state);
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * bound);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() / 0x1_0000_0000 < probability;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.next() & 0xff);
  }
}

/** One number out of several, order counting. */
export function mixSeeds(seeds: readonly number[]): number {
  let state = 0x2545f491;
  for (const seed of seeds) {
    // Both halves of a seed above 2^32 count.
    state = mix((state ^ seed) >>> 0);
    state = mix((state + Math.floor(seed / 0x1_0000_0000)) >>> 0);
  }
  return state;
}

/** Bijective mixing of 32 bits (the constants are those of the public-domain "lowbias32"). */
function mix(value: number): number {
  let x = value;
  x ^= x >>> 16;
  x = Math.imul(x, 0x21f0aaad);
  x ^= x >>> 15;
  x = Math.imul(x, 0x735a2d97);
  x ^= x >>> 15;
  return x >>> 0;
}
