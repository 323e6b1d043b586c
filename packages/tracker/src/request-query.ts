import type { AnnounceEvent, AnnounceRequest } from './announce.js';
import { TrackerError } from './errors.js';
import { HASH_BYTES, QUERY_LENGTH_MAX, QUERY_PARAMETERS_MAX } from './limits.js';
import { percentDecode } from './percent.js';
import { readableText } from './text.js';

/**
 * Reads the query of an announce over HTTP, for a server: what stands after the question mark, as it came, one character
 * per byte. Parameters that are not ours are skipped. Hashes are copies.
 *
 * @throws {TrackerError} `malformed-request`; the message says what to mend and can be sent as failure reason.
 * @example
 * ```ts
 * import { parseAnnounceQuery } from '@unchoke/tracker';
 *
 * const hash = '%00'.repeat(20);
 * const query = `info_hash=${hash}&peer_id=${hash}&port=6881&uploaded=0&downloaded=0&left=0&event=started`;
 * console.assert(parseAnnounceQuery(query).event === 'started');
 * ```
 */
export function parseAnnounceQuery(query: string): AnnounceRequest {
  const fields = new Map<string, string>();
  eachParameter(query, (name, value) => {
    if (!PARAMETERS.has(name)) return;
    if (fields.has(name)) throw malformed(name, 'is given twice');
    fields.set(name, value);
  });
  return {
    infoHash: hash(required(fields, 'info_hash'), 'info_hash'),
    peerId: hash(required(fields, 'peer_id'), 'peer_id'),
    port: port(required(fields, 'port')),
    uploaded: count(required(fields, 'uploaded'), 'uploaded'),
    downloaded: count(required(fields, 'downloaded'), 'downloaded'),
    left: count(required(fields, 'left'), 'left'),
    ...optionalFields(fields),
  };
}

/**
 * Reads the query of a scrape over HTTP, for a server. None at all asks for every torrent (a full scrape), which a server
 * may refuse. Hashes are copies.
 *
 * @throws {TrackerError} `malformed-request`.
 * @example
 * ```ts
 * import { parseScrapeQuery } from '@unchoke/tracker';
 *
 * console.assert(parseScrapeQuery(`info_hash=${'%00'.repeat(20)}&info_hash=${'a'.repeat(20)}`).length === 2);
 * ```
 */
export function parseScrapeQuery(query: string): readonly Uint8Array[] {
  const infoHashes: Uint8Array[] = [];
  eachParameter(query, (name, value) => {
    if (name === 'info_hash') infoHashes.push(hash(value, name));
  });
  return infoHashes;
}

const PARAMETERS: ReadonlySet<string> = new Set([
  'info_hash',
  'peer_id',
  'port',
  'uploaded',
  'downloaded',
  'left',
  'event',
  'numwant',
  'key',
  'compact',
  'no_peer_id',
  'supportcrypto',
  'requirecrypto',
  'trackerid',
  'ip',
  'ipv4',
  'ipv6',
]);

function eachParameter(query: string, take: (name: string, value: string) => void): void {
  if (query.length > QUERY_LENGTH_MAX) throw malformed('the query', `is longer than ${QUERY_LENGTH_MAX} characters`);
  let parameterCount = 0;
  for (let start = 0; start < query.length; ) {
    const next = query.indexOf('&', start);
    const end = next === -1 ? query.length : next;
    const equals = query.indexOf('=', start);
    if (++parameterCount > QUERY_PARAMETERS_MAX)
      throw malformed('the query', `has more than ${QUERY_PARAMETERS_MAX} parameters`);
    if (equals !== -1 && equals < end) take(query.slice(start, equals), query.slice(equals + 1, end));
    start = end + 1;
  }
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

function optionalFields(fields: ReadonlyMap<string, string>): Partial<AnnounceRequest> {
  const request: Partial<Mutable<AnnounceRequest>> = {};
  for (const [name, value] of fields) {
    // BEP 3: an empty event is no event. Other fields are optional, so empty ones say nothing either.
    if (value !== '') setOptional(request, name, value);
  }
  return request;
}

function setOptional(request: Partial<Mutable<AnnounceRequest>>, name: string, value: string): void {
  if (name === 'event') request.event = event(value);
  else if (name === 'numwant') setNumWant(request, value);
  else if (name === 'key') request.key = key(value);
  else if (name === 'compact') request.compact = flag(value, name);
  else if (name === 'no_peer_id') request.noPeerId = flag(value, name);
  else if (name === 'supportcrypto') request.supportCrypto = flag(value, name);
  else if (name === 'requirecrypto') request.requireCrypto = flag(value, name);
  else if (name === 'trackerid') request.trackerId = bytes(value, name);
  else if (name === 'ip' || name === 'ipv4' || name === 'ipv6') request[name] = readableText(bytes(value, name));
}

function required(fields: ReadonlyMap<string, string>, name: string): string {
  const value = fields.get(name);
  if (value === undefined || value === '') throw malformed(name, 'is missing');
  return value;
}

function bytes(value: string, name: string): Uint8Array {
  const decoded = percentDecode(value);
  if (decoded === undefined) throw malformed(name, 'has a broken percent escape');
  return decoded;
}

function hash(value: string, name: string): Uint8Array {
  const decoded = bytes(value, name);
  if (decoded.length !== HASH_BYTES) throw malformed(name, `must be ${HASH_BYTES} bytes, not ${decoded.length}`);
  return decoded;
}

/** Digits only. What is above 2^53 - 1 reads as that: clients say "unknown" with all kinds of huge numbers. */
function count(value: string, name: string): number {
  if (!/^\d{1,20}$/.test(value)) throw malformed(name, 'must be a whole number');
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
}

function port(value: string): number {
  const number = count(value, 'port');
  if (number > 0xffff) throw malformed('port', 'must be at most 65535');
  return number;
}

function setNumWant(request: Partial<Mutable<AnnounceRequest>>, value: string): void {
  // -1 is what clients send for "as many as you like"; BEP 3 says that by leaving it out.
  if (!/^-\d{1,10}$/.test(value)) request.numWant = Math.min(count(value, 'numwant'), 0x7fff_ffff);
}

function event(value: string): AnnounceEvent {
  if (value === 'started' || value === 'completed' || value === 'stopped' || value === 'paused') return value;
  throw malformed('event', 'must be started, completed, stopped or empty');
}

function flag(value: string, name: string): boolean {
  if (value !== '0' && value !== '1') throw malformed(name, 'must be 0 or 1');
  return value === '1';
}

const HEX_KEY = /^[0-9a-f]{1,8}$/i;

/** Usually 32 bits in hexadecimal. A key only ever serves to be compared, so any other text is folded to 32 bits. */
function key(value: string): number {
  if (HEX_KEY.test(value)) return Number.parseInt(value, 16);
  let folded = 0x811c_9dc5;
  for (let index = 0; index < value.length; index++) folded = Math.imul(folded ^ value.charCodeAt(index), 0x0100_0193);
  return folded >>> 0;
}

function malformed(name: string, problem: string): TrackerError {
  return new TrackerError('malformed-request', `${name} ${problem}`, { path: name });
}
