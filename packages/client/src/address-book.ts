import { LIMITS } from './limits.js';
import { PeerScore } from './peer-score.js';
import type { RandomBelow } from './random.js';

/**
 * Where a peer may be reached.
 *
 * @example
 * ```ts
 * import type { PeerAddress } from '@unchoke/client';
 *
 * const address: PeerAddress = { host: '127.0.0.1', port: 6881 };
 * console.assert(address.port === 6881);
 * ```
 */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** How a connection went: `useless` is one that was greeted and ended without a block; `ourselves` answered to our own dial. */
export type DialOutcome = 'worked' | 'useless' | 'failed' | 'ourselves';

interface Entry {
  readonly address: PeerAddress;
  readonly score: PeerScore;
  failures: number;
  /** Of those, how many were no handshake at all, in a row. */
  misses: number;
  notBeforeMs: number;
  isInUse: boolean;
  /** It wanted nothing any more when we parted. */
  isSated: boolean;
}

/**
 * The addresses that could be dialled: each once, with a growing pause after each failure, a bounded number in all. Who is
 * banned is banned by host, so that another port does not help.
 */
export class AddressBook {
  readonly #entries = new Map<string, Entry>();
  readonly #banned = new Set<string>();
  /** Addresses that were given up, and until when nobody's word brings them back. */
  readonly #givenUp = new Map<string, number>();
  #nowMs = 0;
  readonly #randomBelow: RandomBelow;
  /** Those that want nothing any more are passed over. */
  #seeksTakers = false;
  /** Nothing may be dialled before this time: no need to look. */
  #idleUntilMs = 0;
  /** The next time at which one may be dialled, infinite for none; undefined once something has changed. */
  #nextMs: number | undefined;

  constructor(randomBelow: RandomBelow) {
    this.#randomBelow = randomBelow;
  }

  get size(): number {
    return this.#entries.size;
  }

  isBanned(address: PeerAddress): boolean {
    return this.#banned.has(banIdOf(address));
  }

  /** Whether only those are worth a dial that may want something of us: two that want nothing would part at once. */
  seekTakers(seeksTakers: boolean): void {
    if (seeksTakers === this.#seeksTakers) return;
    this.#seeksTakers = seeksTakers;
    this.#idleUntilMs = 0;
    this.#nextMs = undefined;
  }

  /** False when it is known, banned, given up a while ago, or there is no room. */
  add(address: PeerAddress): boolean {
    const id = idOf(address);
    if ((this.#givenUp.get(id) ?? 0) > this.#nowMs) return false;
    if (this.#entries.has(id) || this.isBanned(address) || this.#entries.size >= LIMITS.candidatesMax) return false;
    this.#givenUp.delete(id);
    const fresh = { failures: 0, misses: 0, notBeforeMs: 0, isInUse: false, isSated: false };
    this.#entries.set(id, { address, score: new PeerScore(), ...fresh });
    this.#idleUntilMs = 0;
    return true;
  }

  /** Whether there is an address to dial. */
  hasDue(nowMs: number): boolean {
    this.#nowMs = nowMs;
    if (nowMs < this.#idleUntilMs) return false;
    for (const entry of this.#entries.values()) if (this.#isFree(entry) && entry.notBeforeMs <= nowMs) return true;
    this.#idleUntilMs = this.nextMs(nowMs) ?? Number.POSITIVE_INFINITY;
    return false;
  }

  /** The next address to dial, now in use: who failed least, and of those who was best, and has rested longest. */
  take(nowMs: number): PeerAddress | undefined {
    this.#nowMs = nowMs;
    if (nowMs < this.#idleUntilMs) return undefined;
    let best: Entry | undefined;
    let bestScore = 0;
    for (const entry of this.#entries.values()) {
      if (!this.#isFree(entry) || entry.notBeforeMs > nowMs) continue;
      if (best !== undefined && entry.failures > best.failures) continue;
      const score = entry.score.at(nowMs);
      if (best !== undefined && !isBetter(entry, score, best, bestScore)) continue;
      best = entry;
      bestScore = score;
    }
    if (best === undefined) return undefined;
    best.isInUse = true;
    return best.address;
  }

  /** This address is that of somebody who is connected already; false when it was in use before. */
  claim(address: PeerAddress): boolean {
    this.#givenUp.delete(idOf(address));
    this.add(address);
    const entry = this.#entries.get(idOf(address));
    if (entry === undefined || entry.isInUse) return false;
    entry.isInUse = true;
    this.#nextMs = undefined;
    return true;
  }

  /** What is remembered of whoever is there. */
  scoreOf(address: PeerAddress): PeerScore {
    return this.#entries.get(idOf(address))?.score ?? new PeerScore();
  }

  /**
   * The connection is over. One that worked may come again soon, any other has to wait, longer each time. Only who does not
   * speak to us is forgotten: a seed that is full greets and closes, and may be the only one there is.
   */
  release(address: PeerAddress, outcome: DialOutcome, nowMs: number, isSated = false): void {
    const id = idOf(address);
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.isInUse = false;
    entry.isSated = isSated;
    this.#idleUntilMs = 0;
    this.#nextMs = undefined;
    this.#nowMs = nowMs;
    entry.failures = outcome === 'worked' ? 1 : entry.failures + 1;
    entry.misses = outcome === 'failed' ? entry.misses + 1 : 0;
    if (entry.misses >= LIMITS.dialFailuresMax) {
      this.#giveUp(id);
      return;
    }
    if (outcome === 'ourselves') {
      // Kept, so that nobody brings it up again.
      entry.notBeforeMs = Number.POSITIVE_INFINITY;
      return;
    }
    const pauseMs = Math.min(LIMITS.retryMaxMs, LIMITS.retryFirstMs * 1.5 ** (entry.failures - 1));
    entry.notBeforeMs = nowMs + pauseMs + this.#randomBelow(Math.ceil(pauseMs / 4));
  }

  /** Never again: neither dialled nor accepted. */
  ban(address: PeerAddress): void {
    this.#banned.add(banIdOf(address));
    this.#entries.delete(idOf(address));
    this.#nextMs = undefined;
  }

  /** When the next address may be dialled that may not yet. */
  nextMs(nowMs: number): number | undefined {
    if (this.#nextMs === undefined || nowMs >= this.#nextMs) this.#nextMs = this.#lookForNext(nowMs);
    return this.#nextMs === Number.POSITIVE_INFINITY ? undefined : this.#nextMs;
  }

  #lookForNext(nowMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries.values()) {
      const { notBeforeMs } = entry;
      if (this.#isFree(entry) && notBeforeMs > nowMs && notBeforeMs < nextMs) nextMs = notBeforeMs;
    }
    return nextMs;
  }

  #isFree({ isInUse, isSated }: Entry): boolean {
    return !isInUse && !(isSated && this.#seeksTakers);
  }

  /** Trackers and peers go on naming it; without a memory of that it would be dialled over and over. */
  #giveUp(id: string): void {
    this.#entries.delete(id);
    const [oldest] = this.#givenUp.keys();
    if (this.#givenUp.size >= LIMITS.candidatesMax && oldest !== undefined) this.#givenUp.delete(oldest);
    this.#givenUp.set(id, this.#nowMs + LIMITS.retryMaxMs);
  }
}

function isBetter(one: Entry, oneScore: number, other: Entry, otherScore: number): boolean {
  if (one.failures !== other.failures) return one.failures < other.failures;
  return oneScore !== otherScore ? oneScore > otherScore : one.notBeforeMs < other.notBeforeMs;
}

function idOf({ host, port }: PeerAddress): string {
  return `${host} ${port}`;
}

/** This machine's own address is shared by whoever runs a swarm on it: there a port is all that tells two peers apart. */
function banIdOf(address: PeerAddress): string {
  const isLoopback = address.host.startsWith('127.') || address.host === '::1';
  return isLoopback ? idOf(address) : address.host;
}
