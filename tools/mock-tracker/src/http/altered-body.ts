import { packAddress } from '@unchoke/tracker';
import type { BookAnswer } from '../book-message.js';
import { type Asker, alteredPeers, type PeersByFamily } from '../scenario/altered-peers.js';
import type { AnyInteger, BodyChange, Misbehaviour, RawBytes, ReplyChange } from '../scenario/tracker-scenario.js';
import { dictionaryText, type PeerForm } from './reply-body.js';

/**
 * Bodies that a rule bends. They are put together as text with one character per byte, key by key, because no encoder
 * would write what is wanted here.
 */
export function alteredBody(answer: BookAnswer, change: Misbehaviour, form: PeerForm, asker: Asker): Buffer {
  const pairs = change.reply === undefined ? pairsOf(answer, form) : alteredPairs(answer, change.reply, form, asker);
  return Buffer.from(alteredText(pairs, change.body ?? {}), 'latin1');
}

/** A key and its value, encoded. */
type Pair = readonly [key: string, value: string];

function pairsOf(answer: BookAnswer, form: PeerForm, peers?: PeersByFamily): readonly Pair[] {
  if (answer.type === 'failure') return [['failure reason', utf8(answer.reason)]];
  if (answer.type === 'scrape') return [['files', filesText(answer.files)]];
  const { complete, downloaded, incomplete, intervalS, minIntervalS } = answer;
  return [
    ['complete', integer(complete)],
    ['downloaded', integer(downloaded)],
    ['incomplete', integer(incomplete)],
    ['interval', integer(intervalS)],
    ...(minIntervalS === undefined ? [] : ([['min interval', integer(minIntervalS)]] as const)),
    ...peerPairs(peers ?? answer, form, {}),
  ];
}

function alteredPairs(answer: BookAnswer, reply: ReplyChange, form: PeerForm, asker: Asker): readonly Pair[] {
  const pairs = new Map<string, string>();
  if (reply.failure === undefined || reply.failureWithPeers === true) {
    for (const [key, value] of pairsOf(answer, form)) pairs.set(key, value);
  }
  if (answer.type === 'announce' && pairs.has('interval') && reply.peers !== undefined) {
    pairs.delete('peers');
    pairs.delete('peers6');
    const chosen =
      reply.peers.none === true ? [] : peerPairs(alteredPeers(answer, reply.peers, asker), form, reply.peers);
    for (const [key, value] of chosen) pairs.set(key, value);
  }
  for (const [key, value] of INTEGER_KEYS) setInteger(pairs, key, reply[value]);
  if (reply.failure !== undefined) pairs.set('failure reason', utf8(reply.failure));
  if (reply.retryIn === 'never') pairs.set('retry in', '5:never');
  else setInteger(pairs, 'retry in', reply.retryIn);
  if (reply.warning !== undefined) pairs.set('warning message', utf8(reply.warning));
  if (reply.trackerId !== undefined) pairs.set('tracker id', utf8(reply.trackerId));
  if (reply.externalIp !== undefined) pairs.set('external ip', externalIp(reply.externalIp, asker));
  return [...pairs].sort(([left], [right]) => (left < right ? -1 : 1));
}

const INTEGER_KEYS = [
  ['complete', 'complete'],
  ['downloaded', 'downloaded'],
  ['incomplete', 'incomplete'],
  ['interval', 'interval'],
  ['min interval', 'minInterval'],
] as const;

function setInteger(pairs: Map<string, string>, key: string, value: AnyInteger | null | undefined): void {
  if (value === null) pairs.delete(key);
  else if (value !== undefined) pairs.set(key, integer(value));
}

function peerPairs(peers: PeersByFamily, form: PeerForm, change: NonNullable<ReplyChange['peers']>): readonly Pair[] {
  const asked = form.isCompact ? 'compact' : form.noPeerId ? 'dictionary-without-ids' : 'dictionary';
  const chosen = change.form ?? asked;
  if (chosen === 'compact' && change.junk !== true) {
    const pairs: Pair[] = [];
    if (change.family !== 'ipv6') pairs.push(['peers', compactText(peers.ipv4, change.cutBytes)]);
    if (change.family === 'ipv6' || peers.ipv6.length > 0)
      pairs.push(['peers6', compactText(peers.ipv6, change.cutBytes)]);
    return pairs;
  }
  const noPeerId = chosen === 'dictionary-without-ids';
  const entries = [...peers.ipv4, ...peers.ipv6].map((peer) => dictionaryText(peer, noPeerId));
  return [['peers', `l${entries.join('')}${change.junk === true ? JUNK_ENTRIES.join('') : ''}e`]];
}

/** What a list of peers may hold in the wild, and nobody may stumble over. */
const JUNK_ENTRIES = [
  'i42e',
  '6:\x7f\0\0\x01\x1a\xe1',
  'le',
  'de',
  'd2:ip9:127.0.0.1e',
  'd4:porti6881ee',
  'd2:ip9:127.0.0.14:porti-1ee',
  'd2:ip9:127.0.0.14:porti65536ee',
  'd2:ip9:127.0.0.14:port4:6881e',
  'd2:ip15:999.999.999.9994:porti6881ee',
  'd2:ip0:4:porti6881ee',
  'd2:ipi2130706433e4:porti6881ee',
  'd2:ip9:127.0.0.17:peer id3:abc4:porti6881ee',
];

function compactText(peers: PeersByFamily['ipv4'], cutBytes = 0): string {
  const compact = Buffer.concat(peers.map(({ endpoint }) => endpoint)).toString('latin1');
  return byteString(compact.slice(0, Math.max(0, compact.length - cutBytes)));
}

function filesText(
  files: readonly { infoHash: string; complete: number; downloaded: number; incomplete: number }[],
): string {
  const unique = new Map(files.map((file) => [file.infoHash, file]));
  const entries = [...unique.keys()].sort().map((infoHash) => {
    const { complete, downloaded, incomplete } = unique.get(infoHash)!;
    return `20:${infoHash}d8:complete${integer(complete)}10:downloaded${integer(downloaded)}10:incomplete${integer(incomplete)}e`;
  });
  return `d${entries.join('')}e`;
}

function alteredText(pairs: readonly Pair[], body: BodyChange): string {
  const ordered = body.keys === 'unsorted' ? [...pairs].reverse() : [...pairs];
  if (body.keys === 'duplicate' && ordered[0] !== undefined) ordered.unshift(ordered[0]);
  // Behind all keys that trackers use, so that the dictionary stays sorted.
  if (body.padBytes !== undefined) ordered.push(['zzz padding', byteString('x'.repeat(body.padBytes))]);
  let text = `d${ordered.map(([key, value]) => byteString(key) + value).join('')}e`;
  if (body.replace !== undefined) text = rawText(body.replace);
  if (body.nest !== undefined) text = 'l'.repeat(body.nest) + 'e'.repeat(body.nest);
  if (body.cutAt !== undefined) text = text.slice(0, body.cutAt);
  if (body.flipAt !== undefined && body.flipAt < text.length) text = flipped(text, body.flipAt);
  return body.append === undefined ? text : text + rawText(body.append);
}

function flipped(text: string, at: number): string {
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 0xff) + text.slice(at + 1);
}

export function rawText(raw: RawBytes): string {
  return ('hex' in raw ? Buffer.from(raw.hex, 'hex') : Buffer.from(raw.text, 'utf8')).toString('latin1');
}

function externalIp(given: string, asker: Asker): string {
  if (given !== 'self') return byteString(Buffer.from(packAddress(given)!).toString('latin1'));
  const endpoint = (asker.ipv4 ?? asker.ipv6)!;
  return byteString(Buffer.from(endpoint.subarray(0, endpoint.length - 2)).toString('latin1'));
}

function integer(value: AnyInteger): string {
  return `i${value}e`;
}

function byteString(text: string): string {
  return `${text.length}:${text}`;
}

function utf8(text: string): string {
  return byteString(Buffer.from(text, 'utf8').toString('latin1'));
}
