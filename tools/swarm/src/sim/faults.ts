import type { PieceIndex } from '@unchoke/pieces';
import type { Member, World } from './member.js';
import type { FaultPlan } from './sim-plan.js';
import type { Host } from './virtual-network.js';

const MINUTE_MS = 60_000;

/** Lets faults strike by chance, at the rates of the plan, until it is told to stop; then undoes what can be undone. */
export class Faults {
  readonly #world: World;
  readonly #members: readonly Member[];
  readonly #random: (bound: number) => number;
  /** What ends the faults that last now. */
  readonly #cures = new Set<() => void>();
  #isOver = false;

  constructor(world: World, members: readonly Member[], plan: FaultPlan, randomBelow: (bound: number) => number) {
    this.#world = world;
    this.#members = members;
    this.#random = randomBelow;
    const strikes: Readonly<Record<keyof FaultPlan, () => void>> = {
      resets: () => this.#reset(),
      clogs: () => this.#clog(),
      partitions: () => this.#partition(),
      swizzles: () => this.#swizzle(),
      trackerOutages: () => this.#silenceTracker(),
      fullDisks: () => this.#pickOnline()?.disk.faultFor(this.#seconds(60), 'ENOSPC: no space left'),
      slowDisks: () => this.#slowDisk(),
      failingCalls: () => this.#failCall(),
      lostPieces: () => this.#losePieces(),
      crashes: () => this.#crash(),
      rottenPieces: () => this.#rot(),
    };
    for (const [fault, strike] of Object.entries(strikes)) {
      const perMinute = plan[fault as keyof FaultPlan];
      if (perMinute > 0) this.#repeat(MINUTE_MS / perMinute, strike, fault);
    }
  }

  /** No more faults, and everything that was cut off is there again. */
  heal(): void {
    this.#isOver = true;
    for (const cure of [...this.#cures]) cure();
  }

  /** Times between strikes are exponential: sometimes two at once, sometimes none for long. */
  #repeat(meanMs: number, strike: () => void, fault: string): void {
    const waitMs = -Math.log((this.#random(1_000_000) + 1) / 1_000_001) * meanMs;
    this.#world.time.after(waitMs, () => {
      if (this.#isOver) return;
      this.#world.trace.note(this.#world.time.nowMs, -1, fault, 0, 0);
      strike();
      this.#repeat(meanMs, strike, fault);
    });
  }

  /** Done and, after a while or at the end of all faults, undone. */
  #last(durationMs: number, undo: () => void): void {
    const cure = (): void => {
      if (this.#cures.delete(cure)) undo();
    };
    this.#cures.add(cure);
    this.#world.time.after(durationMs, cure);
  }

  #reset(): void {
    const sockets = [...(this.#pick()?.sockets.values() ?? [])];
    const socket = sockets[this.#random(Math.max(1, sockets.length))];
    if (socket !== undefined) this.#world.network.reset(socket);
  }

  #clog(): void {
    const member = this.#pick();
    if (member === undefined) return;
    const sockets = [...member.sockets.values()];
    const target =
      this.#random(2) === 0 ? member.host : (sockets[this.#random(Math.max(1, sockets.length))] ?? member.host);
    this.#world.network.clog(target);
    this.#last(this.#seconds(40), () => this.#world.network.unclog(target));
  }

  #partition(): void {
    if (this.#members.some(({ host }) => host.side !== 0)) return;
    const hosts = this.#someHosts();
    const undo = this.#world.network.partition(hosts, 1);
    this.#last(this.#seconds(90), undo);
  }

  /** The order in which things come back finds what the order in which they go does not. */
  #swizzle(): void {
    const hosts = this.#someHosts();
    for (const [index, host] of hosts.entries()) {
      this.#world.time.after(index * this.#seconds(4), () => {
        if (this.#isOver) return;
        this.#world.network.clog(host);
        const restMs = (hosts.length - index) * 1000;
        this.#last(restMs + this.#seconds(30), () => this.#world.network.unclog(host));
      });
    }
  }

  #silenceTracker(): void {
    const { trackers } = this.#world;
    const tracker = trackers[this.#random(trackers.length)]!;
    tracker.outageKind = this.#random(2) === 0 ? 'refuse' : 'silence';
    tracker.outages++;
    this.#last(this.#seconds(300), () => {
      tracker.outages--;
    });
  }

  #slowDisk(): void {
    const disk = this.#pickOnline()?.disk;
    if (disk === undefined) return;
    disk.slowness = 10 + this.#random(500);
    this.#last(this.#seconds(60), () => {
      disk.slowness = 1;
    });
  }

  #failCall(): void {
    const disk = this.#pickOnline()?.disk;
    if (disk === undefined) return;
    disk.failAfter = 1 + this.#random(50);
    this.#last(this.#seconds(60), () => {
      disk.failAfter = Number.POSITIVE_INFINITY;
    });
  }

  /** Never of the first member: it is the one full copy that a swarm can be healed with. */
  #losePieces(): void {
    const member = this.#pickOnline();
    if (member === undefined || member.index === 0) return;
    const { pieceCount } = this.#world.content.geometry;
    const pieces = Array.from({ length: 1 + this.#random(3) }, () => this.#random(pieceCount) as PieceIndex);
    member.lose([...new Set(pieces)]);
  }

  /** Found when somebody looks at the files, at the latest when everything heals. Never of the first member, either. */
  #rot(): void {
    const member = this.#pickOnline();
    if (member === undefined || member.index === 0) return;
    member.rot(this.#random(this.#world.content.geometry.pieceCount) as PieceIndex);
    this.#last(this.#seconds(300), () => member.findRot());
  }

  #crash(): void {
    const member = this.#pickOnline();
    if (member === undefined) return;
    member.crash();
    this.#last(this.#seconds(60), () => member.start([]));
  }

  #someHosts(): readonly Host[] {
    const hosts = this.#members.map(({ host }) => host);
    for (let index = hosts.length - 1; index > 0; index--) {
      const other = this.#random(index + 1);
      [hosts[index], hosts[other]] = [hosts[other]!, hosts[index]!];
    }
    return hosts.slice(0, 1 + this.#random(Math.max(1, hosts.length - 1)));
  }

  #pick(): Member | undefined {
    return this.#members[this.#random(this.#members.length)];
  }

  #pickOnline(): Member | undefined {
    const online = this.#members.filter(({ torrent }) => torrent !== undefined);
    return online[this.#random(Math.max(1, online.length))];
  }

  /** Up to so many seconds; short ones are likelier. */
  #seconds(most: number): number {
    return 100 + this.#random(1 + this.#random(most * 1000));
  }
}
