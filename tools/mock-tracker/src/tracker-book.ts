import type {
  AnnounceAnswer,
  AnnounceRequest,
  BookAnswer,
  BookRequest,
  FailureAnswer,
  ScrapeAnswer,
  ScrapeRequest,
  SwarmCounts,
} from './book-message.js';
import { MockTrackerError } from './errors.js';
import { NUMWANT_DEFAULT, NUMWANT_MAX, PEERS_MAX, SCRAPE_HASHES_MAX, SWARM_PEERS_MAX, SWARMS_MAX } from './limits.js';
import type { RandomBelow } from './random.js';
import { Swarm } from './swarm.js';
import { PeerAges, type PeerSeat, type SwarmPeer } from './swarm-peer.js';

/** How a {@link TrackerBook} counts, and how much it keeps. */
export interface TrackerBookOptions {
  /** How long clients are told to wait. Default 60. */
  readonly intervalS?: number;
  /** The shortest time they may wait; not mentioned when absent. */
  readonly minIntervalS?: number;
  /** A peer that was silent for this long is forgotten. Default: two intervals and 30 seconds. */
  readonly peerLifeMs?: number;
  readonly numWantDefault?: number;
  readonly numWantMax?: number;
  readonly swarmsMax?: number;
  readonly swarmPeersMax?: number;
  readonly peersMax?: number;
}

/**
 * The memory of a tracker: who is in which swarm. Pure: time and chance are arguments, nothing is sent anywhere.
 *
 * @example
 * ```ts
 * import { seededRandom, TrackerBook } from '@unchoke/mock-tracker';
 * const book = new TrackerBook(seededRandom(1));
 * const join = (name: string, port: number) => book.handle({
 *   type: 'announce', infoHash: 'h'.repeat(20), peerId: name.repeat(20),
 *   ipv4: Uint8Array.of(127, 0, 0, 1, 0x1a, port), isSeed: false,
 * }, 0);
 * join('a', 1);
 * const answer = join('b', 2);
 * if (answer.type === 'announce') console.log(answer.ipv4[0]?.endpoint); // 127.0.0.1, port 0x1a01
 * ```
 */
export class TrackerBook {
  readonly #randomBelow: RandomBelow;
  readonly #options: Required<Omit<TrackerBookOptions, 'minIntervalS'>> & { readonly minIntervalS: number | undefined };
  readonly #swarms = new Map<string, Swarm>();
  /** Swarms without peers, longest empty first: they keep their count of downloads until the room is needed. */
  readonly #empty = new Set<Swarm>();
  readonly #ages = new PeerAges();
  #nowMs = Number.NEGATIVE_INFINITY;

  constructor(randomBelow: RandomBelow, options: TrackerBookOptions = {}) {
    const intervalS = options.intervalS ?? 60;
    this.#randomBelow = randomBelow;
    this.#options = {
      intervalS: checked('intervalS', intervalS, 1, 86_400),
      minIntervalS:
        options.minIntervalS === undefined ? undefined : checked('minIntervalS', options.minIntervalS, 0, 86_400),
      peerLifeMs: checked('peerLifeMs', options.peerLifeMs ?? intervalS * 2_000 + 30_000, 1, 7 * 86_400_000),
      numWantDefault: checked('numWantDefault', options.numWantDefault ?? NUMWANT_DEFAULT, 0, 10_000),
      numWantMax: checked('numWantMax', options.numWantMax ?? NUMWANT_MAX, 0, 10_000),
      swarmsMax: checked('swarmsMax', options.swarmsMax ?? SWARMS_MAX, 1, 10_000_000),
      swarmPeersMax: checked('swarmPeersMax', options.swarmPeersMax ?? SWARM_PEERS_MAX, 1, 10_000_000),
      peersMax: checked('peersMax', options.peersMax ?? PEERS_MAX, 1, 10_000_000),
    };
  }

  /** Peers known now, in all swarms. */
  get peerCount(): number {
    return this.#ages.size;
  }

  /** Every swarm, oldest first, also those that are empty now. */
  swarms(): Iterable<Swarm> {
    return this.#swarms.values();
  }

  swarm(infoHash: string): Swarm | undefined {
    return this.#swarms.get(infoHash);
  }

  /** Takes one request in and answers it. Never throws on what a client sent. */
  handle(request: BookRequest, nowMs: number): BookAnswer {
    this.expire(nowMs);
    return request.type === 'announce' ? this.#announce(request) : this.#scrape(request);
  }

  /** What `handle` would answer to an announce if it came from nobody new; nothing is remembered of it. */
  look(request: AnnounceRequest, nowMs: number): AnnounceAnswer {
    this.expire(nowMs);
    const swarm = this.#swarms.get(request.infoHash);
    return this.#sampled(swarm, swarm?.peer(request.peerId), request);
  }

  /** Forgets who was silent too long. `handle` does this too; call it when nobody asks but somebody looks. */
  expire(nowMs: number): void {
    // A clock that jumps back must not make anybody younger than a later one.
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    const oldestMs = this.#nowMs - this.#options.peerLifeMs;
    for (let peer = this.#ages.oldest; peer !== undefined && peer.lastSeenMs <= oldestMs; peer = this.#ages.oldest) {
      this.#forget(peer);
    }
  }

  #announce(request: AnnounceRequest): AnnounceAnswer | FailureAnswer {
    const { infoHash, peerId } = request;
    if (infoHash.length !== 20) return failure(`info_hash has ${infoHash.length} bytes, expected 20`);
    if (peerId.length !== 20) return failure(`peer_id has ${peerId.length} bytes, expected 20`);
    let swarm = this.#swarms.get(infoHash);
    let peer = swarm?.peer(peerId);
    if (request.event === 'stopped') {
      if (peer !== undefined) this.#forget(peer);
      return this.#answer(swarm, NOBODY, NOBODY);
    }
    if (request.ipv4 === undefined && request.ipv6 === undefined) return failure('no address to reach this peer');
    if (peer === undefined) {
      const refusal = this.#refusal(swarm);
      if (refusal !== undefined) return failure(refusal);
      swarm ??= this.#open(infoHash);
      this.#empty.delete(swarm);
      peer = swarm.admit(peerId);
    }
    this.#ages.touch(peer, this.#nowMs);
    const home = peer.swarm;
    home.update(peer, request, this.#nowMs, this.#options.peerLifeMs);
    return this.#sampled(home, peer, request);
  }

  /** Peers of the families that the request speaks of: others would be of no use to it (BEP 7). */
  #sampled(swarm: Swarm | undefined, peer: SwarmPeer | undefined, request: AnnounceRequest): AnnounceAnswer {
    if (swarm === undefined) return this.#answer(undefined, NOBODY, NOBODY);
    const wanted = this.#wanted(request.numWant);
    const { isSeed } = request;
    const ipv4 = request.ipv4 === undefined ? NOBODY : swarm.ipv4.sample(peer?.ipv4, isSeed, wanted, this.#randomBelow);
    const rest = wanted - ipv4.length;
    const ipv6 = request.ipv6 === undefined ? NOBODY : swarm.ipv6.sample(peer?.ipv6, isSeed, rest, this.#randomBelow);
    return this.#answer(swarm, ipv4, ipv6);
  }

  #scrape(request: ScrapeRequest): ScrapeAnswer | FailureAnswer {
    if (request.infoHashes.length === 0) return failure('a scrape needs at least one info_hash here');
    if (request.infoHashes.length > SCRAPE_HASHES_MAX) {
      return failure(`${request.infoHashes.length} info_hash in one scrape, at most ${SCRAPE_HASHES_MAX} are answered`);
    }
    const wrong = request.infoHashes.find((hash) => hash.length !== 20);
    if (wrong !== undefined) return failure(`info_hash has ${wrong.length} bytes, expected 20`);
    const files = request.infoHashes.map((infoHash) => ({ infoHash, ...countsOf(this.swarm(infoHash)) }));
    return { type: 'scrape', files };
  }

  #answer(swarm: Swarm | undefined, ipv4: AnnounceAnswer['ipv4'], ipv6: AnnounceAnswer['ipv6']): AnnounceAnswer {
    return {
      type: 'announce',
      intervalS: this.#options.intervalS,
      minIntervalS: this.#options.minIntervalS,
      complete: swarm?.complete ?? 0,
      incomplete: swarm?.incomplete ?? 0,
      downloaded: swarm?.downloaded ?? 0,
      ipv4,
      ipv6,
    };
  }

  #wanted(numWant: number | undefined): number {
    // BEP 15 writes "you decide" as -1; some HTTP clients copy that.
    if (numWant === undefined || numWant < 0) return this.#options.numWantDefault;
    return Math.min(numWant, this.#options.numWantMax);
  }

  #refusal(swarm: Swarm | undefined): string | undefined {
    const { peersMax, swarmPeersMax, swarmsMax } = this.#options;
    if (this.#ages.size >= peersMax) return `this tracker is full: it keeps ${peersMax} peers`;
    if (swarm !== undefined && swarm.peerCount >= swarmPeersMax)
      return `this swarm is full: it keeps ${swarmPeersMax} peers`;
    if (swarm === undefined && this.#swarms.size >= swarmsMax && this.#empty.size === 0) {
      return `this tracker is full: it keeps ${swarmsMax} torrents`;
    }
    return undefined;
  }

  #open(infoHash: string): Swarm {
    if (this.#swarms.size >= this.#options.swarmsMax) {
      const [longestEmpty] = this.#empty;
      this.#empty.delete(longestEmpty!);
      this.#swarms.delete(longestEmpty!.infoHash);
    }
    const swarm = new Swarm(infoHash);
    this.#swarms.set(infoHash, swarm);
    return swarm;
  }

  #forget(peer: SwarmPeer): void {
    this.#ages.remove(peer);
    peer.swarm.dismiss(peer);
    if (peer.swarm.peerCount === 0) this.#empty.add(peer.swarm);
  }
}

const NOBODY: readonly PeerSeat[] = [];

function countsOf(swarm: Swarm | undefined): SwarmCounts {
  return {
    complete: swarm?.complete ?? 0,
    incomplete: swarm?.incomplete ?? 0,
    downloaded: swarm?.downloaded ?? 0,
  };
}

function failure(reason: string): FailureAnswer {
  return { type: 'failure', reason };
}

function checked(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new MockTrackerError('bad-option', `${name}: expected a whole number from ${min} to ${max}, found ${value}`);
}
