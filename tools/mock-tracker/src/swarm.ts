import type { AnnounceRequest } from './book-message.js';
import { PeerPool } from './peer-pool.js';
import { PeerSeat, SwarmPeer } from './swarm-peer.js';

/**
 * One torrent: its peers, how many have everything, how many finished. Made by the {@link TrackerBook}.
 *
 * @example
 * ```ts
 * import { seededRandom, TrackerBook } from '@unchoke/mock-tracker';
 *
 * const book = new TrackerBook(seededRandom(1));
 * for (const { infoHash, peerCount } of book.swarms()) console.log(infoHash, peerCount);
 * ```
 */
export class Swarm {
  /** 20 characters, one per byte. */
  readonly infoHash: string;
  readonly ipv4: PeerPool<PeerSeat> = new PeerPool();
  readonly ipv6: PeerPool<PeerSeat> = new PeerPool();
  readonly #peers = new Map<string, SwarmPeer>();
  #complete = 0;
  #downloaded = 0;

  constructor(infoHash: string) {
    this.infoHash = infoHash;
  }

  get complete(): number {
    return this.#complete;
  }

  get incomplete(): number {
    return this.#peers.size - this.#complete;
  }

  get downloaded(): number {
    return this.#downloaded;
  }

  get peerCount(): number {
    return this.#peers.size;
  }

  peer(peerId: string): SwarmPeer | undefined {
    return this.#peers.get(peerId);
  }

  peers(): Iterable<SwarmPeer> {
    return this.#peers.values();
  }

  /** At most `count` of its peers, longest known first. */
  firstPeers(count: number): readonly SwarmPeer[] {
    const first: SwarmPeer[] = [];
    for (const peer of this.#peers.values()) {
      if (first.length === count) break;
      first.push(peer);
    }
    return first;
  }

  admit(peerId: string): SwarmPeer {
    const peer = new SwarmPeer(this, peerId);
    this.#peers.set(peerId, peer);
    return peer;
  }

  /** Takes over what an announce says about its sender. */
  update(peer: SwarmPeer, request: AnnounceRequest, nowMs: number, peerLifeMs: number): void {
    if (request.event === 'completed' && !peer.hasCompleted) {
      peer.hasCompleted = true;
      this.#downloaded += 1;
    }
    const { isSeed } = request;
    if (isSeed !== peer.isSeed) {
      peer.isSeed = isSeed;
      this.#complete += isSeed ? 1 : -1;
    }
    peer.ipv4 = reseat(this.ipv4, peer.ipv4, request.ipv4, peer, nowMs, peerLifeMs);
    peer.ipv6 = reseat(this.ipv6, peer.ipv6, request.ipv6, peer, nowMs, peerLifeMs);
  }

  dismiss(peer: SwarmPeer): void {
    this.#peers.delete(peer.peerId);
    if (peer.isSeed) this.#complete -= 1;
    if (peer.ipv4 !== undefined) this.ipv4.remove(peer.ipv4);
    if (peer.ipv6 !== undefined) this.ipv6.remove(peer.ipv6);
  }
}

/** A family that this announce does not speak of keeps its seat for one life: the next announce may come by it. */
function reseat(
  pool: PeerPool<PeerSeat>,
  seat: PeerSeat | undefined,
  endpoint: Uint8Array | undefined,
  peer: SwarmPeer,
  nowMs: number,
  peerLifeMs: number,
): PeerSeat | undefined {
  if (seat === undefined) {
    if (endpoint === undefined) return undefined;
    // A copy: the request's bytes may be a view into a read buffer.
    const fresh = new PeerSeat(peer.peerId, new Uint8Array(endpoint), peer.isSeed, nowMs);
    pool.add(fresh);
    return fresh;
  }
  if (endpoint === undefined && seat.lastSeenMs + peerLifeMs <= nowMs) {
    pool.remove(seat);
    return undefined;
  }
  if (seat.isSeed !== peer.isSeed) {
    pool.remove(seat);
    seat.isSeed = peer.isSeed;
    pool.add(seat);
  }
  if (endpoint !== undefined) {
    seat.endpoint.set(endpoint);
    seat.lastSeenMs = nowMs;
  }
  return seat;
}
