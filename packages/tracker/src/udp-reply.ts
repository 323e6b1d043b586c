import type { AddressFamily } from './address.js';
import type { AnnouncePeers, SwarmCounts } from './announce.js';
import { readI32, readU32, readU64, writeU32, writeU64 } from './byte-order.js';
import { TrackerError } from './errors.js';
import { checkInteger } from './fields.js';
import { ERROR_TEXT_BYTES_MAX, UDP_SCRAPE_HASHES_MAX } from './limits.js';
import { PeerList } from './peer-list.js';
import { readableText, textBytes } from './text.js';
import { ANNOUNCE, CONNECT, ERROR, SCRAPE } from './udp-request.js';

const HEADER_BYTES = 8;
const CONNECT_BYTES = 16;
const ANNOUNCE_BYTES = 20;
const SWARM_BYTES = 12;
const I32_MAX = 0x7fff_ffff;
const U32_MAX = 0xffff_ffff;

/** A datagram from a tracker to a client (BEP 15). */
export type UdpReply = UdpConnectReply | UdpAnnounceReply | UdpScrapeReply | UdpErrorReply;

/** The id that lets a client ask, for a minute. */
export interface UdpConnectReply {
  readonly type: 'connect';
  readonly transactionId: number;
  readonly connectionId: bigint;
}

/** The answer to an announce. */
export interface UdpAnnounceReply {
  readonly type: 'announce';
  readonly transactionId: number;
  /** Of the peers, those of the datagram's own family: `v4` or `v6`. */
  readonly reply: UdpAnnouncePeers;
}

/** What an announce over UDP answers; always all of it. */
export interface UdpAnnouncePeers extends AnnouncePeers {
  readonly intervalS: number;
  readonly complete: number;
  readonly incomplete: number;
}

/** The answer to a scrape. */
export interface UdpScrapeReply {
  readonly type: 'scrape';
  readonly transactionId: number;
  /** In the order of the request's hashes. */
  readonly swarms: readonly SwarmCounts[];
}

/** The answer to anything that a tracker refuses. */
export interface UdpErrorReply {
  readonly type: 'error';
  readonly transactionId: number;
  readonly message: string;
}

/**
 * Writes a tracker's datagram. Announce replies take the peers of one family: the one the datagram travels in.
 *
 * @throws {TrackerError} `bad-field` when a field cannot be written.
 * @example
 * ```ts
 * import { encodeUdpReply, PeerList } from '@unchoke/tracker';
 *
 * const reply = { type: 'peers', intervalS: 1800, complete: 1, incomplete: 0, peers: PeerList.empty } as const;
 * console.assert(encodeUdpReply({ type: 'announce', transactionId: 7, reply }, 4).length === 20);
 * ```
 */
export function encodeUdpReply(message: UdpReply, family: AddressFamily): Uint8Array {
  if (message.type === 'announce') return encodeAnnounce(message, family);
  if (message.type === 'scrape') return encodeScrape(message);
  if (message.type === 'error') return encodeError(message);
  const packet = new Uint8Array(CONNECT_BYTES);
  writeU64(packet, 8, message.connectionId);
  return withHeader(packet, CONNECT, message.transactionId);
}

/**
 * Reads a tracker's datagram. `family` is that of the address it came from: it decides how long a peer is.
 *
 * @throws {TrackerError} `malformed-reply`, with the offset, when it is no reply.
 * @example
 * ```ts
 * import { decodeUdpReply, encodeUdpReply } from '@unchoke/tracker';
 *
 * const datagram = encodeUdpReply({ type: 'error', transactionId: 7, message: 'unregistered torrent' }, 4);
 * const message = decodeUdpReply(datagram, 4);
 * console.assert(message.type === 'error' && message.message === 'unregistered torrent');
 * ```
 */
export function decodeUdpReply(packet: Uint8Array, family: AddressFamily): UdpReply {
  if (packet.length < HEADER_BYTES) throw malformed(`${packet.length} bytes are too few for a reply`, packet.length);
  const action = readU32(packet, 0);
  const transactionId = readU32(packet, 4);
  if (action === ANNOUNCE) return { type: 'announce', transactionId, reply: decodeAnnounce(packet, family) };
  if (action === SCRAPE) return { type: 'scrape', transactionId, swarms: decodeSwarms(packet) };
  if (action === ERROR) {
    const text = packet.subarray(HEADER_BYTES, HEADER_BYTES + ERROR_TEXT_BYTES_MAX);
    return { type: 'error', transactionId, message: readableText(text) };
  }
  if (action !== CONNECT) throw malformed(`action ${action} is none of connect, announce, scrape, error`, 0);
  if (packet.length < CONNECT_BYTES) throw malformed('the connect reply is cut short', packet.length);
  return { type: 'connect', transactionId, connectionId: readU64(packet, 8) };
}

function encodeAnnounce({ transactionId, reply }: UdpAnnounceReply, family: AddressFamily): Uint8Array {
  const peers = family === 4 ? reply.peers.v4 : reply.peers.v6;
  const packet = new Uint8Array(ANNOUNCE_BYTES + peers.length);
  checkInteger(reply.intervalS, 'intervalS', I32_MAX);
  checkInteger(reply.incomplete, 'incomplete', U32_MAX);
  checkInteger(reply.complete, 'complete', U32_MAX);
  writeU32(packet, 8, reply.intervalS);
  writeU32(packet, 12, reply.incomplete);
  writeU32(packet, 16, reply.complete);
  packet.set(peers, ANNOUNCE_BYTES);
  return withHeader(packet, ANNOUNCE, transactionId);
}

function decodeAnnounce(packet: Uint8Array, family: AddressFamily): UdpAnnouncePeers {
  if (packet.length < ANNOUNCE_BYTES) throw malformed('the announce reply is cut short', packet.length);
  const compact = packet.subarray(ANNOUNCE_BYTES);
  const isWhole = compact.length % (family === 4 ? 6 : 18) === 0;
  return {
    type: 'peers',
    // Signed, as a tracker that has nothing better to say sends -1; whoever waits for the interval clamps it.
    intervalS: readI32(packet, 8),
    incomplete: readU32(packet, 12),
    complete: readU32(packet, 16),
    peers: PeerList.fromCompact(compact, family),
    ...(isWhole ? {} : { malformedPeerCount: 1 }),
  };
}

function encodeScrape({ transactionId, swarms }: UdpScrapeReply): Uint8Array {
  if (swarms.length > UDP_SCRAPE_HASHES_MAX) {
    const problem = `a UDP scrape reply takes ${UDP_SCRAPE_HASHES_MAX} swarms, not ${swarms.length}`;
    throw new TrackerError('bad-field', problem, { path: 'swarms' });
  }
  const packet = new Uint8Array(HEADER_BYTES + swarms.length * SWARM_BYTES);
  swarms.forEach((swarm, index) => {
    const offset = HEADER_BYTES + index * SWARM_BYTES;
    checkInteger(swarm.complete, `swarms[${index}].complete`, U32_MAX);
    checkInteger(swarm.downloaded ?? 0, `swarms[${index}].downloaded`, U32_MAX);
    checkInteger(swarm.incomplete, `swarms[${index}].incomplete`, U32_MAX);
    writeU32(packet, offset, swarm.complete);
    writeU32(packet, offset + 4, swarm.downloaded ?? 0);
    writeU32(packet, offset + 8, swarm.incomplete);
  });
  return withHeader(packet, SCRAPE, transactionId);
}

function decodeSwarms(packet: Uint8Array): readonly SwarmCounts[] {
  const count = Math.floor((packet.length - HEADER_BYTES) / SWARM_BYTES);
  return Array.from({ length: Math.min(count, UDP_SCRAPE_HASHES_MAX) }, (_, index) => {
    const offset = HEADER_BYTES + index * SWARM_BYTES;
    return {
      complete: readU32(packet, offset),
      downloaded: readU32(packet, offset + 4),
      incomplete: readU32(packet, offset + 8),
    };
  });
}

function encodeError({ transactionId, message }: UdpErrorReply): Uint8Array {
  const text = textBytes(message);
  if (text.length > ERROR_TEXT_BYTES_MAX) {
    const problem = `an error text takes ${ERROR_TEXT_BYTES_MAX} bytes at most, not ${text.length}`;
    throw new TrackerError('bad-field', problem, { path: 'message' });
  }
  const packet = new Uint8Array(HEADER_BYTES + text.length);
  packet.set(text, HEADER_BYTES);
  return withHeader(packet, ERROR, transactionId);
}

function withHeader(packet: Uint8Array, action: number, transactionId: number): Uint8Array {
  writeU32(packet, 0, action);
  writeU32(packet, 4, transactionId);
  return packet;
}

function malformed(problem: string, offset: number): TrackerError {
  return new TrackerError('malformed-reply', `${problem} (offset ${offset})`, { offset });
}
