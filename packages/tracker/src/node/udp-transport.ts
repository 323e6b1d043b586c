import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { formatAddress, type PeerAddress, packAddress } from '../address.js';
import { TrackerError } from '../errors.js';
import { CONNECTION_ID_LIFETIME_MS } from '../limits.js';
import { UdpClient, type UdpClientAction, type UdpClientEvent, type UdpQuestion } from '../udp-client.js';
import type { UdpAnnounceReply, UdpScrapeReply } from '../udp-reply.js';
import { TrackerSocket } from './tracker-socket.js';

type Answer = UdpAnnounceReply | UdpScrapeReply;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: TrackerError) => void;
}

/** Node's timers fire at once beyond this. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * UDP sockets for exchanges with any number of trackers, one socket for each tracker, kept for as long as its connection id
 * lives: that saves a round trip when many torrents announce to the same one. An idle transport does not keep a program
 * running.
 *
 * @example
 * ```ts
 * import { UdpTransport } from '@unchoke/tracker/node';
 *
 * const udp = new UdpTransport();
 * // await announce('udp://…', request, { udp });
 * udp.close();
 * ```
 */
export class UdpTransport {
  readonly #client = new UdpClient((bound) => randomInt(bound));
  readonly #sockets = new Map<string, TrackerSocket>();
  readonly #waiting = new Map<number, Waiting>();
  #timer: NodeJS.Timeout | undefined;
  #exchangeCount = 0;
  #isClosed = false;

  /** Asks one tracker, at an IP address, one thing. Rejects with a `TrackerError`. */
  ask(tracker: PeerAddress, question: UdpQuestion, signal: AbortSignal): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(new TrackerError('aborted', 'the UDP transport is closed'));
    const exchange = ++this.#exchangeCount;
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(exchange, { resolve, reject });
      try {
        this.#handle({ type: 'exchange-requested', exchange, tracker, question });
      } catch (error) {
        this.#waiting.delete(exchange);
        throw error;
      }
      signal.addEventListener('abort', () => this.#cancel(exchange, signal), { once: true });
      if (signal.aborted) this.#cancel(exchange, signal);
    });
  }

  /** Closes every socket. What is under way rejects with `aborted`. */
  close(): void {
    this.#isClosed = true;
    for (const exchange of [...this.#waiting.keys()]) {
      this.#handle({ type: 'exchange-cancelled', exchange });
      this.#settle(exchange)?.reject(new TrackerError('aborted', 'the UDP transport was closed'));
    }
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    clearTimeout(this.#timer);
  }

  #cancel(exchange: number, signal: AbortSignal): void {
    const waiting = this.#settle(exchange);
    if (waiting === undefined) return;
    this.#handle({ type: 'exchange-cancelled', exchange });
    waiting.reject(signal.reason);
  }

  #handle(event: UdpClientEvent): void {
    for (const action of this.#client.handle(event, performance.now())) this.#perform(action);
    clearTimeout(this.#timer);
    const { deadlineMs } = this.#client;
    if (deadlineMs === undefined) return;
    const delayMs = Math.min(Math.max(deadlineMs - performance.now(), 0), TIMER_MS_MAX);
    this.#timer = setTimeout(() => this.#handle({ type: 'time-passed' }), Math.ceil(delayMs));
  }

  #perform(action: UdpClientAction): void {
    if (action.type === 'send-datagram') this.#socketTo(action.to).send(action.bytes);
    else if (action.type === 'finish-exchange') this.#settle(action.exchange)?.resolve(action.answer);
    else this.#settle(action.exchange)?.reject(action.error);
  }

  #settle(exchange: number): Waiting | undefined {
    const waiting = this.#waiting.get(exchange);
    this.#waiting.delete(exchange);
    // Nobody waits: let the program end, though sockets stay for the next question.
    if (this.#waiting.size === 0) for (const socket of this.#sockets.values()) socket.unref();
    return waiting;
  }

  #socketTo(tracker: PeerAddress): TrackerSocket {
    const packed = packAddress(tracker.host.replace(/%.*$/, ''));
    const key = `${packed === undefined ? tracker.host : formatAddress(packed)} ${tracker.port}`;
    const open = this.#sockets.get(key);
    if (open !== undefined) {
      open.ref();
      return open;
    }
    const socket = new TrackerSocket(tracker, CONNECTION_ID_LIFETIME_MS, {
      received: (bytes) => this.#handle({ type: 'datagram-received', from: tracker, bytes }),
      failed: (reason) => {
        this.#drop(key, socket);
        this.#handle({ type: 'tracker-unreachable', tracker, reason });
      },
      idle: () => this.#drop(key, socket),
    });
    this.#sockets.set(key, socket);
    return socket;
  }

  #drop(key: string, socket: TrackerSocket): void {
    if (this.#sockets.get(key) === socket) this.#sockets.delete(key);
    socket.close();
  }
}
