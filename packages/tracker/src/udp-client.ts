import { formatAddress, type PeerAddress, packAddress } from './address.js';
import type { AnnounceRequest } from './announce.js';
import { TrackerError } from './errors.js';
import { UDP_EXCHANGES_MAX, UDP_FIRST_WAIT_MS, UDP_RETRANSMISSIONS_MAX, UDP_TRACKERS_MAX } from './limits.js';
import { decodeUdpReply, type UdpAnnounceReply, type UdpReply, type UdpScrapeReply } from './udp-reply.js';
import { encodeUdpRequest } from './udp-request.js';
import { type Connecting, UdpTracker } from './udp-tracker.js';

/** What to ask a tracker over UDP. */
export type UdpQuestion =
  | { readonly type: 'announce'; readonly request: AnnounceRequest; readonly urlData?: string }
  | { readonly type: 'scrape'; readonly infoHashes: readonly Uint8Array[] };

/** What can happen to a {@link UdpClient}. `exchange` is a number of the caller's choice, one for each question. */
export type UdpClientEvent =
  | {
      readonly type: 'exchange-requested';
      readonly exchange: number;
      /** An IP address and port. */
      readonly tracker: PeerAddress;
      readonly question: UdpQuestion;
      /** When to give up, counted from now. Without it all retransmissions are made: more than two hours. */
      readonly timeoutMs?: number;
    }
  | { readonly type: 'exchange-cancelled'; readonly exchange: number }
  | { readonly type: 'datagram-received'; readonly from: PeerAddress; readonly bytes: Uint8Array }
  /** The network said that nobody is there. */
  | { readonly type: 'tracker-unreachable'; readonly tracker: PeerAddress; readonly reason: string }
  | { readonly type: 'time-passed' };

/** What a {@link UdpClient} wants done. Every exchange ends with exactly one `finish-exchange` or `fail-exchange`. */
export type UdpClientAction =
  | { readonly type: 'send-datagram'; readonly to: PeerAddress; readonly bytes: Uint8Array }
  | { readonly type: 'finish-exchange'; readonly exchange: number; readonly answer: UdpAnnounceReply | UdpScrapeReply }
  | { readonly type: 'fail-exchange'; readonly exchange: number; readonly error: TrackerError };

interface Exchange {
  readonly id: number;
  readonly tracker: UdpTracker;
  readonly question: UdpQuestion;
  readonly endMs: number;
  readonly transactionId: number;
  retransmissionCount: number;
  /** When to send again; undefined while it waits for a connection id. */
  retryMs: number | undefined;
  isAsked: boolean;
  /** Whether the connection id in use was there before this exchange: the tracker may have forgotten it since. */
  hasInheritedId: boolean;
}

/**
 * The client's side of BEP 15: many exchanges with many trackers over one socket or several. It connects, asks, sends
 * again after 15 * 2^n seconds, uses a connection id for a minute and shares it between exchanges. Datagrams from another
 * address, with an unknown transaction id, of the wrong kind or cut short are ignored, and counted.
 *
 * Owns no socket and no timer: call `handle` with what happened, do what it returns, call again at `deadlineMs`.
 *
 * @example
 * ```ts
 * import { UdpClient } from '@unchoke/tracker';
 *
 * const client = new UdpClient((bound) => Math.floor(Math.random() * bound));
 * const question = { type: 'scrape', infoHashes: [new Uint8Array(20)] } as const;
 * const tracker = { host: '192.0.2.1', port: 6969 };
 * const [connect] = client.handle({ type: 'exchange-requested', exchange: 1, tracker, question }, 0);
 * console.assert(connect?.type === 'send-datagram' && client.deadlineMs === 15_000);
 * ```
 */
export class UdpClient {
  readonly #randomBelow: (bound: number) => number;
  readonly #trackers = new Map<string, UdpTracker>();
  readonly #exchanges = new Map<number, Exchange>();
  #actions: UdpClientAction[] = [];
  #strayCount = 0;

  /** `randomBelow(bound)` gives an integer from 0 to below `bound`; unpredictable ones keep strangers from answering. */
  constructor(randomBelow: (bound: number) => number) {
    this.#randomBelow = randomBelow;
  }

  /** Datagrams that were no answer to anything asked. */
  get strayCount(): number {
    return this.#strayCount;
  }

  /** When `time-passed` is due, if ever. */
  get deadlineMs(): number | undefined {
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (const { endMs, retryMs } of this.#exchanges.values())
      deadlineMs = Math.min(deadlineMs, endMs, retryMs ?? endMs);
    for (const { connecting } of this.#trackers.values())
      deadlineMs = Math.min(deadlineMs, connecting?.retryMs ?? deadlineMs);
    return deadlineMs === Number.POSITIVE_INFINITY ? undefined : deadlineMs;
  }

  /** Takes in what happened and says what to do, in order. Throws only on misuse: an exchange requested twice, a bad field. */
  handle(event: UdpClientEvent, nowMs: number): readonly UdpClientAction[] {
    this.#actions = [];
    switch (event.type) {
      case 'exchange-requested':
        this.#begin(event, nowMs);
        break;
      case 'exchange-cancelled':
        this.#end(this.#exchanges.get(event.exchange));
        break;
      case 'datagram-received':
        if (!this.#receive(event.from, event.bytes, nowMs)) this.#strayCount += 1;
        break;
      case 'tracker-unreachable':
        this.#lose(event.tracker, event.reason);
        break;
      case 'time-passed':
        this.#passTime(nowMs);
        break;
      default:
        return unreachable(event);
    }
    return this.#actions;
  }

  #begin(event: Extract<UdpClientEvent, { type: 'exchange-requested' }>, nowMs: number): void {
    if (this.#exchanges.has(event.exchange)) throw new RangeError(`exchange ${event.exchange} is under way already`);
    // A question that cannot be written is the caller's mistake and must show before anything is under way.
    encodeUdpRequest({ ...event.question, connectionId: 0n, transactionId: 0 });
    const key = keyOf(event.tracker);
    const tracker = key === undefined ? undefined : this.#trackerAt(key, event.tracker, nowMs);
    if (tracker === undefined || this.#exchanges.size === UDP_EXCHANGES_MAX) {
      const problem = key === undefined ? `${event.tracker.host} is not an IP address` : 'too many exchanges at once';
      const error = new TrackerError(key === undefined ? 'bad-url' : 'unreachable', problem);
      this.#actions.push({ type: 'fail-exchange', exchange: event.exchange, error });
      return;
    }
    const exchange: Exchange = {
      id: event.exchange,
      tracker,
      question: event.question,
      endMs: nowMs + (event.timeoutMs ?? Number.POSITIVE_INFINITY),
      transactionId: this.#freshTransactionId(tracker),
      retransmissionCount: 0,
      retryMs: undefined,
      isAsked: false,
      hasInheritedId: true,
    };
    this.#exchanges.set(exchange.id, exchange);
    tracker.exchangeCount += 1;
    this.#advance(exchange, nowMs);
  }

  /** Asks when there is a connection id to ask with, and gets one when there is none. */
  #advance(exchange: Exchange, nowMs: number): void {
    const { tracker, question, transactionId } = exchange;
    const connectionId = tracker.connectionId(nowMs);
    if (connectionId === undefined) {
      exchange.retryMs = undefined;
      exchange.hasInheritedId = false;
      if (tracker.connecting === undefined) this.#connect(tracker, exchange.retransmissionCount, nowMs);
      return;
    }
    exchange.retryMs = nowMs + waitMs(exchange.retransmissionCount);
    exchange.isAsked = true;
    this.#send(tracker, encodeUdpRequest({ ...question, connectionId, transactionId }));
  }

  #connect(tracker: UdpTracker, retransmissionCount: number, nowMs: number): void {
    const retryMs = nowMs + waitMs(retransmissionCount);
    tracker.connecting = { transactionId: this.#freshTransactionId(tracker), retransmissionCount, retryMs };
    this.#sendConnect(tracker, tracker.connecting);
  }

  #sendConnect(tracker: UdpTracker, { transactionId }: Connecting): void {
    this.#send(tracker, encodeUdpRequest({ type: 'connect', transactionId }));
  }

  #send(tracker: UdpTracker, bytes: Uint8Array): void {
    this.#actions.push({ type: 'send-datagram', to: tracker.address, bytes });
  }

  /** Whether the datagram was an answer to something. */
  #receive(from: PeerAddress, bytes: Uint8Array, nowMs: number): boolean {
    const key = keyOf(from);
    const tracker = key === undefined ? undefined : this.#trackers.get(key);
    const reply = tracker === undefined ? undefined : replyIn(bytes, tracker);
    if (tracker === undefined || reply === undefined) return false;
    if (tracker.connecting?.transactionId === reply.transactionId) return this.#takeConnectReply(tracker, reply, nowMs);
    const exchange = this.#exchangeOf(tracker, reply.transactionId);
    // Before it has been asked, nobody can answer it.
    if (exchange === undefined || !exchange.isAsked) return false;
    if (reply.type === 'error') this.#takeError(exchange, reply.message, nowMs);
    else if (reply.type === exchange.question.type) this.#finish(exchange, reply as UdpAnnounceReply | UdpScrapeReply);
    else return false;
    return true;
  }

  #takeConnectReply(tracker: UdpTracker, reply: UdpReply, nowMs: number): boolean {
    if (reply.type === 'connect') tracker.connected(reply.connectionId, nowMs);
    else if (reply.type === 'error') tracker.connecting = undefined;
    else return false;
    for (const exchange of this.#waitingFor(tracker)) {
      if (reply.type === 'error') this.#fail(exchange, refusal(reply.message));
      else this.#advance(exchange, nowMs);
    }
    return true;
  }

  #takeError(exchange: Exchange, message: string, nowMs: number): void {
    // A tracker that was restarted, or is stricter than a minute, refuses an id that another exchange got. Ask once more.
    if (exchange.hasInheritedId) {
      exchange.tracker.forgetConnection();
      this.#advance(exchange, nowMs);
    } else {
      this.#fail(exchange, refusal(message));
    }
  }

  #lose(address: PeerAddress, reason: string): void {
    const tracker = this.#trackers.get(keyOf(address) ?? '');
    tracker?.forgetConnection();
    for (const exchange of [...this.#exchanges.values()]) {
      if (exchange.tracker === tracker) this.#fail(exchange, new TrackerError('unreachable', reason));
    }
  }

  #passTime(nowMs: number): void {
    for (const exchange of [...this.#exchanges.values()]) {
      if (nowMs >= exchange.endMs) this.#fail(exchange, timeOut());
      else if (exchange.retryMs !== undefined && nowMs >= exchange.retryMs) this.#retry(exchange, nowMs);
    }
    for (const tracker of this.#trackers.values()) {
      if (tracker.connecting !== undefined && nowMs >= tracker.connecting.retryMs) this.#retryConnect(tracker, nowMs);
    }
  }

  #retry(exchange: Exchange, nowMs: number): void {
    exchange.retransmissionCount += 1;
    if (exchange.retransmissionCount > UDP_RETRANSMISSIONS_MAX) {
      this.#fail(exchange, timeOut());
      return;
    }
    // Many trackers drop what carries an id they do not know, so silence may mean just that.
    if (exchange.hasInheritedId) exchange.tracker.forgetConnection();
    this.#advance(exchange, nowMs);
  }

  #retryConnect(tracker: UdpTracker, nowMs: number): void {
    const connecting = tracker.connecting!;
    connecting.retransmissionCount += 1;
    connecting.retryMs = nowMs + waitMs(connecting.retransmissionCount);
    if (connecting.retransmissionCount <= UDP_RETRANSMISSIONS_MAX) this.#sendConnect(tracker, connecting);
    else for (const exchange of this.#waitingFor(tracker)) this.#fail(exchange, timeOut());
  }

  #waitingFor(tracker: UdpTracker): readonly Exchange[] {
    return [...this.#exchanges.values()].filter(
      (exchange) => exchange.tracker === tracker && exchange.retryMs === undefined,
    );
  }

  #finish(exchange: Exchange, answer: UdpAnnounceReply | UdpScrapeReply): void {
    this.#end(exchange);
    this.#actions.push({ type: 'finish-exchange', exchange: exchange.id, answer });
  }

  #fail(exchange: Exchange, error: TrackerError): void {
    this.#end(exchange);
    this.#actions.push({ type: 'fail-exchange', exchange: exchange.id, error });
  }

  #end(exchange: Exchange | undefined): void {
    if (exchange === undefined || !this.#exchanges.delete(exchange.id)) return;
    exchange.tracker.exchangeCount -= 1;
    if (exchange.tracker.exchangeCount === 0) exchange.tracker.connecting = undefined;
  }

  #exchangeOf(tracker: UdpTracker, transactionId: number): Exchange | undefined {
    for (const exchange of this.#exchanges.values()) {
      if (exchange.transactionId === transactionId && exchange.tracker === tracker) return exchange;
    }
    return undefined;
  }

  #freshTransactionId(tracker: UdpTracker): number {
    let transactionId = this.#randomBelow(2 ** 32);
    while (
      tracker.connecting?.transactionId === transactionId ||
      this.#exchangeOf(tracker, transactionId) !== undefined
    ) {
      transactionId = (transactionId + 1) >>> 0;
    }
    return transactionId;
  }

  #trackerAt(key: string, address: PeerAddress, nowMs: number): UdpTracker {
    const known = this.#trackers.get(key);
    if (known !== undefined) return known;
    if (this.#trackers.size >= UDP_TRACKERS_MAX) this.#forgetIdleTrackers(nowMs);
    const tracker = new UdpTracker(address);
    this.#trackers.set(key, tracker);
    return tracker;
  }

  /** What is left is bounded by the number of exchanges. */
  #forgetIdleTrackers(nowMs: number): void {
    for (const [key, tracker] of this.#trackers) {
      if (tracker.exchangeCount === 0 && (this.#trackers.size > UDP_TRACKERS_MAX / 2 || !tracker.connectionId(nowMs))) {
        this.#trackers.delete(key);
      }
    }
  }
}

function waitMs(retransmissionCount: number): number {
  return UDP_FIRST_WAIT_MS * 2 ** retransmissionCount;
}

/** One text per address, however it was written. A zone names our interface, not the tracker. */
function keyOf({ host, port }: PeerAddress): string | undefined {
  const bytes = packAddress(host.replace(/%.*$/, ''));
  return bytes === undefined ? undefined : `${formatAddress(bytes)} ${port}`;
}

function replyIn(bytes: Uint8Array, tracker: UdpTracker): UdpReply | undefined {
  try {
    return decodeUdpReply(bytes, tracker.family);
  } catch (error) {
    if (TrackerError.isInstance(error)) return undefined;
    throw error;
  }
}

function refusal(message: string): TrackerError {
  return new TrackerError('refused', `the tracker refused: ${message}`);
}

function timeOut(): TrackerError {
  return new TrackerError('timed-out', 'the tracker did not answer in time');
}

function unreachable(event: never): never {
  throw new TypeError(`unknown event ${JSON.stringify(event)}`);
}
