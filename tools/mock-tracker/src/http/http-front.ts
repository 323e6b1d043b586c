import type { AnnounceRequest, BookAnswer } from '../book-message.js';
import { COUNTERS_PER_RULE_MAX } from '../limits.js';
import type { Asker } from '../scenario/altered-peers.js';
import type { RequestFacts, Verdict } from '../scenario/judge.js';
import { endpointOf, type Source } from '../source.js';
import type { TrackerState } from '../tracker-state.js';
import { alteredDelivery } from './altered-answer.js';
import { alteredBody } from './altered-body.js';
import {
  type AnnounceQuery,
  type BadQuery,
  readAnnounceQuery,
  readScrapeQuery,
  type ScrapeQuery,
} from './announce-query.js';
import type { HttpAnswer, SentAnswer } from './http-answer.js';
import { announceExchange, otherExchange, scrapeExchange } from './http-exchange.js';
import { announceBody, failureBody, type PeerForm, scrapeBody } from './reply-body.js';
import type { RequestHead } from './request-head.js';
import { routeOf } from './route.js';
import { isGuestHost, statsPage } from './stats-page.js';
import { reasonPhrase } from './status.js';

/** The HTTP tracker without its sockets: one request head in, one answer out. */
export class HttpFront {
  readonly #state: TrackerState;
  /** `http://127.0.0.1:6969`, for redirects that come back. */
  readonly #origin: string;
  /** Who was given a tracker id by a rule that wants it back; the oldest are forgotten first. */
  readonly #givenTrackerId = new Set<string>();

  constructor(state: TrackerState, origin: string) {
    this.#state = state;
    this.#origin = origin;
  }

  answer(head: RequestHead, source: Source, nowMs: number): HttpAnswer {
    const question = head.target.indexOf('?');
    const path = question === -1 ? head.target : head.target.slice(0, question);
    const query = question === -1 ? '' : head.target.slice(question + 1);
    switch (routeOf(path)) {
      case 'announce':
        return this.#announce(head, query, source, nowMs);
      case 'scrape':
        return this.#scrape(head, query, source, nowMs);
      case 'stats':
        return this.#stats(head, path, query, source, nowMs);
      default:
        return this.#unknown(head, source, nowMs);
    }
  }

  #announce(head: RequestHead, query: string, source: Source, nowMs: number): HttpAnswer {
    this.#state.counters.httpAnnounces += 1;
    const asked = readAnnounceQuery(query);
    if (asked.type === 'failure') return this.#badQuery(head, 'announce', asked, source, nowMs);
    const request = announceRequest(asked, source);
    const verdict =
      this.#state.judge === undefined ? undefined : this.#state.verdict(announceFacts(asked, head, source));
    const isHeard = verdict === undefined || reachesTheBook(verdict);
    const answer = isHeard ? this.#state.book.handle(request, nowMs) : this.#state.book.look(request, nowMs);
    if (answer.type === 'failure') this.#state.counters.failures += 1;
    const sent =
      verdict === undefined
        ? sendOk(answer.type === 'announce' ? announceBody(answer, asked) : bodyOf(answer), head.keepAlive)
        : this.#alteredAnnounce(answer, verdict, asked, request, head);
    this.#state.observe?.(announceExchange(head, asked, source, nowMs, answer, verdict, sent));
    return sent;
  }

  #alteredAnnounce(
    answer: BookAnswer,
    verdict: Verdict,
    asked: AnnounceQuery,
    request: AnnounceRequest,
    head: RequestHead,
  ): HttpAnswer {
    const { reply } = verdict.misbehaviour;
    if (reply?.trackerId !== undefined && reply.trackerIdRequired === true) {
      const problem = this.#trackerIdProblem(asked, Buffer.from(reply.trackerId, 'utf8').toString('latin1'));
      if (problem !== undefined) return sendOk(failureBody({ type: 'failure', reason: problem }), head.keepAlive);
    }
    const asker = { ipv4: request.ipv4, ipv6: request.ipv6, peerId: asked.peerId };
    return this.#altered(answer, verdict, asked, asker, head);
  }

  #trackerIdProblem(asked: AnnounceQuery, trackerId: string): string | undefined {
    const who = asked.infoHash + asked.peerId;
    if (this.#givenTrackerId.has(who) && asked.trackerId !== trackerId) {
      return asked.trackerId === undefined ? 'the tracker id was not sent back' : 'another tracker id was sent back';
    }
    this.#givenTrackerId.add(who);
    if (this.#givenTrackerId.size > COUNTERS_PER_RULE_MAX) {
      const [oldest] = this.#givenTrackerId;
      this.#givenTrackerId.delete(oldest!);
    }
    return undefined;
  }

  #scrape(head: RequestHead, query: string, source: Source, nowMs: number): HttpAnswer {
    this.#state.counters.httpScrapes += 1;
    const asked = readScrapeQuery(query);
    if (asked.type === 'failure') return this.#badQuery(head, 'scrape', asked, source, nowMs);
    const answer = this.#state.book.handle(asked, nowMs);
    const verdict = this.#state.judge === undefined ? undefined : this.#state.verdict(scrapeFacts(asked, head, source));
    const sent =
      verdict === undefined
        ? sendOk(bodyOf(answer), head.keepAlive)
        : this.#altered(answer, verdict, COMPACT, { ipv4: undefined, ipv6: undefined, peerId: '' }, head);
    this.#state.observe?.(scrapeExchange(head, asked, source, nowMs, answer, verdict, sent));
    return sent;
  }

  #altered(answer: BookAnswer, verdict: Verdict, form: PeerForm, asker: Asker, head: RequestHead): HttpAnswer {
    const { misbehaviour } = verdict;
    const http = misbehaviour.http ?? {};
    const status = http.status ?? 200;
    // A server that is down does not send bencode, unless the rule says so.
    const isPlain = status !== 200 && misbehaviour.reply === undefined && misbehaviour.body === undefined;
    const body = isPlain
      ? Buffer.from(`${status} ${reasonPhrase(status)}\n`)
      : alteredBody(answer, misbehaviour, form, asker);
    const { keepAlive, target } = head;
    const draft = { status, contentType: 'text/plain', body, keepAlive, target, origin: this.#origin };
    return { type: 'deliver', steps: alteredDelivery(draft, http) };
  }

  #badQuery(head: RequestHead, kind: 'announce' | 'scrape', bad: BadQuery, source: Source, nowMs: number): HttpAnswer {
    this.#state.counters.failures += 1;
    // BEP 3 answers with a failure reason, not with a status: that is what clients show to people.
    const sent = sendOk(failureBody(bad), head.keepAlive);
    this.#state.observe?.(
      otherExchange({ kind, head, source, nowMs, type: 'failure', status: 200, reason: bad.reason, sent }),
    );
    return sent;
  }

  #stats(head: RequestHead, path: string, query: string, source: Source, nowMs: number): HttpAnswer {
    const wantsJson = path.endsWith('.json') || query === 'json' || head.accept?.includes('application/json') === true;
    // A page of the web that has its name resolved to this machine must not read what runs here (DNS rebinding).
    const page = isGuestHost(head.host)
      ? { status: 403, contentType: 'text/plain', body: 'stats: ask by IP address or as localhost\n' }
      : { status: 200, ...statsPage(this.#state, wantsJson, nowMs) };
    const sent = send(page.status, page.contentType, Buffer.from(page.body, 'utf8'), head.keepAlive, STATS_HEADERS);
    this.#state.observe?.(
      otherExchange({ kind: 'stats', head, source, nowMs, type: 'stats', status: page.status, sent }),
    );
    return sent;
  }

  #unknown(head: RequestHead, source: Source, nowMs: number): HttpAnswer {
    this.#state.counters.refused += 1;
    const reason = 'unknown path: this is a tracker, it answers /announce, /scrape and /stats';
    const sent = send(404, 'text/plain', Buffer.from(`${reason}\n`), head.keepAlive);
    this.#state.observe?.(
      otherExchange({ kind: 'unknown', head, source, nowMs, type: 'refused', status: 404, reason, sent }),
    );
    return sent;
  }
}

/** Where the peer listens: at the address we see, or where a local client says, in one family or both (BEP 3, BEP 7). */
function announceRequest(asked: AnnounceQuery, source: Source): AnnounceRequest {
  const own = source.isLocal && asked.ip !== undefined ? asked.ip : source.address;
  const ipv4 = own.length === 4 ? own : source.isLocal ? ofLength(asked.ipv4, 4) : undefined;
  const ipv6 = own.length === 16 ? own : source.isLocal ? ofLength(asked.ipv6, 16) : undefined;
  return {
    type: 'announce',
    infoHash: asked.infoHash,
    peerId: asked.peerId,
    ipv4: ipv4 === undefined ? undefined : endpointOf(ipv4, asked.port),
    ipv6: ipv6 === undefined ? undefined : endpointOf(ipv6, asked.port),
    isSeed: asked.left === 0,
    event: asked.event,
    numWant: asked.numWant,
  };
}

function ofLength(address: Uint8Array | undefined, length: number): Uint8Array | undefined {
  return address?.length === length ? address : undefined;
}

function announceFacts(asked: AnnounceQuery, head: RequestHead, source: Source): RequestFacts {
  return {
    protocol: 'http',
    kind: 'announce',
    infoHashes: [asked.infoHash],
    peerId: asked.peerId,
    address: source.text,
    userAgent: head.userAgent,
    event: asked.event ?? 'none',
    trackerId: asked.trackerId,
  };
}

function scrapeFacts(asked: ScrapeQuery, head: RequestHead, source: Source): RequestFacts {
  return {
    protocol: 'http',
    kind: 'scrape',
    infoHashes: asked.infoHashes,
    peerId: undefined,
    address: source.text,
    userAgent: head.userAgent,
    event: undefined,
    trackerId: undefined,
  };
}

/** A tracker that is down, refuses, or never answers has not registered anybody either. */
function reachesTheBook({ misbehaviour }: Verdict): boolean {
  const { http, reply } = misbehaviour;
  if (http?.silence === true || http?.redirect !== undefined || reply?.failure !== undefined) return false;
  return http?.status === undefined || http.status < 300;
}

function bodyOf(answer: BookAnswer): Buffer {
  if (answer.type === 'scrape') return scrapeBody(answer);
  return answer.type === 'failure' ? failureBody(answer) : announceBody(answer, COMPACT);
}

function sendOk(body: Buffer, keepAlive: boolean): SentAnswer {
  return send(200, 'text/plain', body, keepAlive);
}

export function send(status: number, contentType: string, body: Buffer, keepAlive: boolean, more = ''): SentAnswer {
  const connection = keepAlive ? 'keep-alive' : 'close';
  const head = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\nContent-Type: ${contentType}\r\nContent-Length: ${body.length}\r\nConnection: ${connection}\r\n${more}\r\n`;
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 0, 'latin1');
  bytes.set(body, head.length);
  return { type: 'send', bytes, keepAlive };
}

const COMPACT: PeerForm = { isCompact: true, noPeerId: false };
/** The page holds names that strangers chose: nothing in it may run, wherever it is shown. */
const STATS_HEADERS =
  "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n";
