/** What a swarm is made of. */
export interface Plan {
  /** Roles, content and chance follow from it. */
  readonly seed: number;
  readonly contentBytes: number;
  readonly seeds: number;
  readonly leeches: number;
  readonly troublemakers: number;
  /** A run that takes longer has failed. */
  readonly timeoutMs: number;
}

export const DEFAULT_PLAN: Plan = {
  seed: 1,
  contentBytes: 64 * 2 ** 20,
  seeds: 3,
  leeches: 4,
  troublemakers: 3,
  timeoutMs: 120_000,
};

/** Behaviours of mock-peer that the troublemakers take in turn, and what to call them. */
export const TROUBLES = [
  { behaviour: 'poison-all', name: 'corrupts' },
  { behaviour: 'serve-then-stall', name: 'stalls' },
  { behaviour: 'unrequested-piece', name: 'violates' },
] as const;

/** Chance from a number, the same on every machine (the steps of xorshift32). */
export function chanceFrom(seed: number): (bound: number) => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}
