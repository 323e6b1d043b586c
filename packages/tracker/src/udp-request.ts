import { formatAddress, packAddress } from './address.js';
import type { AnnounceEvent, AnnounceRequest } from './announce.js';
import {
  readCount,
  readI32,
  readU16,
  readU32,
  readU64,
  writeCount,
  writeU16,
  writeU32,
  writeU64,
} from './byte-order.js';
import { TrackerError } from './errors.js';
import { checkAnnounce, checkHash } from './fields.js';
import { HASH_BYTES, UDP_SCRAPE_HASHES_MAX } from './limits.js';
import { readUrlData, urlDataOptionLength, writeUrlData } from './udp-url-data.js';

/** BEP 15: what a connect request carries in place of a connection id. */
export const UDP_PROTOCOL_ID = 0x417_2710_1980n;

/** Actions of BEP 15. */
export const CONNECT = 0;
export const ANNOUNCE = 1;
export const SCRAPE = 2;
export const ERROR = 3;

/** The numbers of the events; 4 is not in BEP 15, but it is what clients that know BEP 21 send. */
const EVENTS: readonly (AnnounceEvent | undefined)[] = [undefined, 'completed', 'started', 'stopped', 'paused'];

const HEADER_BYTES = 16;
const ANNOUNCE_BYTES = 98;

/** A datagram from a client to a tracker (BEP 15, BEP 41). Transaction ids are 32 bits, connection ids 64. */
export type UdpRequest = UdpConnectRequest | UdpAnnounceRequest | UdpScrapeRequest;

/** Asks for a connection id: proof that our address is our own. */
export interface UdpConnectRequest {
  readonly type: 'connect';
  readonly transactionId: number;
}

/** An announce. */
export interface UdpAnnounceRequest {
  readonly type: 'announce';
  readonly connectionId: bigint;
  readonly transactionId: number;
  /** Fields that only HTTP has are not sent. */
  readonly request: AnnounceRequest;
  /** BEP 41: path and query of the tracker's URL, like `/announce?passkey=1`. */
  readonly urlData?: string;
}

/** A question about up to 74 swarms. */
export interface UdpScrapeRequest {
  readonly type: 'scrape';
  readonly connectionId: bigint;
  readonly transactionId: number;
  readonly infoHashes: readonly Uint8Array[];
}

/**
 * Writes a request as a datagram.
 *
 * @throws {TrackerError} `bad-field` when a field cannot be written.
 * @example
 * ```ts
 * import { encodeUdpRequest } from '@unchoke/tracker';
 *
 * const datagram = encodeUdpRequest({ type: 'connect', transactionId: 7 });
 * console.assert(datagram.length === 16);
 * ```
 */
export function encodeUdpRequest(message: UdpRequest): Uint8Array {
  if (message.type === 'announce') return encodeAnnounce(message);
  if (message.type === 'scrape') return encodeScrape(message);
  return withHeader(new Uint8Array(HEADER_BYTES), UDP_PROTOCOL_ID, CONNECT, message.transactionId);
}

/**
 * Reads a client's datagram, for a server. Hashes are views into `packet`.
 *
 * @throws {TrackerError} `malformed-request`, with the offset, when it is no request. A server drops such a datagram.
 * @example
 * ```ts
 * import { decodeUdpRequest, encodeUdpRequest } from '@unchoke/tracker';
 *
 * const message = decodeUdpRequest(encodeUdpRequest({ type: 'connect', transactionId: 7 }));
 * console.assert(message.type === 'connect' && message.transactionId === 7);
 * ```
 */
export function decodeUdpRequest(packet: Uint8Array): UdpRequest {
  if (packet.length < HEADER_BYTES) throw malformed(`${packet.length} bytes are too few for a request`, packet.length);
  const action = readU32(packet, 8);
  if (action === ANNOUNCE) return decodeAnnounce(packet);
  if (action === SCRAPE) return decodeScrape(packet);
  if (action !== CONNECT) throw malformed(`action ${action} is none of connect, announce, scrape`, 8);
  if (readU64(packet, 0) !== UDP_PROTOCOL_ID) throw malformed('a connect request must begin with the protocol id', 0);
  return { type: 'connect', transactionId: readU32(packet, 12) };
}

function encodeAnnounce({ connectionId, transactionId, request, urlData = '' }: UdpAnnounceRequest): Uint8Array {
  checkAnnounce(request);
  const packet = new Uint8Array(ANNOUNCE_BYTES + urlDataOptionLength(urlData));
  withHeader(packet, connectionId, ANNOUNCE, transactionId);
  packet.set(request.infoHash, 16);
  packet.set(request.peerId, 36);
  writeCount(packet, 56, request.downloaded);
  writeCount(packet, 64, request.left);
  writeCount(packet, 72, request.uploaded);
  writeU32(packet, 80, EVENTS.indexOf(request.event));
  if (request.ip !== undefined) packet.set(ipv4Bytes(request.ip), 84);
  writeU32(packet, 88, request.key ?? 0);
  writeU32(packet, 92, request.numWant ?? -1);
  writeU16(packet, 96, request.port);
  writeUrlData(packet, ANNOUNCE_BYTES, urlData);
  return packet;
}

function decodeAnnounce(packet: Uint8Array): UdpAnnounceRequest {
  if (packet.length < ANNOUNCE_BYTES) throw malformed('the announce request is cut short', packet.length);
  const event = readU32(packet, 80);
  if (event >= EVENTS.length) throw malformed(`event ${event} does not exist`, 80);
  const numWant = readI32(packet, 92);
  const urlData = readUrlData(packet, ANNOUNCE_BYTES);
  return {
    type: 'announce',
    connectionId: readU64(packet, 0),
    transactionId: readU32(packet, 12),
    request: {
      infoHash: packet.subarray(16, 36),
      peerId: packet.subarray(36, 56),
      downloaded: readCount(packet, 56),
      left: readCount(packet, 64),
      uploaded: readCount(packet, 72),
      key: readU32(packet, 88),
      port: readU16(packet, 96),
      ...(event === 0 ? {} : { event: EVENTS[event]! }),
      ...(readU32(packet, 84) === 0 ? {} : { ip: formatAddress(packet, 84, 4) }),
      // BEP 15: -1 is "as many as you like"; other negative numbers mean nothing else.
      ...(numWant < 0 ? {} : { numWant }),
    },
    ...(urlData === undefined ? {} : { urlData }),
  };
}

function encodeScrape({ connectionId, transactionId, infoHashes }: UdpScrapeRequest): Uint8Array {
  if (infoHashes.length === 0 || infoHashes.length > UDP_SCRAPE_HASHES_MAX) {
    const problem = `a UDP scrape takes 1 to ${UDP_SCRAPE_HASHES_MAX} info-hashes, not ${infoHashes.length}`;
    throw new TrackerError('bad-field', problem, { path: 'infoHashes' });
  }
  const packet = new Uint8Array(HEADER_BYTES + infoHashes.length * HASH_BYTES);
  withHeader(packet, connectionId, SCRAPE, transactionId);
  infoHashes.forEach((infoHash, index) => {
    checkHash(infoHash, `infoHashes[${index}]`);
    packet.set(infoHash, HEADER_BYTES + index * HASH_BYTES);
  });
  return packet;
}

/** A client may ask for more than fit into a reply; a server answers the first 74. */
function decodeScrape(packet: Uint8Array): UdpScrapeRequest {
  const count = Math.min(Math.floor((packet.length - HEADER_BYTES) / HASH_BYTES), UDP_SCRAPE_HASHES_MAX);
  if (count === 0) throw malformed('the scrape request names no torrent', HEADER_BYTES);
  const infoHashes = Array.from({ length: count }, (_, index) => {
    const start = HEADER_BYTES + index * HASH_BYTES;
    return packet.subarray(start, start + HASH_BYTES);
  });
  return { type: 'scrape', connectionId: readU64(packet, 0), transactionId: readU32(packet, 12), infoHashes };
}

function withHeader(packet: Uint8Array, connectionId: bigint, action: number, transactionId: number): Uint8Array {
  writeU64(packet, 0, connectionId);
  writeU32(packet, 8, action);
  writeU32(packet, 12, transactionId);
  return packet;
}

function ipv4Bytes(ip: string): Uint8Array {
  const bytes = packAddress(ip);
  // BEP 15: the field is 32 bits wide, also in announces over IPv6, where it stays 0.
  if (bytes?.length !== 4) throw new TrackerError('bad-field', `${ip} is not an IPv4 address`, { path: 'ip' });
  return bytes;
}

function malformed(problem: string, offset: number): TrackerError {
  return new TrackerError('malformed-request', `${problem} (offset ${offset})`, { offset });
}
