import { createServer, type Server, type Socket } from 'node:net';
import { otherExchange } from '../http/http-exchange.js';
import { HttpFront, send } from '../http/http-front.js';
import type { RefusedHead } from '../http/request-head.js';
import type { Source } from '../source.js';
import type { TrackerState } from '../tracker-state.js';
import { authorityOf } from './authority.js';
import { HttpConnection, type HttpService } from './http-connection.js';

/** The HTTP tracker on a TCP port. */
export class HttpShell {
  readonly #server: Server;
  readonly #connections = new Set<HttpConnection>();
  readonly #state: TrackerState;
  readonly #nowMs: () => number;
  readonly #connectionsMax: number;
  #service: HttpService | undefined = undefined;
  /** One timer for all connections: a timer each would cost more than the requests. */
  readonly #sweep: NodeJS.Timeout;

  constructor(state: TrackerState, nowMs: () => number, connectionsMax: number) {
    this.#state = state;
    this.#nowMs = nowMs;
    this.#connectionsMax = connectionsMax;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
    this.#sweep = setInterval(() => this.#expire(), SWEEP_MS).unref();
  }

  /** Opens the port; 0 lets the system choose. Answers the one that is open now. */
  listen(host: string, port: number, ipv6Only: boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 1_024, ipv6Only }, () => {
        this.#server.off('error', reject);
        // An accept that fails (too many open files) costs that connection, not the tracker.
        this.#server.on('error', () => {});
        const address = this.#server.address();
        const open = typeof address === 'object' && address !== null ? address.port : port;
        this.#service = this.#serviceAt(`http://${authorityOf(host, open)}`);
        resolve(open);
      });
    });
  }

  close(): Promise<void> {
    clearInterval(this.#sweep);
    for (const connection of this.#connections) connection.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #serviceAt(origin: string): HttpService {
    const front = new HttpFront(this.#state, origin);
    return {
      nowMs: this.#nowMs,
      answer: (head, source, nowMs) => front.answer(head, source, nowMs),
      refuse: (refused, source, nowMs) => this.#refuse(refused, source, nowMs),
    };
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#connectionsMax) {
      this.#turnAway(socket);
      return;
    }
    const connection = new HttpConnection(socket, this.#service!);
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
  }

  /** One small write, and no state: a flood of connections costs what the system takes for them. */
  #turnAway(socket: Socket): void {
    this.#state.counters.refused += 1;
    socket.on('error', () => {});
    const answer = send(
      503,
      'text/plain',
      Buffer.from(`${this.#connectionsMax} connections are open, no more are taken\n`),
      false,
    );
    socket.end(answer.bytes);
    socket.destroySoon();
  }

  #refuse(refused: RefusedHead, source: Source, nowMs: number): Buffer {
    this.#state.counters.refused += 1;
    const { reason, status } = refused;
    const more = status === 405 ? 'Allow: GET\r\n' : '';
    const sent = send(status, 'text/plain', Buffer.from(`${reason}\n`), false, more);
    this.#state.observe?.(
      otherExchange({ kind: 'malformed', head: undefined, source, nowMs, type: 'refused', status, reason, sent }),
    );
    return sent.bytes;
  }

  #expire(): void {
    const nowMs = this.#nowMs();
    for (const connection of this.#connections) if (connection.deadlineMs <= nowMs) connection.destroy();
    // Nobody may ask any more, but memory is given back all the same.
    this.#state.book.expire(nowMs);
  }
}

const SWEEP_MS = 1_000;
