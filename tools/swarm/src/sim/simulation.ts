import { seededRandom } from '@unchoke/mock-tracker';
import { Content } from './content.js';
import { CORES, type Cores } from './cores.js';
import { type Check, SimFailure } from './failure.js';
import { Faults } from './faults.js';
import { Member, type World } from './member.js';
import { Monitor } from './monitor.js';
import type { SimPlan } from './sim-plan.js';
import { Trace } from './trace.js';
import { Host, VirtualNetwork } from './virtual-network.js';
import { VirtualTime } from './virtual-time.js';
import { VirtualTracker } from './virtual-tracker.js';

/** How a run ended. */
export interface SimOutcome {
  readonly hash: string;
  readonly eventCount: number;
  readonly recountCount: number;
  readonly virtualMs: number;
  readonly isComplete: boolean;
}

const INFO_HASH = new Uint8Array(20).fill(0xab);
const PORT = 6881;

/** One swarm from its plan: the same plan and commit, the same run, to the last event. */
export class Simulation {
  readonly plan: SimPlan;
  readonly members: Member[] = [];
  readonly world: World;
  readonly #faults: Faults;
  #laggard: Member | undefined;

  constructor(plan: SimPlan, cores: Cores = CORES) {
    this.plan = plan;
    const time = new VirtualTime();
    const trace = new Trace();
    const content = new Content(plan.seed, plan);
    const randomBelow = seededRandom(plan.seed + 0x51_0000_0000);
    const fail = (check: Check, problem: string): never => this.#fail(check, problem);
    const network = new VirtualNetwork(time, randomBelow, plan);
    const trackers = Array.from({ length: plan.trackers }, (_, index) => {
      const terms = { latencyMs: 40, intervalS: plan.trackerIntervalS, numWantMax: 50 };
      return new VirtualTracker(`http://11.255.0.${index + 1}/announce`, time, randomBelow, terms);
    });
    let keys = 0;
    const monitor = new Monitor(content.geometry, plan, () => time.nowMs, fail);
    const nextPeerKey = (): number => ++keys;
    this.world = {
      cores,
      time,
      trace,
      content,
      network,
      trackers,
      monitor,
      infoHash: INFO_HASH,
      randomBelow,
      nextPeerKey,
      terms: plan,
    };
    for (const [index, { role, line, atMs }] of plan.members.entries()) {
      const member = new Member(index, role, this.world, seededRandom(plan.seed + (index + 1) * 2 ** 33));
      const { upRate, downRate, latencyMs } = line;
      const address = { host: `11.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, port: PORT };
      member.host = new Host(address, { upRate: upRate / 1000, downRate: downRate / 1000, latencyMs }, member);
      member.host.isOnline = false;
      this.members.push(member);
      network.add(member.host);
      monitor.meets(member);
      time.at(atMs, () => {
        monitor.ledgers[index]!.startedMs = time.nowMs;
        member.start([]);
      });
    }
    this.#faults = new Faults(this.world, this.members, plan.faults, seededRandom(plan.seed + 2 ** 50));
  }

  get nowMs(): number {
    return this.world.time.nowMs;
  }

  /** Every honest member has everything. One that has not is remembered, and looked at first the next time. */
  get isComplete(): boolean {
    if (this.#laggard?.isAwaited === true) return false;
    this.#laggard = this.members.find(({ isAwaited }) => isAwaited);
    return this.#laggard === undefined;
  }

  /** Faults, then healing, then everybody has to complete. Stopped earlier, it is the same run as far as that time. */
  run(untilMs: number = Number.POSITIVE_INFINITY): SimOutcome {
    const { faultsEndMs, healedWithinMs } = this.plan;
    this.#sufferUntil(Math.min(untilMs, faultsEndMs));
    const endMs = Math.max(faultsEndMs, ...this.plan.members.map(({ atMs }) => atMs)) + healedWithinMs;
    const isComplete = this.runUntil(Math.min(untilMs, endMs), () => this.isComplete);
    if (!isComplete && untilMs >= endMs) this.#fail('everybody completes', this.#laggards());
    return this.outcome;
  }

  #sufferUntil(endMs: number): void {
    this.runUntil(endMs);
    if (endMs === this.plan.faultsEndMs) this.#faults.heal();
  }

  /** True when the condition came to hold; without one, or when time was up before, false. */
  runUntil(endMs: number, isDone: () => boolean = () => false): boolean {
    const { time } = this.world;
    for (let steps = 1; ; steps++) {
      if (steps % 64 === 0 && isDone()) return true;
      if (!this.#step(time, endMs)) return isDone();
    }
  }

  /** What a core throws is a failure like any other: it has to live with whatever comes. */
  #step(time: VirtualTime, endMs: number): boolean {
    try {
      return time.step(endMs);
    } catch (error) {
      if (error instanceof SimFailure) throw error;
      return this.#fail('no exception', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }

  get outcome(): SimOutcome {
    const { trace, monitor, time } = this.world;
    const { hash, eventCount } = trace;
    const { isComplete } = this;
    return { hash, eventCount, recountCount: monitor.recountCount, virtualMs: time.nowMs, isComplete };
  }

  #laggards(): string {
    const late = this.members.filter(({ isAwaited }) => isAwaited);
    return late
      .map(({ name, torrent }) => {
        if (torrent === undefined) return `${name} is off`;
        const { haveCount, pieceCount, why, peers } = torrent.status;
        return `${name} has ${haveCount} of ${pieceCount} pieces and ${peers.length} peers: ${why || 'no reason is known'}`;
      })
      .join('; ');
  }

  /** Everything that happens, as text, while it happens. */
  watch(tell: (line: string) => void): void {
    this.world.trace.watch = tell;
  }

  #fail(check: Check, problem: string): never {
    const { seed, command } = this.plan;
    const { trace, time } = this.world;
    const again = command === undefined ? 'run the same again' : `${command} --until ${Math.ceil(time.nowMs)} --trace`;
    throw new SimFailure(check, problem, { seed, virtualMs: time.nowMs, events: trace.last(), again });
  }
}
