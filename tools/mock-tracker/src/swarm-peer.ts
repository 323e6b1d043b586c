import type { Seat } from './peer-pool.js';
import type { Swarm } from './swarm.js';

/** One client in one swarm. Who it is, is its peer id: BEP 7 lets it announce once per address family. */
export class SwarmPeer {
  readonly swarm: Swarm;
  /** 20 characters, one per byte. */
  readonly peerId: string;
  ipv4: PeerSeat | undefined = undefined;
  ipv6: PeerSeat | undefined = undefined;
  isSeed = false;
  /** Whether its `completed` was counted; saying it twice does not count twice. */
  hasCompleted = false;
  lastSeenMs = 0;
  /** Neighbours in `PeerAges`. */
  older: SwarmPeer | undefined = undefined;
  newer: SwarmPeer | undefined = undefined;

  constructor(swarm: Swarm, peerId: string) {
    this.swarm = swarm;
    this.peerId = peerId;
  }
}

/** Where a peer can be reached in one family, in the shape in which it is handed out. */
export class PeerSeat implements Seat {
  readonly peerId: string;
  endpoint: Uint8Array;
  lastSeenMs: number;
  isSeed: boolean;
  index = 0;
  drawing = 0;

  constructor(peerId: string, endpoint: Uint8Array, isSeed: boolean, nowMs: number) {
    this.peerId = peerId;
    this.endpoint = endpoint;
    this.isSeed = isSeed;
    this.lastSeenMs = nowMs;
  }
}

/**
 * All peers of the book in the order in which they were last heard of: a linked list through the peers themselves, so
 * that an announce moves one in constant time and expiry looks at nobody who stays.
 */
export class PeerAges {
  oldest: SwarmPeer | undefined = undefined;
  #newest: SwarmPeer | undefined = undefined;
  size = 0;

  touch(peer: SwarmPeer, nowMs: number): void {
    peer.lastSeenMs = nowMs;
    if (peer === this.#newest) return;
    if (peer.newer !== undefined) this.remove(peer);
    peer.older = this.#newest;
    if (this.#newest === undefined) this.oldest = peer;
    else this.#newest.newer = peer;
    this.#newest = peer;
    this.size += 1;
  }

  remove(peer: SwarmPeer): void {
    if (peer.older === undefined) this.oldest = peer.newer;
    else peer.older.newer = peer.newer;
    if (peer.newer === undefined) this.#newest = peer.older;
    else peer.newer.older = peer.older;
    peer.older = undefined;
    peer.newer = undefined;
    this.size -= 1;
  }
}
