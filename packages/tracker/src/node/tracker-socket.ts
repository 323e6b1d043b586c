import { createSocket, type Socket } from 'node:dgram';
import type { PeerAddress } from '../address.js';

/** What a socket tells its owner. */
export interface SocketOwner {
  received(bytes: Uint8Array): void;
  /** The network says nobody is there. The socket is of no more use. */
  failed(reason: string): void;
  /** Nothing was sent for the time given. */
  idle(): void;
}

/**
 * A UDP socket connected to one tracker. The system then drops datagrams from anybody else before they cost us anything,
 * and tells us when nobody listens there.
 */
export class TrackerSocket {
  readonly #socket: Socket;
  readonly #owner: SocketOwner;
  readonly #idleTimer: NodeJS.Timeout;
  /** What is to be sent once connected. A handful: the exchanges that asked meanwhile. */
  #queue: Uint8Array[] | undefined = [];
  #isClosed = false;

  constructor(tracker: PeerAddress, idleMs: number, owner: SocketOwner) {
    this.#owner = owner;
    this.#socket = createSocket(tracker.host.includes(':') ? 'udp6' : 'udp4');
    this.#socket.on('message', (bytes) => owner.received(bytes));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('connect', () => this.#flush());
    this.#socket.connect(tracker.port, tracker.host);
    this.#idleTimer = setTimeout(() => owner.idle(), idleMs).unref();
  }

  send(bytes: Uint8Array): void {
    this.#idleTimer.refresh();
    if (this.#queue !== undefined) this.#queue.push(bytes);
    else if (!this.#isClosed) this.#socket.send(bytes, (error) => this.#fail(error));
  }

  ref(): void {
    if (!this.#isClosed) this.#socket.ref();
  }

  unref(): void {
    if (!this.#isClosed) this.#socket.unref();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    this.#socket.close();
  }

  #flush(): void {
    const queue = this.#queue ?? [];
    this.#queue = undefined;
    for (const bytes of queue) this.send(bytes);
  }

  #fail(error: Error | null): void {
    if (error !== null && !this.#isClosed) this.#owner.failed(error.message);
  }
}
