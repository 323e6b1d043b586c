import { seededRandom } from '@unchoke/mock-tracker';
import type { Role } from './role.js';

/** How often each fault strikes, in the whole swarm, per minute of virtual time; 0 is off. */
export interface FaultPlan {
  /** A connection breaks. */
  readonly resets: number;
  /** Nothing arrives over one connection, or at one host, for a while. */
  readonly clogs: number;
  /** The hosts fall into two sides that cannot reach each other. */
  readonly partitions: number;
  /** A random part of the hosts is clogged one by one, and freed again in another order. */
  readonly swizzles: number;
  readonly trackerOutages: number;
  /** A disk takes nothing more for a while. */
  readonly fullDisks: number;
  readonly slowDisks: number;
  /** The nth call of a disk fails. */
  readonly failingCalls: number;
  /** Pieces that were verified are gone. */
  readonly lostPieces: number;
  /** A member loses its power and comes back with whatever was durable. */
  readonly crashes: number;
  /** A verified piece stands wrong on a disk, and is sent so, until somebody looks at the files. */
  readonly rottenPieces: number;
}

/** One line: how fast it is, in bytes a second, and how far away. */
export interface LinePlan {
  readonly upRate: number;
  readonly downRate: number;
  readonly latencyMs: number;
}

/** Who takes part. */
export interface MemberPlan {
  readonly role: Role;
  readonly line: LinePlan;
  /** When it comes. */
  readonly atMs: number;
}

/** One run, whole: everything else follows from it and the commit. */
export interface SimPlan {
  /** What gives this plan again on this commit; of one that no seed gives, nothing. */
  readonly command: string | undefined;
  readonly seed: number;
  readonly pieceCount: number;
  readonly pieceLength: number;
  readonly totalLength: number;
  readonly members: readonly MemberPlan[];
  readonly peersMax: number;
  readonly uploadSlots: number;
  readonly strategy: 'rarest-first' | 'sequential' | 'random';
  readonly trackers: number;
  readonly trackerIntervalS: number;
  readonly faults: FaultPlan;
  /** Until then faults strike; after it everything heals, and everybody has to complete. */
  readonly faultsEndMs: number;
  /** So much later at the latest. */
  readonly healedWithinMs: number;
  readonly haveDelayMs: number;
  readonly jitterMs: number;
  readonly cutOneIn: number;
  readonly timerSlackMs: number;
  readonly diskMs: number;
  readonly flushMs: number;
  readonly recountEvery: number;
}

export const NO_FAULTS: FaultPlan = {
  resets: 0,
  clogs: 0,
  partitions: 0,
  swizzles: 0,
  trackerOutages: 0,
  fullDisks: 0,
  slowDisks: 0,
  failingCalls: 0,
  lostPieces: 0,
  crashes: 0,
  rottenPieces: 0,
};

/** What can go wrong. */
export const FAULTS = Object.keys(NO_FAULTS) as readonly (keyof FaultPlan)[];

/** A rate for each of them. */
export function faultPlan(rateOf: (fault: keyof FaultPlan) => number): FaultPlan {
  return Object.fromEntries(FAULTS.map((fault) => [fault, rateOf(fault)])) as Record<keyof FaultPlan, number>;
}

/** How often a fault strikes at most, where it strikes at all. */
const FAULTS_MAX: FaultPlan = {
  resets: 12,
  clogs: 8,
  partitions: 1,
  swizzles: 1,
  trackerOutages: 0.5,
  fullDisks: 2,
  slowDisks: 2,
  failingCalls: 4,
  lostPieces: 1,
  crashes: 2,
  rottenPieces: 1,
};

/** Added to the seed where rot is drawn: so the rest of each plan is what it was before anything rotted. */
const ROT_CHANCE = 2 ** 49;

/** Whom nobody can rely on. */
export const HOSTILE: readonly Role[] = ['corrupter', 'sly-corrupter', 'staller', 'free-rider', 'breaker'];
const PIECES_DRAWN_MAX = 40;
const KIB = 1024;
const BLOCK_BYTES = 16 * KIB;
const MINUTE_MS = 60_000;

/** A run with everything drawn from the seed. Each fault is off in about half of them: a fault hides behind another. */
export function drawPlan(
  seed: number,
  size: { readonly peers?: number | undefined; readonly pieces?: number | undefined } = {},
): SimPlan {
  const draw = seededRandom(seed);
  const between = (least: number, most: number): number => least + draw(most - least + 1);
  const oneOf = <T>(items: readonly T[]): T => items[draw(items.length)]!;
  // Always drawn, so that the rest of the plan does not depend on whether it was given.
  const drawnMembers = between(2, 12);
  const drawnPieces = between(1, PIECES_DRAWN_MAX);
  const memberCount = size.peers ?? drawnMembers;
  const pieceCount = size.pieces ?? drawnPieces;
  const pieceLength = oneOf([1000, BLOCK_BYTES, BLOCK_BYTES, 2 * BLOCK_BYTES, 3 * BLOCK_BYTES, 40_000]);
  const totalLength = (pieceCount - 1) * pieceLength + between(1, pieceLength);
  // So that there is as much virtual time in a large content as in one that is drawn: faults and waits, not waiting alone.
  const slowest = oneOf([4, 16, 64, 512]) * KIB * Math.max(1, pieceCount / PIECES_DRAWN_MAX);
  const line = (): LinePlan => {
    const upRate = slowest * oneOf([1, 1, 2, 4]);
    return { upRate, downRate: upRate * oneOf([2, 4, 16]), latencyMs: between(1, 120) };
  };
  const hostileShare = oneOf([0, 0, 1, 2, 3]);
  const members = Array.from({ length: memberCount }, (_, index): MemberPlan => {
    const isHostile = index > 0 && draw(10) < hostileShare;
    const isSeed = index === 0 || draw(8) === 0;
    const role = isHostile ? oneOf(HOSTILE) : isSeed ? 'seed' : 'leech';
    return { role, line: line(), atMs: index === 0 ? 0 : draw(oneOf([1, 5_000, 60_000])) };
  });
  const drawnFaults = faultPlan((fault) => {
    if (fault === 'rottenPieces') return 0;
    return draw(2) === 0 ? 0 : (FAULTS_MAX[fault] * between(1, 10)) / 10;
  });
  const drawRot = seededRandom(seed + ROT_CHANCE);
  const rottenPieces = drawRot(2) === 0 ? 0 : (FAULTS_MAX.rottenPieces * (1 + drawRot(10))) / 10;
  const faults = { ...drawnFaults, rottenPieces };
  const faultsEndMs = between(1, 10) * MINUTE_MS;
  return {
    command: `npm run sim -- --seed ${seed} --peers ${memberCount} --pieces ${pieceCount}`,
    seed,
    pieceCount,
    pieceLength,
    totalLength,
    members,
    peersMax: between(3, 16),
    uploadSlots: between(1, 4),
    strategy: oneOf(['rarest-first', 'rarest-first', 'sequential', 'random']),
    trackers: between(1, 2),
    trackerIntervalS: oneOf([60, 120]),
    faults,
    faultsEndMs,
    healedWithinMs: 60 * MINUTE_MS + 8 * transferMs(totalLength, slowest),
    haveDelayMs: oneOf([0, 0, 500]),
    jitterMs: oneOf([0, 5, 80]),
    cutOneIn: oneOf([0, 1, 4]),
    timerSlackMs: memberCount > 40 ? 50 : oneOf([0, 20]),
    diskMs: oneOf([1, 5, 40, 400]),
    flushMs: oneOf([100, 2_000]),
    recountEvery: 16 * Math.ceil((memberCount * pieceCount) / 1000),
  };
}

function transferMs(bytes: number, rate: number): number {
  return (bytes / rate) * 1000;
}
