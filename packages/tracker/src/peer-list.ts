import { type AddressFamily, formatAddress, type PeerAddress, packAddress, writeIpv4 } from './address.js';
import { readU16, writeU16 } from './byte-order.js';
import { TrackerError } from './errors.js';

/** A peer as BEP 3 lists it: `host` may be a DNS name, and the id may be known. */
export interface ListedPeer extends PeerAddress {
  readonly peerId?: Uint8Array;
}

const V4_BYTES = 6;
const V6_BYTES = 18;
const NO_BYTES = new Uint8Array(0);
const NO_PEERS: readonly ListedPeer[] = [];

/**
 * Peers in the form in which trackers send them: compact bytes (BEP 23 for IPv4, BEP 7 for IPv6), or a list of
 * dictionaries (BEP 3). Nothing is built until asked for: an object and a text per peer would cost a hundred times the
 * parse, and a server only copies bytes.
 *
 * A list is a view: it keeps the bytes it was made from alive, and changes with them.
 *
 * @example
 * ```ts
 * import { PeerList } from '@unchoke/tracker';
 *
 * const peers = PeerList.fromCompact(new Uint8Array([10, 0, 0, 1, 0x1a, 0xe1]), 4);
 * for (const { host, port } of peers) console.log(host, port); // 10.0.0.1 6881
 * ```
 */
export class PeerList implements Iterable<ListedPeer> {
  static readonly empty: PeerList = new PeerList(NO_BYTES, NO_BYTES, NO_PEERS);

  /** 6 bytes for each IPv4 peer. */
  readonly v4: Uint8Array;
  /** 18 bytes for each IPv6 peer. */
  readonly v6: Uint8Array;
  /** Peers that came, or are to be sent, as dictionaries. */
  readonly listed: readonly ListedPeer[];

  /** Takes whole peers only: the length of `v4` must be a multiple of 6, that of `v6` of 18. */
  constructor(v4: Uint8Array, v6: Uint8Array = NO_BYTES, listed: readonly ListedPeer[] = NO_PEERS) {
    if (v4.length % V4_BYTES !== 0 || v6.length % V6_BYTES !== 0) {
      throw new TrackerError(
        'bad-field',
        `compact peers are ${V4_BYTES} or ${V6_BYTES} bytes each; these end inside one`,
      );
    }
    this.v4 = v4;
    this.v6 = v6;
    this.listed = listed;
  }

  /** Reads compact peers as a tracker sent them. A last peer that is cut short is dropped, the others stay. */
  static fromCompact(bytes: Uint8Array, family: AddressFamily): PeerList {
    if (family === 4) return new PeerList(wholePeers(bytes, V4_BYTES));
    return new PeerList(NO_BYTES, wholePeers(bytes, V6_BYTES));
  }

  /** Packs addresses; IPv4 goes before IPv6. Throws when a host is not an IP address or a port not a port. */
  static of(peers: Iterable<PeerAddress>): PeerList {
    const all = Array.isArray(peers) ? (peers as readonly PeerAddress[]) : Array.from(peers);
    const v4 = new Uint8Array(all.length * V4_BYTES);
    const others: Uint8Array[] = [];
    let length = 0;
    for (const peer of all) {
      if (isPort(peer.port) && writeIpv4(peer.host, v4, length)) {
        writeU16(v4, length + 4, peer.port);
        length += V4_BYTES;
      } else {
        others.push(packPeer(peer));
      }
    }
    return new PeerList(length === v4.length ? v4 : v4.slice(0, length), concat(others));
  }

  /** Joins peers of 6 and of 18 bytes, as {@link packPeer} makes them. */
  static packed(packed: readonly Uint8Array[]): PeerList {
    return new PeerList(
      concat(packed.filter((peer) => peer.length === V4_BYTES)),
      concat(packed.filter((peer) => peer.length === V6_BYTES)),
    );
  }

  /** How many peers there are. */
  get count(): number {
    return this.v4.length / V4_BYTES + this.v6.length / V6_BYTES + this.listed.length;
  }

  *[Symbol.iterator](): Iterator<ListedPeer> {
    for (let offset = 0; offset < this.v4.length; offset += V4_BYTES) {
      yield { host: formatAddress(this.v4, offset, 4), port: readU16(this.v4, offset + 4) };
    }
    for (let offset = 0; offset < this.v6.length; offset += V6_BYTES) {
      yield { host: formatAddress(this.v6, offset, 6), port: readU16(this.v6, offset + 16) };
    }
    yield* this.listed;
  }
}

/**
 * One peer in compact form: 6 bytes for IPv4, 18 for IPv6. A server keeps its peers so and copies them into replies.
 *
 * @example
 * ```ts
 * import { packPeer } from '@unchoke/tracker';
 *
 * console.assert(packPeer({ host: '10.0.0.1', port: 6881 }).join() === '10,0,0,1,26,225');
 * ```
 */
export function packPeer(peer: PeerAddress): Uint8Array {
  const address = packAddress(peer.host);
  if (address === undefined) {
    throw new TrackerError('bad-field', `${JSON.stringify(peer.host)} is not an IP address`, { path: 'host' });
  }
  if (!isPort(peer.port)) {
    throw new TrackerError('bad-field', `${peer.port} is not a port`, { path: 'port' });
  }
  const packed = new Uint8Array(address.length + 2);
  packed.set(address);
  writeU16(packed, address.length, peer.port);
  return packed;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 0xffff;
}

function wholePeers(bytes: Uint8Array, stride: number): Uint8Array {
  const stray = bytes.length % stride;
  return stray === 0 ? bytes : bytes.subarray(0, bytes.length - stray);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 0) return NO_BYTES;
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
