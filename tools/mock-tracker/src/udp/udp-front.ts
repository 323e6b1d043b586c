import {
  type AnnounceRequest as AskedAnnounce,
  decodeUdpRequest,
  packAddress,
  TrackerError,
  type UdpRequest,
} from '@unchoke/tracker';
import type { AnnounceRequest, BookAnswer } from '../book-message.js';
import { byteText } from '../byte-text.js';
import type { RequestFacts, Verdict } from '../scenario/judge.js';
import { endpointOf, type Source } from '../source.js';
import type { TrackerState } from '../tracker-state.js';
import { alteredDatagrams } from './altered-datagram.js';
import type { ConnectionIds } from './connection-ids.js';
import { udpExchange } from './udp-exchange.js';
import { announceReply, connectReply, errorReply, scrapeReply } from './udp-reply.js';

/** A datagram to be sent to whom the request came from. */
export interface OutgoingDatagram {
  readonly bytes: Uint8Array;
  readonly waitMs: number;
  /** Not before the next datagram that is not held itself. */
  readonly isHeld: boolean;
  /** From another port of ours than the one that was asked. */
  readonly isFromOtherPort: boolean;
}

export type UdpAnswer = Uint8Array | readonly OutgoingDatagram[] | undefined;

/** The UDP tracker without its sockets (BEP 15): one datagram in; one, none or a scripted few out. */
export class UdpFront {
  readonly #state: TrackerState;
  readonly #connectionIds: ConnectionIds;

  constructor(state: TrackerState, connectionIds: ConnectionIds) {
    this.#state = state;
    this.#connectionIds = connectionIds;
  }

  answer(datagram: Uint8Array, source: Source, nowMs: number): UdpAnswer {
    const request = decoded(datagram);
    if (request === undefined) {
      // No answer: whoever sends junk under a false address would have us bother its owner.
      this.#state.counters.refused += 1;
      this.#state.observe?.(udpExchange(undefined, source, nowMs, undefined, undefined, undefined));
      return undefined;
    }
    const asked = request.type === 'announce' ? announceRequest(request.request, source) : undefined;
    const verdict = this.#state.judge === undefined ? undefined : this.#state.verdict(factsOf(request, asked, source));
    if (verdict?.misbehaviour.udp?.drop === 'request') {
      this.#state.observe?.(udpExchange(request, source, nowMs, undefined, verdict, undefined));
      return undefined;
    }
    const isStale = verdict?.misbehaviour.udp?.staleConnectionId === true;
    const [answer, good] = this.#goodReply(datagram, request, asked, source, nowMs, verdict, isStale);
    const sent =
      verdict === undefined ? good : alteredDatagrams(good, verdict.misbehaviour, { request, asked, answer, source });
    this.#state.observe?.(udpExchange(request, source, nowMs, answer, verdict, sent));
    return sent;
  }

  #goodReply(
    datagram: Uint8Array,
    request: UdpRequest,
    asked: AnnounceRequest | undefined,
    source: Source,
    nowMs: number,
    verdict: Verdict | undefined,
    isStale: boolean,
  ): readonly [answer: BookAnswer | undefined, bytes: Uint8Array] {
    const { counters, book } = this.#state;
    const { address, port } = source;
    if (request.type === 'connect') {
      counters.udpConnects += 1;
      const reply = connectReply(request.transactionId);
      if (isStale) this.#connectionIds.writeStale(reply, 8, address, port, nowMs);
      else this.#connectionIds.write(reply, 8, address, port, nowMs);
      return [undefined, reply];
    }
    if (isStale || !this.#connectionIds.isValid(datagram, 0, address, port, nowMs)) {
      return this.#failure(request.transactionId, 'the connection id is unknown or has expired: connect again');
    }
    if (asked === undefined) {
      counters.udpScrapes += 1;
      const infoHashes = request.type === 'scrape' ? request.infoHashes.map(byteText) : [];
      const answer = book.handle({ type: 'scrape', infoHashes }, nowMs);
      if (answer.type !== 'scrape') return this.#refusal(request.transactionId, answer);
      return [answer, scrapeReply(request.transactionId, answer)];
    }
    counters.udpAnnounces += 1;
    if (asked.event !== 'stopped' && request.type === 'announce' && request.request.port === 0) {
      return this.#failure(request.transactionId, 'port: expected a port from 1 to 65535, found 0');
    }
    const isHeard =
      verdict?.misbehaviour.reply?.failure === undefined && verdict?.misbehaviour.udp?.error === undefined;
    const answer = isHeard ? book.handle(asked, nowMs) : book.look(asked, nowMs);
    if (answer.type !== 'announce') return this.#refusal(request.transactionId, answer);
    return [answer, announceReply(request.transactionId, answer, address.length === 4)];
  }

  #failure(transactionId: number, reason: string): readonly [BookAnswer, Uint8Array] {
    return this.#refusal(transactionId, { type: 'failure', reason });
  }

  #refusal(transactionId: number, answer: BookAnswer): readonly [BookAnswer, Uint8Array] {
    this.#state.counters.failures += 1;
    return [answer, errorReply(transactionId, answer.type === 'failure' ? answer.reason : 'internal error')];
  }
}

function decoded(datagram: Uint8Array): UdpRequest | undefined {
  try {
    return decodeUdpRequest(datagram);
  } catch (error) {
    if (TrackerError.isInstance(error)) return undefined;
    throw error;
  }
}

function announceRequest(asked: AskedAnnounce, source: Source): AnnounceRequest {
  const claimed = asked.ip === undefined || !source.isLocal ? undefined : packAddress(asked.ip);
  // BEP 15: over IPv6 the field for an address of one's own means nothing.
  const address = source.address.length === 4 ? (claimed ?? source.address) : source.address;
  const endpoint = endpointOf(address, asked.port);
  return {
    type: 'announce',
    infoHash: byteText(asked.infoHash),
    peerId: byteText(asked.peerId),
    ipv4: endpoint.length === 6 ? endpoint : undefined,
    ipv6: endpoint.length === 18 ? endpoint : undefined,
    isSeed: asked.left === 0,
    event: asked.event,
    numWant: asked.numWant,
  };
}

function factsOf(request: UdpRequest, asked: AnnounceRequest | undefined, source: Source): RequestFacts {
  const infoHashes = request.type === 'scrape' ? request.infoHashes.map(byteText) : [];
  return {
    protocol: 'udp',
    kind: request.type,
    infoHashes: asked === undefined ? infoHashes : [asked.infoHash],
    peerId: asked?.peerId,
    address: source.text,
    userAgent: undefined,
    event: asked === undefined ? undefined : (asked.event ?? 'none'),
    trackerId: undefined,
  };
}
