import { packAddress } from '@unchoke/tracker';
import { MockTrackerError } from '../errors.js';
import { ADDED_BYTES_MAX, HOLD_TIME_MAX_MS, MADE_UP_PEERS_MAX, RULES_MAX } from '../limits.js';
import { readPeerText } from './peer-text.js';
import {
  type Checker,
  fields,
  isRecord,
  isWhole,
  list,
  oneOf,
  oneOrMore,
  record,
  text,
  that,
  truth,
  wholeNumber,
} from './schema.js';
import type { TrackerScenario } from './tracker-scenario.js';

/**
 * Checks a scenario, as it comes out of `JSON.parse`, and answers it typed.
 *
 * @throws {MockTrackerError} `bad-scenario`, with one line in `problems` for everything that is wrong.
 * @example
 * ```ts
 * import { parseScenario } from '@unchoke/mock-tracker';
 * const scenario = parseScenario(JSON.parse('{ "rules": [{ "do": { "reply": { "failure": "go away" } } }] }'));
 * console.log(scenario.rules.length); // 1
 * ```
 */
export function parseScenario(value: unknown): TrackerScenario {
  const problems: string[] = [];
  let problemCount = 0;
  SCENARIO(value, '', (problem) => {
    problemCount += 1;
    if (problems.length < PROBLEMS_SHOWN) problems.push(problem.startsWith(': ') ? `scenario${problem}` : problem);
  });
  if (problemCount === 0) return value as TrackerScenario;
  if (problemCount > problems.length) problems.push(`… and ${problemCount - problems.length} more`);
  throw new MockTrackerError('bad-scenario', `the scenario is not valid:\n  ${problems.join('\n  ')}`, problems);
}

const PROBLEMS_SHOWN = 20;

const byteCount = wholeNumber(0, ADDED_BYTES_MAX);
const milliseconds = wholeNumber(0, HOLD_TIME_MAX_MS);
const anyInteger = that('a whole number, or its digits as text', isAnyInteger);
const anyIntegerOrNull = that('a whole number, its digits as text, or null', (v) => v === null || isAnyInteger(v));
const infoHash = that(
  'an info-hash of 40 hexadecimal digits',
  (v) => typeof v === 'string' && /^[0-9a-fA-F]{40}$/.test(v),
);
const address = that('an IP address', isAddress);
const peer = that(
  '"address:port", "[address]:port" or "self"',
  (v) => typeof v === 'string' && readPeerText(v) !== undefined,
);
const event = oneOf('started', 'completed', 'stopped', 'paused', 'none');
const request = oneOf('announce', 'scrape', 'connect');
const peers = list(peer, 10_000);
const pace = fields({ bytes: wholeNumber(1, ADDED_BYTES_MAX), everyMs: milliseconds }, ['bytes', 'everyMs']);
const rawBytes: Checker = (value, path, report) => {
  if (isRecord(value) && Object.keys(value).length === 1) return RAW_BYTES(value, path, report);
  report(`${path}: expected { "text": … } or { "hex": … }`);
};
const RAW_BYTES = fields({
  text: text(1_048_576),
  hex: that('an even number of hexadecimal digits', (v) => typeof v === 'string' && /^([0-9a-fA-F]{2})*$/.test(v)),
});

const nthRange = fields({
  from: wholeNumber(1, Number.MAX_SAFE_INTEGER),
  to: wholeNumber(1, Number.MAX_SAFE_INTEGER),
  every: wholeNumber(1, Number.MAX_SAFE_INTEGER),
});
const nthNumbers = oneOrMore(wholeNumber(1, Number.MAX_SAFE_INTEGER), 10_000);
const nth: Checker = (value, path, report) => (isRecord(value) ? nthRange : nthNumbers)(value, path, report);

const WHEN = fields({
  protocol: oneOf('http', 'udp'),
  request: oneOrMore(request, 3),
  infoHash: oneOrMore(infoHash, 10_000),
  peerId: oneOrMore(that('how a peer id starts, at most 20 bytes', isPeerIdStart), 1_000),
  address: oneOrMore(address, 1_000),
  userAgent: text(256),
  event: oneOrMore(event, 5),
  trackerId: that('a text or null', (v) => v === null || typeof v === 'string'),
  nth,
  nthPer: oneOf('all', 'peer', 'infoHash'),
  chance: that('a number from 0 to 1', (v) => typeof v === 'number' && v >= 0 && v <= 1),
});

const PEERS = fields({
  only: peers,
  add: peers,
  madeUp: wholeNumber(0, MADE_UP_PEERS_MAX),
  copies: wholeNumber(1, 1_000),
  family: oneOf('ipv4', 'ipv6'),
  form: oneOf('compact', 'dictionary', 'dictionary-without-ids'),
  junk: truth,
  cutBytes: byteCount,
  none: truth,
});

const REPLY = fields({
  failure: text(),
  failureWithPeers: truth,
  retryIn: that('minutes, or "never"', (v) => v === 'never' || isAnyInteger(v)),
  warning: text(),
  interval: anyIntegerOrNull,
  minInterval: anyIntegerOrNull,
  complete: anyIntegerOrNull,
  incomplete: anyIntegerOrNull,
  downloaded: anyIntegerOrNull,
  trackerId: text(),
  trackerIdRequired: truth,
  externalIp: that('an IP address, or "self"', (v) => v === 'self' || isAddress(v)),
  peers: PEERS,
});

const BODY = fields({
  keys: oneOf('unsorted', 'duplicate'),
  padBytes: byteCount,
  replace: rawBytes,
  nest: wholeNumber(1, ADDED_BYTES_MAX / 2),
  cutAt: byteCount,
  flipAt: byteCount,
  append: rawBytes,
});

const HTTP = fields({
  status: wholeNumber(100, 599),
  headers: record(that('a text or null', (v) => v === null || typeof v === 'string')),
  redirect: text(),
  encoding: oneOf('gzip', 'deflate', 'gzip-corrupt', 'gzip-cut', 'gzip-unlabelled', 'gzip-bomb'),
  bombBytes: wholeNumber(1, 2 ** 40),
  transfer: oneOf('length', 'chunked', 'chunked-bad-size', 'chunked-endless', 'until-close'),
  contentLength: anyInteger,
  waitMs: milliseconds,
  slowHead: pace,
  slowBody: pace,
  silence: truth,
  endless: that('true, false or a number of bytes', (v) => typeof v === 'boolean' || (isWhole(v) && v >= 0)),
  resetAt: byteCount,
  closeAt: byteCount,
});

const UDP = fields({
  drop: oneOf('request', 'reply'),
  copies: wholeNumber(1, 10_000),
  waitMs: milliseconds,
  holdForNext: truth,
  transactionId: that('"wrong" or a number of 32 bits', (v) => v === 'wrong' || isU32(v)),
  action: that('a number of 32 bits', isU32),
  error: text(1_024),
  staleConnectionId: truth,
  otherPort: truth,
  strays: wholeNumber(0, 100_000),
  replace: rawBytes,
  cutAt: byteCount,
  append: rawBytes,
});

const RULE = fields({ name: text(200), when: WHEN, do: fields({ reply: REPLY, body: BODY, http: HTTP, udp: UDP }) }, [
  'do',
]);

const SCENARIO = fields(
  {
    // Editors complete and check a file that names its schema.
    $schema: text(),
    seed: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    rules: list(RULE, RULES_MAX),
  },
  ['rules'],
);

function isAnyInteger(value: unknown): boolean {
  return isWhole(value) || (typeof value === 'string' && /^-?\d{1,40}$/.test(value));
}

function isU32(value: unknown): boolean {
  return isWhole(value) && value >= 0 && value <= 0xffff_ffff;
}

function isAddress(value: unknown): boolean {
  return typeof value === 'string' && packAddress(value) !== undefined;
}

function isPeerIdStart(value: unknown): boolean {
  return typeof value === 'string' && /^(?:%[0-9a-fA-F]{2}|[\x20-\x24\x26-\x7e]){1,20}$/.test(value);
}
