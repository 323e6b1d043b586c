import type { AnnounceRequest as AskedAnnounce, UdpRequest } from '@unchoke/tracker';
import type { BookAnswer } from '../book-message.js';
import { byteText, hexText, printable } from '../byte-text.js';
import type { Exchange, ExchangeReply, ExchangeRequest } from '../exchange.js';
import { replyOf, senderText } from '../http/http-exchange.js';
import type { Verdict } from '../scenario/judge.js';
import type { Source } from '../source.js';
import type { UdpAnswer } from './udp-front.js';

/** The log entry of one datagram; without a request it was none. */
export function udpExchange(
  request: UdpRequest | undefined,
  source: Source,
  atMs: number,
  answer: BookAnswer | undefined,
  verdict: Verdict | undefined,
  sent: UdpAnswer,
): Exchange {
  const rule = verdict?.ruleName ?? null;
  return {
    atMs,
    protocol: 'udp',
    from: senderText(source),
    request: requestOf(request),
    rule,
    reply: reply(request, answer, verdict, sent),
  };
}

function requestOf(request: UdpRequest | undefined): ExchangeRequest {
  if (request === undefined) return { kind: 'malformed' };
  const { transactionId } = request;
  if (request.type === 'connect') return { kind: 'connect', transactionId };
  const connectionId = `0x${request.connectionId.toString(16).padStart(16, '0')}`;
  if (request.type === 'scrape') {
    return { kind: 'scrape', transactionId, connectionId, infoHashes: request.infoHashes.map(hexText) };
  }
  const target = request.urlData === undefined ? {} : { target: request.urlData };
  return { kind: 'announce', transactionId, connectionId, ...target, ...announced(request.request) };
}

function announced(asked: AskedAnnounce): Partial<ExchangeRequest> {
  const { downloaded, event, infoHash, key, left, numWant, peerId, port, uploaded } = asked;
  return {
    infoHash: hexText(infoHash),
    peerId: printable(byteText(peerId)),
    port,
    uploaded,
    downloaded,
    left,
    ...(event === undefined ? {} : { event }),
    ...(numWant === undefined ? {} : { numWant }),
    ...(key === undefined ? {} : { key }),
  };
}

function reply(
  request: UdpRequest | undefined,
  answer: BookAnswer | undefined,
  verdict: Verdict | undefined,
  sent: UdpAnswer,
): ExchangeReply {
  if (request === undefined) return { type: 'none', reason: 'not a request of BEP 15' };
  if (sent === undefined || sent.length === 0) return { type: 'none' };
  const bytes =
    sent instanceof Uint8Array ? sent.length : sent.reduce((total, datagram) => total + datagram.bytes.length, 0);
  const error = verdict?.misbehaviour.udp?.error;
  if (error !== undefined) return { type: 'failure', reason: error, bytes };
  if (answer === undefined) return { type: 'connect', bytes };
  return { ...replyOf(answer, verdict), bytes };
}
