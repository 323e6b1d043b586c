import type { AnnounceAnswer, BookAnswer } from '../book-message.js';
import { hexText, printable, textBytes } from '../byte-text.js';
import type { Exchange, ExchangeReply, ExchangeRequest } from '../exchange.js';
import type { Verdict } from '../scenario/judge.js';
import type { Source } from '../source.js';
import type { AnnounceQuery, ScrapeQuery } from './announce-query.js';
import type { HttpAnswer } from './http-answer.js';
import type { RequestHead } from './request-head.js';

/** Log entries of HTTP requests. They are only built when somebody listens. */

export function announceExchange(
  head: RequestHead,
  asked: AnnounceQuery,
  source: Source,
  nowMs: number,
  answer: BookAnswer,
  verdict: Verdict | undefined,
  sent: HttpAnswer,
): Exchange {
  const request: ExchangeRequest = {
    kind: 'announce',
    ...fromHead(head),
    infoHash: hexText(textBytes(asked.infoHash)),
    peerId: printable(asked.peerId),
    port: asked.port,
    ...(asked.uploaded === undefined ? {} : { uploaded: writable(asked.uploaded) }),
    ...(asked.downloaded === undefined ? {} : { downloaded: writable(asked.downloaded) }),
    ...(asked.left === undefined ? {} : { left: writable(asked.left) }),
    ...(asked.event === undefined ? {} : { event: asked.event }),
    ...(asked.numWant === undefined ? {} : { numWant: asked.numWant }),
    ...(asked.key === undefined ? {} : { key: printable(asked.key) }),
    ...(asked.trackerId === undefined ? {} : { trackerId: printable(asked.trackerId) }),
    compact: asked.isCompact,
  };
  return entry(source, nowMs, request, verdict, { ...replyOf(answer, verdict), ...sizeOf(sent, verdict) });
}

export function scrapeExchange(
  head: RequestHead,
  asked: ScrapeQuery,
  source: Source,
  nowMs: number,
  answer: BookAnswer,
  verdict: Verdict | undefined,
  sent: HttpAnswer,
): Exchange {
  const infoHashes = asked.infoHashes.map((infoHash) => hexText(textBytes(infoHash)));
  const request: ExchangeRequest = { kind: 'scrape', ...fromHead(head), infoHashes };
  return entry(source, nowMs, request, verdict, { ...replyOf(answer, verdict), ...sizeOf(sent, verdict) });
}

export interface OtherExchange {
  readonly kind: ExchangeRequest['kind'];
  readonly head: RequestHead | undefined;
  readonly source: Source;
  readonly nowMs: number;
  readonly type: ExchangeReply['type'];
  readonly status: number;
  readonly reason?: string;
  readonly sent: HttpAnswer;
}

/** Everything that is no good announce or scrape. */
export function otherExchange(other: OtherExchange): Exchange {
  const request = { kind: other.kind, ...(other.head === undefined ? {} : fromHead(other.head)) };
  return entry(other.source, other.nowMs, request, undefined, {
    type: other.type,
    status: other.status,
    ...(other.reason === undefined ? {} : { reason: other.reason }),
    ...(other.sent.type === 'send' ? { bytes: other.sent.bytes.length } : {}),
  });
}

/** What the book answered, in the words of the log; both protocols share them. */
export function replyOf(answer: BookAnswer, verdict: Verdict | undefined): ExchangeReply {
  if (verdict !== undefined && isScripted(verdict)) return { type: 'scripted' };
  const failure = verdict?.misbehaviour.reply?.failure;
  if (failure !== undefined) return { type: 'failure', reason: failure };
  if (answer.type === 'failure') return { type: 'failure', reason: answer.reason };
  if (answer.type === 'scrape') return { type: 'scrape' };
  return peersReply(answer);
}

function isScripted({ misbehaviour: { body, http, udp } }: Verdict): boolean {
  if (body?.replace !== undefined || body?.nest !== undefined || udp?.replace !== undefined) return true;
  if (http?.silence === true || http?.redirect !== undefined) return true;
  return http?.status !== undefined && http.status !== 200;
}

function peersReply(answer: AnnounceAnswer): ExchangeReply {
  const { intervalS, complete, incomplete, ipv4, ipv6 } = answer;
  return { type: 'peers', intervalS, complete, incomplete, ipv4Peers: ipv4.length, ipv6Peers: ipv6.length };
}

function fromHead({ target, userAgent }: RequestHead): Pick<ExchangeRequest, 'target' | 'userAgent'> {
  return userAgent === undefined ? { target } : { target, userAgent };
}

function sizeOf(sent: HttpAnswer, verdict: Verdict | undefined): Pick<ExchangeReply, 'status' | 'bytes'> {
  const http = verdict?.misbehaviour.http;
  const status = http?.status ?? (http?.redirect === undefined ? 200 : 302);
  return sent.type === 'send' ? { status, bytes: sent.bytes.length } : { status };
}

function entry(
  source: Source,
  atMs: number,
  request: ExchangeRequest,
  verdict: Verdict | undefined,
  reply: ExchangeReply,
): Exchange {
  return { atMs, protocol: 'http', from: senderText(source), request, rule: verdict?.ruleName ?? null, reply };
}

/** Address and port; IPv6 in brackets. */
export function senderText({ address, port, text }: Source): string {
  return address.length === 4 ? `${text}:${port}` : `[${text}]:${port}`;
}

/** JSON has no numbers that a bigint fits in. */
export function writable(count: number | bigint): number | string {
  return typeof count === 'bigint' ? count.toString() : count;
}
