import type { Bencode } from './bencode.js';
import { concat, EMPTY, fromLatin1 } from './bytes.js';
import { compactAddresses } from './bytes-spec.js';
import { METADATA_PIECE_BYTES, PEX_PEERS_MAX, REQUEST_QUEUE_MAX } from './limits.js';
import type { Link } from './link.js';
import { type ExtendedMessage, OUR_EXTENSIONS, offersExtensions } from './message.js';

/** BEP 10 holds when both handshakes offered it. */
export function isExtended(link: Link): boolean {
  return (
    link.ours !== undefined &&
    link.theirs !== undefined &&
    offersExtensions(link.ours.reserved) &&
    offersExtensions(link.theirs.reserved)
  );
}

/** Our extended handshake as an honest peer writes it. */
export function extendedHandshake(link: Link): ExtendedMessage {
  const { torrent, listenPort } = link.options;
  const header = new Map<string, Bencode>([
    ['m', new Map([...OUR_EXTENSIONS].map(([id, name]) => [name, id]))],
    ['metadata_size', torrent.infoBytes.length],
    ['reqq', REQUEST_QUEUE_MAX],
    ['v', fromLatin1('Unchoke mock-peer')],
  ]);
  if (listenPort !== undefined) header.set('p', listenPort);
  return { type: 'extended', kind: 'extended-handshake', id: 0, header, payload: EMPTY };
}

/** Takes in what the other side announced. Repeats add to it; every field that makes no sense is passed over (BEP 10). */
export function learnExtensions(link: Link, message: ExtendedMessage): void {
  const header = message.header;
  const ids = header?.get('m');
  if (ids instanceof Map) {
    for (const [name, id] of ids as ReadonlyMap<string, Bencode>) {
      if (typeof id !== 'number' || id < 0 || id > 255) continue;
      if (id === 0) link.theirExtensions.delete(name);
      else if (link.theirExtensions.size < EXTENSIONS_KEPT) link.theirExtensions.set(name, id);
    }
  }
  const port = header?.get('p');
  if (typeof port === 'number' && port > 0 && port < 65_536) link.theirPort = port;
  const depth = header?.get('reqq');
  if (typeof depth === 'number' && depth > 0) link.theirRequestQueue = depth;
}

export function extendedIdOf(link: Link, name: string): number | undefined {
  return link.theirExtensions.get(name);
}

/** BEP 9, msg_type 0 request, 1 data, 2 reject; undefined while the other side's id is unknown. */
export function metadataMessage(
  link: Link,
  type: 0 | 1 | 2,
  piece: number,
  payload?: Uint8Array,
): ExtendedMessage | undefined {
  const id = extendedIdOf(link, 'ut_metadata');
  if (id === undefined) return undefined;
  const { infoBytes } = link.options.torrent;
  const header = new Map<string, Bencode>([
    ['msg_type', type],
    ['piece', piece],
  ]);
  if (type === 1) header.set('total_size', infoBytes.length);
  const start = piece * METADATA_PIECE_BYTES;
  const body = type === 1 ? (payload ?? infoBytes.subarray(start, start + METADATA_PIECE_BYTES)) : EMPTY;
  const kind = (['metadata-request', 'metadata-data', 'metadata-reject'] as const)[type];
  return { type: 'extended', kind, id, header, payload: body };
}

/** Serves a piece of the metadata, or refuses one that there is not. */
export function answerMetadata(link: Link, message: ExtendedMessage, isRefused: boolean): void {
  const piece = message.header?.get('piece');
  const count = Math.ceil(link.options.torrent.infoBytes.length / METADATA_PIECE_BYTES);
  const index = typeof piece === 'number' ? piece : -1;
  const isServed = !isRefused && index >= 0 && index < count;
  const answer = metadataMessage(link, isServed ? 1 : 2, index);
  if (answer !== undefined) link.say(answer);
}

/** BEP 11: the peers we know, at most fifty. Undefined when there is nothing to say or nobody who understands it. */
export function pexMessage(link: Link): ExtendedMessage | undefined {
  const id = extendedIdOf(link, 'ut_pex');
  if (id === undefined || link.knownPeers.length === 0) return undefined;
  const peers = link.knownPeers.slice(0, PEX_PEERS_MAX);
  const four = peers.filter((peer) => !peer.host.includes(':'));
  const six = peers.filter((peer) => peer.host.includes(':'));
  const header = new Map<string, Bencode>();
  if (four.length > 0) {
    header.set('added', concat([EMPTY, ...compactAddresses(four.map((peer) => `${peer.host}:${peer.port}`))]));
    header.set('added.f', new Uint8Array(four.length));
  }
  if (six.length > 0) {
    header.set('added6', concat([EMPTY, ...compactAddresses(six.map((peer) => `[${peer.host}]:${peer.port}`))]));
    header.set('added6.f', new Uint8Array(six.length));
  }
  return { type: 'extended', kind: 'pex', id, header, payload: EMPTY };
}

/** Names remembered of one peer; there are some twenty extensions in the world. */
const EXTENSIONS_KEPT = 64;
