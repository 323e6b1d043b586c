import { packAddress } from '@unchoke/tracker';
import type { AnnounceEvent } from '../book-message.js';
import { SCRAPE_HASHES_MAX } from '../limits.js';
import { eachParameter, percentDecoded } from './query.js';

/** An HTTP announce as it was asked (BEP 3, 7, 23). Texts hold one character per byte. */
export interface AnnounceQuery {
  readonly type: 'announce';
  infoHash: string;
  peerId: string;
  port: number;
  uploaded: number | bigint | undefined;
  downloaded: number | bigint | undefined;
  left: number | bigint | undefined;
  event: AnnounceEvent | undefined;
  numWant: number | undefined;
  key: string | undefined;
  trackerId: string | undefined;
  /** BEP 23: compact unless the client says `compact=0`. */
  isCompact: boolean;
  noPeerId: boolean;
  ip: Uint8Array | undefined;
  ipv4: Uint8Array | undefined;
  ipv6: Uint8Array | undefined;
}

export interface ScrapeQuery {
  readonly type: 'scrape';
  readonly infoHashes: readonly string[];
}

/** Why a query cannot be answered; clients show it to people as the failure reason. */
export interface BadQuery {
  readonly type: 'failure';
  readonly reason: string;
}

/** Reads the query of an announce. Unknown parameters are ignored, known ones must be right. */
export function readAnnounceQuery(query: string): AnnounceQuery | BadQuery {
  const asked: AnnounceQuery = {
    type: 'announce',
    infoHash: '',
    peerId: '',
    port: -1,
    uploaded: undefined,
    downloaded: undefined,
    left: undefined,
    event: undefined,
    numWant: undefined,
    key: undefined,
    trackerId: undefined,
    isCompact: true,
    noPeerId: false,
    ip: undefined,
    ipv4: undefined,
    ipv6: undefined,
  };
  let problem: string | undefined;
  eachParameter(query, (key, value) => {
    problem ??= take(asked, key, value);
  });
  problem ??= missing(asked);
  return problem === undefined ? asked : { type: 'failure', reason: problem };
}

/** Reads the query of a scrape (BEP 48): any number of `info_hash`, within bounds. */
export function readScrapeQuery(query: string): ScrapeQuery | BadQuery {
  const infoHashes: string[] = [];
  let problem: string | undefined;
  eachParameter(query, (key, value) => {
    if (key !== 'info_hash' || problem !== undefined) return;
    const infoHash = percentDecoded(value);
    if (infoHash?.length !== 20) problem = not20Bytes('info_hash', infoHash);
    else if (infoHashes.length === SCRAPE_HASHES_MAX)
      problem = `more than ${SCRAPE_HASHES_MAX} info_hash in one scrape`;
    else infoHashes.push(infoHash);
  });
  if (problem === undefined && infoHashes.length === 0) problem = 'a scrape needs at least one info_hash here';
  return problem === undefined ? { type: 'scrape', infoHashes } : { type: 'failure', reason: problem };
}

function take(asked: AnnounceQuery, key: string, value: string): string | undefined {
  switch (key) {
    case 'info_hash': {
      if (asked.infoHash !== '') return 'info_hash appears twice';
      const infoHash = percentDecoded(value);
      if (infoHash?.length !== 20) return not20Bytes(key, infoHash);
      asked.infoHash = infoHash;
      return undefined;
    }
    case 'peer_id': {
      if (asked.peerId !== '') return 'peer_id appears twice';
      const peerId = percentDecoded(value);
      if (peerId?.length !== 20) return not20Bytes(key, peerId);
      asked.peerId = peerId;
      return undefined;
    }
    case 'port': {
      const port = wholeNumber(value);
      // Port 0 cannot be dialled, and must not be handed out.
      if (typeof port !== 'number' || port < 1 || port > 65_535) return notA('port', 'a port from 1 to 65535', value);
      asked.port = port;
      return undefined;
    }
    case 'uploaded':
    case 'downloaded':
    case 'left': {
      const bytes = wholeNumber(value);
      if (bytes === undefined) return notA(key, 'a whole number of bytes', value);
      asked[key] = bytes;
      return undefined;
    }
    case 'event':
      if (value === '') return undefined;
      if (!isEvent(value)) return notA('event', 'started, completed, stopped or paused', value);
      asked.event = value;
      return undefined;
    case 'numwant': {
      const count = value === '-1' ? -1 : wholeNumber(value);
      if (count === undefined) return notA('numwant', 'a whole number', value);
      asked.numWant = typeof count === 'number' ? count : Number.MAX_SAFE_INTEGER;
      return undefined;
    }
    case 'compact':
      asked.isCompact = value !== '0';
      return undefined;
    case 'no_peer_id':
      asked.noPeerId = value === '1';
      return undefined;
    case 'key':
      asked.key = percentDecoded(value);
      return undefined;
    case 'trackerid':
      asked.trackerId = percentDecoded(value);
      return undefined;
    case 'ip':
      asked.ip = addressBytes(value);
      return undefined;
    case 'ipv4':
      asked.ipv4 = addressBytes(value);
      return undefined;
    case 'ipv6':
      asked.ipv6 = addressBytes(value);
      return undefined;
    default:
      return undefined;
  }
}

function missing(asked: AnnounceQuery): string | undefined {
  if (asked.infoHash === '') return 'info_hash is missing';
  if (asked.peerId === '') return 'peer_id is missing';
  if (asked.port === -1) return 'port is missing';
  return undefined;
}

/** Up to 20 digits, exact: a number while that is exact, a bigint beyond. */
function wholeNumber(value: string): number | bigint | undefined {
  if (value.length === 0 || value.length > 20) return undefined;
  let number = 0;
  for (let index = 0; index < value.length; index++) {
    const digit = value.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return value.length <= 15 ? number : safest(BigInt(value));
}

function safest(exact: bigint): number | bigint {
  return exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : exact;
}

/** BEP 3 allows a DNS name as `ip`, BEP 7 an address with or without port. Only the plain address is of use here. */
function addressBytes(value: string): Uint8Array | undefined {
  const text = percentDecoded(value);
  if (text === undefined) return undefined;
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text);
  return packAddress(bracketed?.[1] ?? text);
}

function isEvent(value: string): value is AnnounceEvent {
  return value === 'started' || value === 'completed' || value === 'stopped' || value === 'paused';
}

function not20Bytes(key: string, value: string | undefined): string {
  if (value === undefined) return `${key} holds a percent sign without two hexadecimal digits behind it`;
  return `${key} has ${value.length} bytes, expected 20`;
}

function notA(key: string, expected: string, value: string): string {
  // What a stranger sent is repeated to him shortened, and only in printable characters.
  return `${key}: expected ${expected}, found ${JSON.stringify(value.slice(0, 24))}`;
}
