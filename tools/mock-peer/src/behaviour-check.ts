import type { Behaviour, Doing, When } from './behaviour.js';
import { fromHex } from './bytes.js';
import { compactAddress } from './bytes-spec.js';
import {
  type Check,
  dictOf,
  either,
  type Fields,
  fail,
  flag,
  has,
  integer,
  isKind,
  isObject,
  listOf,
  object,
  optional,
  probability,
  text,
  union,
  word,
} from './check.js';
import { DIALLED_MAX, RULES_MAX, SPEC_BYTES_MAX } from './limits.js';
import { MESSAGE_NAMES } from './message.js';

/**
 * Reads a behaviour from JSON: the value as it is when every part of it is known and makes sense, else a `MockPeerError`
 * that names the place and what would be right.
 *
 * @example
 * const json = '{ "rules": [{ "when": { "on": "open" }, "do": { "type": "mute" } }] }';
 * const behaviour = checkBehaviour(JSON.parse(json));
 */
export function checkBehaviour(value: unknown): Behaviour {
  behaviourCheck(value, '');
  const behaviour = value as Behaviour;
  behaviour.rules.forEach((rule, i) => {
    const doings: readonly Doing[] = Array.isArray(rule.do) ? rule.do : [rule.do as Doing];
    checkMoment(rule.when, doings, `rules[${i}]`);
  });
  return behaviour;
}

const U32: Check = integer(-0x8000_0000, 0xffff_ffff);
const count: Check = integer(0, 0x7fff_ffff);
const positive: Check = integer(1, 0x7fff_ffff);
const pauseMs: Check = integer(0, 0x7fff_ffff);
const size: Check = integer(0, SPEC_BYTES_MAX);

const hex: Check = (value, path) => {
  if (fromHex(value as string) === undefined) fail(path, `"${String(value).slice(0, 40)}" is no hex`);
};

/** Checks that refer to themselves are looked up when they are needed. */
const bytes: Check = (value, path) => bytesCases(value, path);
const bencode: Check = (value, path) => bencodeCases(value, path);

const bytesCases: Check = either(
  [
    [isKind('string'), hex],
    [Array.isArray, listOf(bytes)],
    [has('text'), object({ text })],
    [has('zeros'), object({ zeros: size })],
    [has('random'), object({ random: size })],
    [has('nested'), object({ nested: integer(0, 10_000_000), open: text, close: optional(text) })],
    [has('bencode'), object({ bencode })],
    [has('peers'), object({ peers: listOf(addressCheck, 200_000) })],
  ],
  'hex or one of { text }, { zeros }, { random }, { nested, open }, { bencode }, { peers } or a list of these',
);

const bencodeCases: Check = either(
  [
    [isKind('number'), integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)],
    [isKind('string'), text],
    [Array.isArray, listOf(bencode, 1_000_000)],
    [has('int'), object({ int: digits })],
    [has('bytes'), object({ bytes })],
    [has('dict'), object({ dict: dictOf(bencode) })],
  ],
  'an integer, a string, a list or one of { int }, { bytes }, { dict }',
);

const number: Check = either(
  [
    [isKind('number'), U32],
    [isKind('string'), word('first', 'last', 'count', 'max', 'random', 'each', 'same')],
  ],
  'an integer or one of first, last, count, max, random, each, same',
);

const changed: Check = either(
  [
    [has('add'), object({ add: U32 })],
    [() => true, number],
  ],
  'a number',
);

const bits: Check = either(
  [
    [(value) => value === 'own' || value === 'all' || value === 'none', text],
    [() => true, bytes],
  ],
  'own, all, none or bytes',
);

const peerId: Check = either(
  [
    [(value) => value === 'theirs', text],
    [() => true, bytes],
  ],
  'theirs or bytes',
);

const header: Check = dictOf((value, path) => {
  if (value !== null) bencode(value, path);
});

const bitfield: Fields = {
  bits: optional(bits),
  spare: optional(flag),
  extra: optional(integer(-1_000_000, 1_000_000)),
};
const block: Fields = { piece: optional(number), begin: optional(number), length: optional(number) };

const message: Check = union({
  ...kinds({}, 'keep-alive', 'choke', 'unchoke', 'interested', 'not-interested', 'have-all', 'have-none', 'handshake'),
  ...kinds({ piece: number }, 'have', 'suggest', 'allowed-fast', 'donthave', 'metadata-request', 'metadata-reject'),
  ...kinds(block, 'request', 'cancel', 'reject'),
  piece: { ...block, block: optional(bytes) },
  bitfield,
  port: { port: integer(0, 65_535) },
  'extended-handshake': { fields: optional(dictOf(bencode)) },
  ...kinds({ id: integer(0, 255), payload: optional(bytes) }, 'extended', 'unknown'),
  'metadata-data': { piece: number, payload: optional(bytes) },
  pex: { fields: dictOf(bencode) },
});

const alterFields: Check = object({
  ...{ piece: optional(changed), begin: optional(changed), length: optional(changed) },
  ...{ protocol: optional(bytes), protocolLength: optional(integer(0, 255)), reserved: optional(bytes) },
  ...{ infoHash: optional(bytes), peerId: optional(peerId) },
  ...bitfield,
  header: optional(header),
});

const where: Check = either(
  [
    [isKind('number'), count],
    [isKind('string'), word('first', 'last', 'random')],
  ],
  'an offset or one of first, last, random',
);

const prefix: Check = either(
  [
    [isKind('number'), U32],
    [isObject, object({ add: U32 })],
  ],
  'an integer or { add }',
);

const repeated: Fields = { times: optional(positive), everyMs: optional(pauseMs) };

/** Doings by the moment they are possible at; a missing entry is possible everywhere. */
const MOMENTS: Readonly<Record<string, 'receive' | 'send'>> = {
  ...{ ignore: 'receive', refuse: 'receive' },
  ...{ drop: 'send', replace: 'send', alter: 'send', corrupt: 'send', cut: 'send', pad: 'send', prefix: 'send' },
  ...{ duplicate: 'send', delay: 'send' },
};

const doing: Check = union({
  send: { message, ...repeated },
  'send-raw': { bytes, ...repeated },
  close: { how: optional(word('end', 'half', 'reset')) },
  vanish: { forMs: pauseMs },
  mute: {},
  stall: { forMs: optional(pauseMs) },
  drip: { bytes: positive, everyMs: pauseMs },
  split: { bytes: positive },
  merge: { frames: positive, withinMs: optional(pauseMs) },
  'pause-reading': { forMs: optional(pauseMs) },
  flap: { what: word('choke', 'interest'), times: positive, everyMs: optional(pauseMs) },
  'dial-back': { port: optional(integer(1, 65_535)) },
  ignore: {},
  refuse: {},
  drop: {},
  replace: { message },
  alter: { fields: alterFields },
  corrupt: { bytes: optional(positive), at: optional(where) },
  cut: { keep: integer(-SPEC_BYTES_MAX, SPEC_BYTES_MAX), next: optional(word('mute', 'end', 'reset', 'go-on')) },
  pad: { bytes },
  prefix: { length: prefix },
  duplicate: { times: optional(integer(1, 10_000)) },
  delay: { ms: pauseMs },
});

const range: Check = object({ from: optional(count), to: optional(count) });

const pieces: Check = either(
  [
    [isKind('number'), count],
    [isKind('string'), word('first', 'last')],
    [Array.isArray, listOf(count)],
    [isObject, range],
  ],
  'a number, first, last, a list of numbers or { from, to }',
);

const oneOrMore = (check: Check): Check =>
  either(
    [
      [Array.isArray, listOf(check, 100)],
      [() => true, check],
    ],
    'one or a list',
  );

const when: Check = object({
  on: word('open', 'ready', 'receive', 'send', 'sent', 'time'),
  message: optional(oneOrMore(word(...MESSAGE_NAMES))),
  ...{ piece: optional(pieces), block: optional(pieces) },
  ...{
    after: optional(count),
    every: optional(positive),
    times: optional(positive),
    probability: optional(probability),
  },
  ...{ fromMs: optional(pauseMs), untilMs: optional(pauseMs), atMs: optional(pauseMs), everyMs: optional(positive) },
  origin: optional(word('dialled', 'accepted')),
  connection: optional(
    either(
      [
        [isKind('number'), count],
        [isObject, range],
      ],
      'a number or { from, to }',
    ),
  ),
});

const dial: Check = object({
  connections: optional(integer(0, DIALLED_MAX)),
  everyMs: optional(pauseMs),
  redialAfterMs: optional(pauseMs),
  redials: optional(count),
  peerIds: optional(word('same', 'each')),
});

const behaviourCheck: Check = object({
  ...{ title: optional(text), catalogue: optional(listOf(integer(1, 1_000))), role: optional(word('seed', 'leech')) },
  seed: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  dial: optional(dial),
  rules: listOf(object({ name: optional(text), when, do: oneOrMore(doing) }), RULES_MAX),
});

/** Fields that say nothing at the rule's moment are mistakes, not decoration. */
function checkMoment(given: When, doings: readonly Doing[], path: string): void {
  const hasMessage = given.on === 'receive' || given.on === 'send' || given.on === 'sent';
  for (const field of ['message', 'piece', 'block'] as const) {
    if (given[field] !== undefined && !hasMessage)
      fail(`${path}.when.${field}`, `has no meaning on "${given.on}", where there is no message`);
  }
  for (const field of ['atMs', 'everyMs'] as const) {
    if (given[field] !== undefined && given.on !== 'time') fail(`${path}.when.${field}`, `needs "on": "time"`);
  }
  for (const { type } of doings) {
    const moment = MOMENTS[type];
    if (moment !== undefined && moment !== given.on)
      fail(`${path}.do`, `"${type}" is possible on "${moment}", not on "${given.on}"`);
  }
}

function kinds(fields: Fields, ...names: readonly string[]): Record<string, Fields> {
  return Object.fromEntries(names.map((name) => [name, fields]));
}

function digits(value: unknown, path: string): void {
  if (typeof value !== 'string' || !/^-?\d{1,1000}$/.test(value))
    fail(path, 'expected the digits of an integer in a string');
}

function addressCheck(value: unknown, path: string): void {
  if (typeof value === 'string' && compactAddress(value) !== undefined) return;
  fail(path, 'expected an address such as "127.0.0.1:6881" or "[::1]:6881"');
}
