import { inspect, isDeepStrictEqual } from 'node:util';
import {
  type AnnounceRequest,
  decodeAnnounceReply,
  decodeScrapeReply,
  decodeUdpReply,
  decodeUdpRequest,
  dialablePeers,
  encodeAnnounceReply,
  encodeScrapeReply,
  encodeUdpReply,
  encodeUdpRequest,
  formatAnnounceUrl,
  formatScrapeUrl,
  PeerList,
  parseAnnounceQuery,
  parseScrapeQuery,
  redactTrackerUrl,
  TrackerError,
  UdpClient,
} from '../src/index.js';
import { latin1 } from './samples.js';

// Mutants of good messages, thrown at everything that reads what strangers write. Two outcomes exist: a value that survives
// being written and read again, or a TrackerError. Anything else is a bug.

const HASH = Uint8Array.from({ length: 20 }, (_, index) => index * 13);
const REQUEST: AnnounceRequest = {
  infoHash: HASH,
  peerId: HASH,
  port: 6881,
  uploaded: 1,
  downloaded: 2,
  left: 3,
  key: 4,
  numWant: 5,
};
const PEERS = PeerList.of([
  { host: '10.0.0.1', port: 1 },
  { host: '8.8.8.8', port: 2 },
  { host: '2001:db8::1', port: 3 },
]);
const LISTED = new PeerList(new Uint8Array(0), PEERS.v6, [{ host: 'peer.example', port: 4, peerId: HASH }]);
const COUNTS = { complete: 1, incomplete: 2, downloaded: 3 };

const SEEDS: readonly Uint8Array[] = [
  encodeUdpRequest({ type: 'connect', transactionId: 1 }),
  encodeUdpRequest({
    type: 'announce',
    connectionId: 1n,
    transactionId: 2,
    request: { ...REQUEST, ip: '1.2.3.4', event: 'started' },
    urlData: '/a?b',
  }),
  encodeUdpRequest({ type: 'scrape', connectionId: 1n, transactionId: 2, infoHashes: [HASH, HASH] }),
  encodeUdpReply({ type: 'connect', transactionId: 1, connectionId: 5n }, 4),
  encodeUdpReply(
    { type: 'announce', transactionId: 1, reply: { type: 'peers', intervalS: 1800, ...COUNTS, peers: PEERS } },
    4,
  ),
  encodeUdpReply(
    { type: 'announce', transactionId: 1, reply: { type: 'peers', intervalS: 1800, ...COUNTS, peers: PEERS } },
    6,
  ),
  encodeUdpReply({ type: 'scrape', transactionId: 1, swarms: [COUNTS, COUNTS] }, 4),
  encodeUdpReply({ type: 'error', transactionId: 1, message: 'no' }, 4),
  encodeAnnounceReply({
    type: 'peers',
    intervalS: 1800,
    minIntervalS: 60,
    ...COUNTS,
    externalIp: '1.2.3.4',
    trackerId: HASH,
    warning: 'hm',
    peers: PEERS,
  }),
  encodeAnnounceReply({ type: 'peers', intervalS: 1800, peers: LISTED }),
  encodeAnnounceReply({ type: 'failure', reason: 'no', retryInMinutes: 5 }),
  encodeScrapeReply({ type: 'swarms', swarms: [{ infoHash: HASH, ...COUNTS, name: 'x' }] }),
  latin1(
    formatAnnounceUrl('http://user@t.example:80/x/announce.php?key=1', {
      ...REQUEST,
      event: 'paused',
      compact: true,
      trackerId: HASH,
      ipv6: '[::1]:1',
    }),
  ),
  latin1(formatScrapeUrl('http://t.example/announce', [HASH, HASH])),
];

/** A cheap generator: quality is not needed, speed and a seed are. */
export function generator(seed: number): (bound: number) => number {
  let state = (seed ^ 0x9e37_79b9) >>> 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** A good message, spoilt in one to eight places. */
export function mutant(randomBelow: (bound: number) => number): Uint8Array {
  const pick = (): Uint8Array => SEEDS[randomBelow(SEEDS.length)]!;
  let bytes = [...pick()];
  for (let change = randomBelow(8); change >= 0; change--) {
    const at = randomBelow(bytes.length + 1);
    const how = randomBelow(6);
    if (how === 0) bytes[at] = randomBelow(256);
    else if (how === 1) bytes = bytes.slice(0, at);
    else if (how === 2) bytes.splice(at, 1 + randomBelow(4));
    else if (how === 3) bytes.splice(at, 0, ...latin1('ld0:i1e%&=-99999999999999999999e'.slice(randomBelow(20))));
    else if (how === 4) bytes.splice(at, 0, ...pick().subarray(randomBelow(40)));
    else bytes[at] = (bytes[at] ?? 0) ^ (1 << randomBelow(8));
  }
  return Uint8Array.from(bytes.slice(0, 4096));
}

/** Gives the bytes to every reader. Throws when one of them does something else than its two outcomes. */
export function readAll(bytes: Uint8Array): void {
  const text = String.fromCharCode(...bytes);
  survives(
    () => decodeUdpRequest(bytes),
    (message) => decodeUdpRequest(encodeUdpRequest(message)),
  );
  for (const family of [4, 6] as const)
    survives(
      () => decodeUdpReply(bytes, family),
      (message) => decodeUdpReply(encodeUdpReply(message, family), family),
    );
  survives(
    () => decodeAnnounceReply(bytes),
    (reply) => decodeAnnounceReply(encodeAnnounceReply(reply)),
  );
  survives(
    () => decodeScrapeReply(bytes),
    (reply) => decodeScrapeReply(encodeScrapeReply(reply)),
  );
  const query = text.slice(text.indexOf('?') + 1);
  survives(
    () => parseAnnounceQuery(query),
    (request) => parseAnnounceQuery(formatAnnounceUrl('http://t/announce', request).slice(18)),
  );
  survives(
    () => parseScrapeQuery(query),
    (hashes) => parseScrapeQuery(formatScrapeUrl('http://t/announce', hashes).slice(16)),
  );
  survives(
    () => formatAnnounceUrl(text, REQUEST),
    (url) => url,
  );
  survives(
    () => formatScrapeUrl(text, [HASH]),
    (url) => url,
  );
  redactTrackerUrl(text);
  filterTwice(bytes);
  machineStands(bytes);
}

function survives<Value>(read: () => Value, again: (value: Value) => Value): void {
  const value = outcome(read);
  if (value === undefined) return;
  const second = outcome(() => again(value));
  if (second !== undefined && !isDeepStrictEqual(withoutLosses(second), withoutLosses(value))) {
    throw new Error(`read ${inspect(value)}, wrote it, and read ${inspect(second)}`);
  }
}

/** What is counted as malformed is not written again. */
function withoutLosses(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { malformedPeerCount: _peers, malformedSwarmCount: _swarms, ...rest } = value as Record<string, unknown>;
  if ('reply' in rest) rest['reply'] = withoutLosses(rest['reply']);
  return Array.isArray(value) ? value : rest;
}

function outcome<Value>(run: () => Value): Value | undefined {
  try {
    return run();
  } catch (error) {
    if (TrackerError.isInstance(error)) return undefined;
    throw error;
  }
}

function filterTwice(bytes: Uint8Array): void {
  for (const family of [4, 6] as const) {
    const once = dialablePeers(PeerList.fromCompact(bytes, family));
    if (!isDeepStrictEqual(dialablePeers(once), once)) throw new Error('what may be dialled changed when asked again');
  }
}

function machineStands(bytes: Uint8Array): void {
  const client = new UdpClient(() => 1);
  const tracker = { host: '192.0.2.1', port: 1 };
  client.handle(
    { type: 'exchange-requested', exchange: 1, tracker, question: { type: 'announce', request: REQUEST } },
    0,
  );
  client.handle({ type: 'datagram-received', from: tracker, bytes }, 1);
  client.handle({ type: 'datagram-received', from: tracker, bytes }, 2);
}
