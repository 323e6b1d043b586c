import { CORES, type Cores } from '../cores.js';
import type { Ledger } from '../ledger.js';
import { type MemberPlan, NO_FAULTS, type SimPlan } from '../sim-plan.js';
import { Simulation } from '../simulation.js';

const KIB = 1024;
const PIECE_BYTES = 16 * KIB;
/** What leeches can send, in bytes a second: a third of them each. They can take in eight times as much. */
export const UPLOAD_RATES: readonly number[] = [8 * KIB, 16 * KIB, 32 * KIB];
const SEED_RATE = 64 * KIB;
const DOWN_TO_UP = 8;
/** Looks at the whole swarm over the time that the fluid limit would take, and as often after it. */
const SAMPLES = 60;
/** A swarm that needs so many times the fluid limit is not waited for. */
const PATIENCE = 8;

/** A flash crowd: one seed, everybody else comes at once with nothing, and nothing fails. */
export interface Setting {
  readonly seed: number;
  /** Leeches; the one seed comes on top. */
  readonly peers: number;
  readonly pieces: number;
  readonly strategy?: SimPlan['strategy'];
  /** The share of leeches that never unchoke anybody, 0 to 1. */
  readonly freeRiders?: number;
  readonly cores?: Cores;
}

/** The swarm at one moment. */
export interface Sample {
  readonly atS: number;
  readonly complete: number;
  /** Copies of the piece that the fewest members have, and of a piece on average. */
  readonly rarest: number;
  readonly mean: number;
}

/** Who was how fast, and what it got for it. */
export interface Outcome {
  readonly role: 'leech' | 'free-rider';
  readonly upRate: number;
  readonly sentBytes: number;
  /** Infinity for one that did not complete in time. */
  readonly tookS: number;
}

/** What came of a setting. */
export interface Result {
  readonly peers: number;
  readonly pieces: number;
  readonly totalBytes: number;
  readonly boundS: number;
  /** Bytes a second that all members together can send. */
  readonly capacity: number;
  readonly samples: readonly Sample[];
  readonly outcomes: readonly Outcome[];
  /** Blocks that were of no use, per block that was. */
  readonly waste: number;
  /** Unchokes per leech and minute. */
  readonly churn: number;
  readonly virtualS: number;
  readonly eventCount: number;
  readonly cpuS: number;
}

/** Runs it, and looks at it while it runs. */
export function run(setting: Setting): Result {
  const plan = planOf(setting);
  const simulation = new Simulation(plan, setting.cores ?? CORES);
  const { capacity, boundS } = fluidLimit(plan);
  const began = process.cpuUsage();
  const samples: Sample[] = [];
  const leeches = simulation.members.filter(({ role }) => role !== 'seed');
  const areDone = (): boolean => leeches.every((member) => member.isComplete);
  while (!areDone() && simulation.nowMs < boundS * 1000 * PATIENCE) {
    simulation.runUntil(simulation.nowMs + (boundS * 1000) / SAMPLES);
    samples.push(look(simulation));
  }
  const cpu = process.cpuUsage(began);
  const ledgers = simulation.world.monitor.ledgers.slice(1);
  const stored = sum(ledgers, ({ storedBlocks }) => storedBlocks);
  const wasted = sum(leeches, ({ torrent }) => torrent!.status.wastedBytes) / PIECE_BYTES;
  const virtualS = simulation.nowMs / 1000;
  return {
    peers: setting.peers,
    pieces: setting.pieces,
    totalBytes: plan.totalLength,
    boundS,
    capacity,
    samples,
    outcomes: leeches.map(({ index, role }) => outcomeOf(plan.members[index]!, role, ledgers[index - 1]!)),
    waste: wasted / stored,
    churn: (sum(ledgers, ({ unchokes }) => unchokes) / ledgers.length / virtualS) * 60,
    virtualS,
    eventCount: simulation.outcome.eventCount,
    cpuS: (cpu.user + cpu.system) / 1e6,
  };
}

/**
 * Nothing can be faster (Kumar and Ross, 2006): every byte leaves the seed once, every byte reaches every peer, and all of it
 * goes through the lines of those who send.
 */
function fluidLimit({ members, totalLength }: SimPlan): { readonly capacity: number; readonly boundS: number } {
  const sending = members.filter(({ role }) => role !== 'free-rider');
  const capacity = sum(sending, ({ line }) => line.upRate);
  const slowest = Math.min(...members.slice(1).map(({ line }) => line.downRate));
  const boundS = Math.max(
    totalLength / SEED_RATE,
    totalLength / slowest,
    (totalLength * (members.length - 1)) / capacity,
  );
  return { capacity, boundS };
}

function planOf({ seed, peers, pieces, strategy = 'rarest-first', freeRiders = 0 }: Setting): SimPlan {
  const riderCount = Math.round(peers * freeRiders);
  const line = (upRate: number, downRate: number) => ({ upRate, downRate, latencyMs: 20 + (upRate % 7) * 5 });
  const members: MemberPlan[] = [{ role: 'seed', line: line(SEED_RATE, SEED_RATE), atMs: 0 }];
  for (let index = 0; index < peers; index++) {
    const upRate = UPLOAD_RATES[index % UPLOAD_RATES.length]!;
    // Spread over the classes, so that each has its share of free riders.
    const isRider = Math.floor(((index + 1) * riderCount) / peers) > Math.floor((index * riderCount) / peers);
    members.push({
      role: isRider ? 'free-rider' : 'leech',
      line: line(upRate, upRate * DOWN_TO_UP),
      atMs: index % 1000,
    });
  }
  return {
    command: undefined,
    seed,
    pieceCount: pieces,
    pieceLength: PIECE_BYTES,
    totalLength: pieces * PIECE_BYTES,
    members,
    peersMax: 20,
    uploadSlots: 4,
    strategy,
    trackers: 1,
    trackerIntervalS: 120,
    faults: NO_FAULTS,
    faultsEndMs: 0,
    healedWithinMs: 0,
    haveDelayMs: 500,
    jitterMs: 0,
    cutOneIn: 0,
    timerSlackMs: 250,
    diskMs: 2,
    flushMs: 2_000,
    recountEvery: 2 * peers,
  };
}

function look(simulation: Simulation): Sample {
  const { pieceCount } = simulation.plan;
  const copies = new Uint32Array(pieceCount);
  let complete = 0;
  for (const { torrent, role } of simulation.members) {
    if (torrent === undefined) continue;
    const { have } = torrent.inside.picker;
    if (role !== 'seed' && have.isFull) complete++;
    for (const piece of have) copies[piece]!++;
  }
  return {
    atS: simulation.nowMs / 1000,
    complete,
    rarest: Math.min(...copies),
    mean: copies.reduce((total, count) => total + count, 0) / pieceCount,
  };
}

function outcomeOf({ line }: MemberPlan, role: string, ledger: Ledger): Outcome {
  const { completedMs = Number.POSITIVE_INFINITY, startedMs, sentBytes } = ledger;
  return {
    role: role === 'free-rider' ? role : 'leech',
    upRate: line.upRate,
    sentBytes,
    tookS: (completedMs - startedMs) / 1000,
  };
}

export function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
