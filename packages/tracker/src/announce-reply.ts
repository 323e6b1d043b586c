import { type BencodeNode, type Encodable, encode } from '@unchoke/bencode';
import { formatAddress, packAddress } from './address.js';
import type { AnnouncePeers, AnnounceReply } from './announce.js';
import { TrackerError } from './errors.js';
import { LISTED_PEERS_MAX } from './limits.js';
import { type ListedPeer, PeerList } from './peer-list.js';
import { countAt, failureDict, integerAt, readBody, readFailure, textAt } from './reply-body.js';

/**
 * Reads the body of an announce over HTTP (BEP 3, 7, 23, 24, 31). Dictionary keys may stand in any order, as many
 * trackers do not sort them; otherwise the body must be canonical bencode and every field of its type. A value that makes
 * no sense (a negative count, an external address of five bytes) is left out, a malformed peer costs that peer, and a
 * failure reason outweighs everything beside it. Bytes in the reply are views into `body`.
 *
 * @throws {TrackerError} `malformed-reply`, with offset and path.
 * @example
 * ```ts
 * import { decodeAnnounceReply } from '@unchoke/tracker';
 *
 * const body = Uint8Array.from('d8:intervali1800e5:peers6:\x0a\x00\x00\x01\x1a\xe1e', (c) => c.charCodeAt(0));
 * const reply = decodeAnnounceReply(body);
 * if (reply.type === 'peers') console.log(reply.intervalS, [...reply.peers]); // 1800 [ { host: '10.0.0.1', port: 6881 } ]
 * ```
 */
export function decodeAnnounceReply(body: Uint8Array): AnnounceReply {
  return readBody(body, (root) => readFailure(root) ?? readPeers(root));
}

/**
 * Writes the body of an announce over HTTP. Packed peers go out compact, listed peers as dictionaries.
 *
 * @throws {TrackerError} `bad-field` when a number is no integer, or packed IPv4 peers stand beside listed ones: the
 * protocol has one key for both.
 * @example
 * ```ts
 * import { encodeAnnounceReply } from '@unchoke/tracker';
 *
 * const body = encodeAnnounceReply({ type: 'failure', reason: 'no such torrent', retryInMinutes: 'never' });
 * console.assert(new TextDecoder().decode(body) === 'd14:failure reason15:no such torrent8:retry in5:nevere');
 * ```
 */
export function encodeAnnounceReply(reply: AnnounceReply): Uint8Array {
  return encode(reply.type === 'failure' ? failureDict(reply) : peersDict(reply));
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

function readPeers(root: BencodeNode): AnnouncePeers {
  const reply: Mutable<AnnouncePeers> = { type: 'peers', peers: PeerList.empty };
  // One assignment for each field: collecting objects by spreading them took half of the time.
  const intervalS = integerAt(root, 'interval');
  const minIntervalS = integerAt(root, 'min interval');
  const complete = countAt(root, 'complete');
  const incomplete = countAt(root, 'incomplete');
  const downloaded = countAt(root, 'downloaded');
  const trackerId = root.find('tracker id')?.bytes();
  const externalIp = externalIpOf(root);
  const warning = textAt(root, 'warning message');
  if (intervalS !== undefined) reply.intervalS = intervalS;
  if (minIntervalS !== undefined) reply.minIntervalS = minIntervalS;
  if (complete !== undefined) reply.complete = complete;
  if (incomplete !== undefined) reply.incomplete = incomplete;
  if (downloaded !== undefined) reply.downloaded = downloaded;
  if (trackerId !== undefined) reply.trackerId = trackerId;
  if (externalIp !== undefined) reply.externalIp = externalIp;
  if (warning !== undefined) reply.warning = warning;
  readLists(root, reply);
  return reply;
}

function readLists(root: BencodeNode, reply: Mutable<AnnouncePeers>): void {
  const peers = root.find('peers');
  const v4 = peers?.type === 'string' ? peers.bytes() : NO_BYTES;
  const v6 = root.find('peers6')?.bytes() ?? NO_BYTES;
  const { listed, malformedCount } = peers === undefined || peers.type === 'string' ? NO_LIST : readListedPeers(peers);
  const malformedPeerCount = malformedCount + Number(v4.length % 6 !== 0) + Number(v6.length % 18 !== 0);
  reply.peers = new PeerList(whole(v4, 6), whole(v6, 18), listed);
  if (malformedPeerCount > 0) reply.malformedPeerCount = malformedPeerCount;
}

const NO_BYTES = new Uint8Array(0);
const NO_LIST = { listed: [], malformedCount: 0 } as const;

function whole(compact: Uint8Array, stride: number): Uint8Array {
  const stray = compact.length % stride;
  return stray === 0 ? compact : compact.subarray(0, compact.length - stray);
}

function readListedPeers(peers: BencodeNode): {
  readonly listed: readonly ListedPeer[];
  readonly malformedCount: number;
} {
  const listed: ListedPeer[] = [];
  let malformedCount = 0;
  for (const entry of peers.items()) {
    if (listed.length + malformedCount === LISTED_PEERS_MAX) break;
    const peer = readListedPeer(entry);
    if (peer === undefined) malformedCount++;
    else listed.push(peer);
  }
  return { listed, malformedCount };
}

/** A DNS name has 253 characters at most. */
const HOST_BYTES_MAX = 253;
const HOST = /^[\x21-\x7e]+$/;

function readListedPeer(entry: BencodeNode): ListedPeer | undefined {
  if (entry.type !== 'dict') return undefined;
  const ip = entry.find('ip');
  const port = entry.find('port');
  const peerId = entry.find('peer id');
  if (ip?.type !== 'string' || port?.type !== 'integer' || (peerId !== undefined && peerId.type !== 'string'))
    return undefined;
  const bytes = ip.bytes();
  const number = port.bigint();
  const id = peerId?.bytes();
  if (bytes.length > HOST_BYTES_MAX || number < 0n || number > 0xffffn || (id !== undefined && id.length !== 20))
    return undefined;
  const host = String.fromCharCode(...bytes);
  if (!HOST.test(host)) return undefined;
  return { host, port: Number(number), ...(id === undefined ? {} : { peerId: id }) };
}

/** BEP 24: 4 or 16 raw bytes. Text is accepted as well, since trackers send it. */
function externalIpOf(root: BencodeNode): string | undefined {
  const bytes = root.find('external ip')?.bytes();
  if (bytes === undefined) return undefined;
  if (bytes.length === 4 || bytes.length === 16) return formatAddress(bytes);
  const packed = bytes.length > 45 ? undefined : packAddress(String.fromCharCode(...bytes));
  return packed === undefined ? undefined : formatAddress(packed);
}

function peersDict(reply: AnnouncePeers): Encodable {
  const { v4, v6, listed } = reply.peers;
  if (v4.length > 0 && listed.length > 0) {
    throw new TrackerError('bad-field', 'IPv4 peers are either packed or listed: BEP 3 has one key for both', {
      path: 'peers',
    });
  }
  const dict = new Map<string, Encodable>();
  setInteger(dict, 'complete', reply.complete);
  setInteger(dict, 'downloaded', reply.downloaded);
  if (reply.externalIp !== undefined) dict.set('external ip', packedIp(reply.externalIp));
  setInteger(dict, 'incomplete', reply.incomplete);
  setInteger(dict, 'interval', reply.intervalS);
  setInteger(dict, 'min interval', reply.minIntervalS);
  dict.set('peers', listed.length === 0 ? v4 : listed.map(listedDict));
  if (v6.length > 0) dict.set('peers6', v6);
  if (reply.trackerId !== undefined) dict.set('tracker id', reply.trackerId);
  if (reply.warning !== undefined) dict.set('warning message', reply.warning);
  return dict;
}

function setInteger(dict: Map<string, Encodable>, key: string, value: number | undefined): void {
  if (value === undefined) return;
  if (!Number.isSafeInteger(value))
    throw new TrackerError('bad-field', `${key} must be an integer, not ${value}`, { path: key });
  dict.set(key, value);
}

function listedDict(peer: ListedPeer): Encodable {
  const dict = new Map<string, Encodable>([
    ['ip', peer.host],
    ['port', peer.port],
  ]);
  if (peer.peerId !== undefined) dict.set('peer id', peer.peerId);
  return dict;
}

function packedIp(externalIp: string): Uint8Array {
  const packed = packAddress(externalIp);
  if (packed === undefined)
    throw new TrackerError('bad-field', `${externalIp} is not an IP address`, { path: 'externalIp' });
  return packed;
}
