import { type PeerAddress, packAddress } from './address.js';
import { type AddressReach, isMappedV4, mayBeSpecial, reachAt, reachOf } from './address-class.js';
import { readU16, writeU16 } from './byte-order.js';
import { CompactSet } from './compact-set.js';
import { PEERS_PER_REPLY_MAX } from './limits.js';
import { PeerList, packPeer } from './peer-list.js';

/** What decides which peers of a list may be dialled. */
export interface DialableOptions {
  /**
   * The IP address the tracker answered from. Peers on this machine or in this network are believed only to a tracker that
   * is there itself: anybody else could use us to knock at doors behind our router. Unknown means far away.
   */
  readonly trackerHost?: string | undefined;
  /** Our own addresses, which trackers return to us. */
  readonly own?: Iterable<PeerAddress> | undefined;
  /** How many to keep, 2,000 unless told otherwise (and at most that). */
  readonly countMax?: number | undefined;
  /** The lowest port to dial. 1024 keeps a lying tracker from aiming a swarm at mail or name servers. Default 1. */
  readonly portMin?: number | undefined;
}

/**
 * The peers of an untrusted list that may be dialled, each once, IPv4 in its own form. Dropped are port 0, addresses of
 * nobody (unspecified, multicast, broadcast, reserved), our own, local ones from far trackers, and hosts given by name:
 * resolving names for a stranger is a service nobody asked for. The result is a copy and keeps no reply alive.
 *
 * @example
 * ```ts
 * import { dialablePeers, PeerList } from '@unchoke/tracker';
 *
 * const told = PeerList.of([{ host: '127.0.0.1', port: 22 }, { host: '203.0.113.5', port: 6881 }]);
 * console.log([...dialablePeers(told, { trackerHost: '198.51.100.1' })]); // [ { host: '203.0.113.5', port: 6881 } ]
 * ```
 */
export function dialablePeers(peers: PeerList, options: DialableOptions = {}): PeerList {
  const gate = new Gate(peers, options);
  const { v4, v6 } = peers;
  gate.takeV4(v4);
  for (let offset = 0; offset < v6.length && gate.isOpen; offset += 18) gate.takeV6(v6, offset);
  for (const { host, port } of peers.listed) {
    if (!gate.isOpen) break;
    const address = packAddress(host);
    if (address !== undefined) gate.takePacked(withPort(address, port));
  }
  return gate.kept();
}

class Gate {
  readonly #v4: CompactSet;
  readonly #v6: CompactSet;
  readonly #ownV4: CompactSet | undefined;
  readonly #ownV6: CompactSet | undefined;
  readonly #countMax: number;
  readonly #portMin: number;
  readonly #trackerReach: AddressReach;

  constructor(peers: PeerList, { trackerHost, own, countMax, portMin }: DialableOptions) {
    this.#countMax = Math.max(Math.min(countMax ?? PEERS_PER_REPLY_MAX, PEERS_PER_REPLY_MAX), 0);
    this.#portMin = Math.max(portMin ?? 1, 1);
    this.#trackerReach = (trackerHost === undefined ? undefined : reachOf(trackerHost)) ?? 'global';
    const listedCount = peers.listed.length;
    this.#v4 = new CompactSet(6, Math.min(this.#countMax, peers.v4.length / 6 + peers.v6.length / 18 + listedCount));
    this.#v6 = new CompactSet(18, Math.min(this.#countMax, peers.v6.length / 18 + listedCount));
    if (own === undefined) return;
    const ourselves = normalised(own);
    this.#ownV4 = setOf(ourselves.v4, 6);
    this.#ownV6 = setOf(ourselves.v6, 18);
  }

  get isOpen(): boolean {
    return this.#v4.count + this.#v6.count < this.#countMax;
  }

  /** Takes a list of IPv4 peers. Kept in one loop: split into a call for each peer it takes two thirds more time. */
  takeV4(bytes: Uint8Array): void {
    const [kept, own, portMin, countMax] = [this.#v4, this.#ownV4, this.#portMin, this.#countMax];
    for (let offset = 0; offset < bytes.length && kept.count < countMax; offset += 6) {
      if (readU16(bytes, offset + 4) < portMin) continue;
      if (mayBeSpecial(bytes[offset]!) && !this.#mayReach(reachAt(bytes, offset, 4))) continue;
      if (own === undefined || !own.has(bytes, offset)) kept.add(bytes, offset);
    }
  }

  takeV6(bytes: Uint8Array, offset: number): void {
    // The last six bytes of a mapped address and its port are exactly a compact IPv4 peer.
    if (isMappedV4(bytes, offset)) this.takeV4(bytes.subarray(offset + 12, offset + 18));
    else if (readU16(bytes, offset + 16) < this.#portMin || !this.#mayReach(reachAt(bytes, offset, 6))) return;
    else if (this.#ownV6?.has(bytes, offset) !== true) this.#v6.add(bytes, offset);
  }

  takePacked(peer: Uint8Array): void {
    if (peer.length === 6) this.takeV4(peer);
    else this.takeV6(peer, 0);
  }

  kept(): PeerList {
    return new PeerList(this.#v4.toBytes(), this.#v6.toBytes());
  }

  #mayReach(reach: AddressReach): boolean {
    if (reach === 'global') return true;
    if (reach === 'private') return this.#trackerReach === 'private' || this.#trackerReach === 'loopback';
    return reach === 'loopback' && this.#trackerReach === 'loopback';
  }
}

/** More of our own addresses than this nobody has. */
const OWN_COUNT_MAX = 256;

function normalised(own: Iterable<PeerAddress>): PeerList {
  const packed = Array.from(own, (peer) => {
    const bytes = packPeer(peer);
    return bytes.length === 18 && isMappedV4(bytes, 0) ? bytes.subarray(12) : bytes;
  });
  return PeerList.packed(packed.slice(0, OWN_COUNT_MAX));
}

function setOf(peers: Uint8Array, stride: number): CompactSet {
  const set = new CompactSet(stride, peers.length / stride);
  for (let offset = 0; offset < peers.length; offset += stride) set.add(peers, offset);
  return set;
}

function withPort(address: Uint8Array, port: number): Uint8Array {
  const peer = new Uint8Array(address.length + 2);
  peer.set(address);
  writeU16(peer, address.length, port);
  return peer;
}
