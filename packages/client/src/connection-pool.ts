import { LIMITS } from './limits.js';
import { RateLimit } from './rate-limit.js';

interface Holding {
  connections: number;
  opening: number;
  /** It was told to give one up, and has not yet. */
  isAskedForRoom: boolean;
}

/** What somebody should be told, as something has changed by what another one did. */
export interface Errand<Member> {
  readonly member: Member;
  /** There may be room now for what it waits for; or it holds more than its share, and others have less. */
  readonly type: 'look-again' | 'make-room';
}

/**
 * The connections of all torrents together. Whoever waits stands in a line and gets the next place; when all places are taken,
 * who holds more than an even share gives one up for who holds less.
 */
export class ConnectionPool<Member> {
  readonly #peersMax: number;
  readonly #halfOpenMax: number;
  readonly #dialRate = new RateLimit<Member>(undefined, 1);
  readonly #holdings = new Map<Member, Holding>();
  readonly #line = new Set<Member>();
  #errands: Errand<Member>[] = [];
  #connections = 0;
  #opening = 0;

  constructor(peersMax: number, halfOpenMax: number) {
    this.#peersMax = peersMax;
    this.#halfOpenMax = halfOpenMax;
    // In force for ever: what may gather in a pause is there from the start.
    this.#dialRate.setRate(LIMITS.dialsPerSecond, Number.NEGATIVE_INFINITY);
  }

  get connections(): number {
    return this.#connections;
  }

  get opening(): number {
    return this.#opening;
  }

  connectionsOf(member: Member): number {
    return this.#holdings.get(member)?.connections ?? 0;
  }

  /** Takes a place for a dial, or one in the line. */
  mayDial(member: Member, nowMs: number): boolean {
    if (!this.#hasRoomFor(member)) {
      this.#line.add(member);
      if (this.#connections >= this.#peersMax) this.#askForRoom(member);
      return false;
    }
    this.#line.delete(member);
    return this.#dial(member, nowMs);
  }

  /** Whether nobody waits and half of all places are free. */
  get isCalm(): boolean {
    const isWaitedFor = this.#line.size > 0 || this.#dialRate.first !== undefined;
    return !isWaitedFor && this.#connections * 2 < this.#peersMax && this.#opening * 2 < this.#halfOpenMax;
  }

  /** Takes a place for a dial of who can do without: only while all is calm. It stands in no line. */
  mayDialAside(member: Member, nowMs: number): boolean {
    if (!this.isCalm) return false;
    const isDialling = this.#dial(member, nowMs);
    this.#dialRate.leave(member);
    return isDialling;
  }

  #dial(member: Member, nowMs: number): boolean {
    if (!this.#dialRate.take(member, 1, nowMs)) return false;
    this.#hold(member).opening++;
    this.#opening++;
    return true;
  }

  /** Takes a place for a connection that is there already. When all are taken, only for who has less than its share. */
  mayAccept(member: Member): boolean {
    if (this.#connections >= this.#peersMax && !this.#askForRoom(member)) return false;
    this.accept(member);
    return true;
  }

  /** Takes a place in any case: another one of the same member goes. */
  accept(member: Member): void {
    this.#hold(member);
  }

  /** A dial got through. */
  opened(member: Member): void {
    this.#holdings.get(member)!.opening--;
    this.#opening--;
    this.#wakeNext();
  }

  left(member: Member, wasOpening: boolean): void {
    const holding = this.#holdings.get(member)!;
    holding.isAskedForRoom = false;
    holding.connections--;
    this.#connections--;
    if (wasOpening) {
      holding.opening--;
      this.#opening--;
    }
    if (holding.connections === 0) this.#holdings.delete(member);
    this.#wakeNext();
  }

  /** It waits for nothing any more. */
  withdraw(member: Member): void {
    this.#dialRate.leave(member);
    if (this.#line.delete(member)) this.#wakeNext();
  }

  /** When a member that is held back by the rate of dials alone may ask again. */
  readyMs(member: Member, nowMs: number): number {
    return this.#dialRate.readyMsOf(member, nowMs);
  }

  takeErrands(): readonly Errand<Member>[] {
    const errands = this.#errands;
    if (errands.length > 0) this.#errands = [];
    return errands;
  }

  #hold(member: Member): Holding {
    const holding = this.#holdings.get(member) ?? { connections: 0, opening: 0, isAskedForRoom: false };
    this.#holdings.set(member, holding);
    holding.connections++;
    this.#connections++;
    return holding;
  }

  get #freeCount(): number {
    return Math.min(this.#peersMax - this.#connections, this.#halfOpenMax - this.#opening);
  }

  #hasRoomFor(member: Member): boolean {
    let before = 0;
    for (const other of this.#line) {
      if (other === member) break;
      before++;
    }
    return this.#freeCount > before;
  }

  #wakeNext(): void {
    let free = this.#freeCount;
    for (const member of this.#line) {
      if (free-- <= 0) return;
      if (this.#errands.some((errand) => errand.member === member && errand.type === 'look-again')) continue;
      this.#errands.push({ member, type: 'look-again' });
    }
  }

  /** True when somebody gives up a place for it. */
  #askForRoom(member: Member): boolean {
    const contenders = new Set([...this.#holdings.keys(), ...this.#line, member]);
    const share = Math.max(1, Math.floor(this.#peersMax / contenders.size));
    if (this.connectionsOf(member) >= share) return false;
    let greediest: Member | undefined;
    for (const [other, { connections, isAskedForRoom }] of this.#holdings) {
      if (isAskedForRoom || connections <= share) continue;
      if (greediest === undefined || connections > this.connectionsOf(greediest)) greediest = other;
    }
    if (greediest === undefined) return false;
    this.#holdings.get(greediest)!.isAskedForRoom = true;
    this.#errands.push({ member: greediest, type: 'make-room' });
    return true;
  }
}
