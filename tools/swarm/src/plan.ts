import { type Behaviour, bundledBehaviour } from '@unchoke/mock-peer';
import type { TrackerScenario } from '@unchoke/mock-tracker';

/**
 * What a swarm is made of.
 *
 * @example
 * ```ts
 * import { type Plan, planOf } from '@unchoke/swarm';
 *
 * const plan: Plan = planOf({ seeds: 1, leeches: 2, troublemakers: 0 });
 * console.assert(plan.members.length === 3);
 * ```
 */
export interface Plan {
  /** Content, chance and the order of choices follow from it. */
  readonly seed: number;
  readonly contentBytes: number;
  /** A run that takes longer has failed. */
  readonly timeoutMs: number;
  /** What leeches of ours start from. */
  readonly start: 'torrent' | 'magnet';
  /** How the tracker misbehaves; not at all without it. */
  readonly tracker?: TrackerScenario;
  readonly members: readonly MemberPlan[];
}

/** One who takes part. */
export type MemberPlan = OursPlan | MockPlan | StrangerPlan;

/** This client. */
export interface OursPlan {
  readonly type: 'ours';
  readonly name: string;
  readonly role: 'seed' | 'leech';
  readonly joinsAtMs: number;
  /** Goes when all leeches together have so much of what they want, 0 to 1. */
  readonly leavesAtShare?: number;
  /** Bytes a second. */
  readonly maxUploadRate?: number;
  readonly maxDownloadRate?: number;
}

/** A mock peer that has everything and does what its behaviour says. */
export interface MockPlan {
  readonly type: 'mock';
  readonly name: string;
  readonly behaviour: Behaviour;
}

/** A program of other people, as a leech. */
export interface StrangerPlan {
  readonly type: 'stranger';
  readonly name: string;
  readonly program: string;
}

/** What a plan can be made from. */
export interface Numbers {
  readonly seed: number;
  readonly contentBytes: number;
  readonly seeds: number;
  readonly leeches: number;
  readonly troublemakers: number;
  readonly timeoutMs: number;
  /** Upload of each seed in bytes a second; 0 is without a limit. */
  readonly seedRate: number;
}

const MIB = 2 ** 20;
/** A seed's upload, so that a run of ordinary size can be watched: some 20 seconds. */
const WATCHABLE_RATE = 2 * MIB;

/** So many times what the seeds alone need for one copy; without a limit they give at least this much. */
const PATIENCE = { times: 4, seedRate: 10 * MIB } as const;

export const DEFAULTS: Numbers = {
  seed: 1,
  contentBytes: 64 * MIB,
  seeds: 3,
  leeches: 4,
  troublemakers: 3,
  timeoutMs: 120_000,
  seedRate: WATCHABLE_RATE,
};

/** What troublemakers do in turn, and what to call them. */
const TROUBLES = [
  { behaviour: 'poison-all', name: 'corrupts' },
  { behaviour: 'serve-then-stall', name: 'stalls' },
  { behaviour: 'unrequested-piece', name: 'violates' },
] as const;

/**
 * A plan from numbers.
 *
 * @example
 * ```ts
 * import { planOf } from '@unchoke/swarm';
 *
 * const { members } = planOf({ seeds: 1, leeches: 1, troublemakers: 1 });
 * console.log(members.map(({ name }) => name).join()); // seed 1,corrupts 1,leech 1
 * ```
 */
export function planOf(asked: Partial<Numbers> & Pick<Partial<Plan>, 'start'>): Plan {
  const { seed, contentBytes, seeds, leeches, troublemakers, seedRate } = { ...DEFAULTS, ...asked };
  const copyMs = (contentBytes / (seeds * seedRate || PATIENCE.seedRate)) * 1000;
  const timeoutMs = asked.timeoutMs ?? Math.max(DEFAULTS.timeoutMs, Math.ceil(copyMs * PATIENCE.times));
  const members: MemberPlan[] = [
    ...numbered(seeds, (number) => ours(`seed ${number}`, 'seed', seedRate > 0 ? { maxUploadRate: seedRate } : {})),
    ...numbered(troublemakers, (number) => {
      const { behaviour, name } = TROUBLES[(number - 1) % TROUBLES.length]!;
      const called = `${name} ${Math.ceil(number / TROUBLES.length)}`;
      return { type: 'mock', name: called, behaviour: bundledBehaviour(behaviour) } as const;
    }),
    ...numbered(leeches, (number) => ours(`leech ${number}`, 'leech', {})),
  ];
  return { seed, contentBytes, timeoutMs, start: asked.start ?? 'torrent', members };
}

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

function ours(name: string, role: OursPlan['role'], more: Partial<OursPlan>): OursPlan {
  return { type: 'ours', name, role, joinsAtMs: 0, ...more };
}

function numbered<T>(count: number, make: (number: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index + 1));
}
