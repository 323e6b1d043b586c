import type { Socket } from 'node:net';
import type { PeerAction, PeerEvent } from '../events.js';
import type { MockPeerCore } from '../peer.js';

/** What a connection tells the peer it belongs to. */
export interface TcpLinkHost {
  nowMs(): number;
  /** Actions that are not about this socket. */
  perform(link: TcpLink, action: PeerAction): void;
  /** Bytes as they are given to the socket or came from it. */
  tapped(link: TcpLink, direction: 'sent' | 'received', bytes: Uint8Array): void;
  closed(link: TcpLink, reason: string): void;
}

/** A core on a socket: performs its actions, tells it what happened, wakes it when it wants. */
export class TcpLink {
  readonly core: MockPeerCore;
  readonly connection: number;
  readonly origin: 'dialled' | 'accepted';
  readonly #socket: Socket;
  readonly #host: TcpLinkHost;
  #timer: NodeJS.Timeout | undefined;
  #timerMs = Infinity;
  #writesPending = 0;
  #reason: string | undefined;
  #isHalfClosed = false;
  #isClosed = false;

  constructor(
    core: MockPeerCore,
    socket: Socket,
    host: TcpLinkHost,
    connection: number,
    origin: 'dialled' | 'accepted',
  ) {
    this.core = core;
    this.connection = connection;
    this.origin = origin;
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay(true);
    socket.on('data', (buffer) => {
      // Not as a Buffer: its `slice` shares memory where that of every other byte array copies.
      const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
      host.tapped(this, 'received', bytes);
      this.deliver({ type: 'bytes-received', bytes });
    });
    socket.on('end', () => {
      this.#reason ??= 'the other side closed';
      if (!this.#isHalfClosed) socket.end();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#reason ??= error.message;
      // A reset that the system refuses is the one error which Node does not follow with `close`.
      if (error.syscall === 'reset') this.#closed();
    });
    socket.on('close', () => this.#closed());
  }

  deliver(event: PeerEvent): void {
    this.#perform(this.core.handle(event, this.#host.nowMs()));
    this.#wake();
  }

  /** Drops the connection without a word. */
  reset(reason: string): void {
    this.#reason ??= reason;
    this.#resetSocket();
  }

  #perform(actions: readonly PeerAction[]): void {
    let sendsLeft = 0;
    for (const action of actions) if (action.type === 'send-bytes') sendsLeft++;
    const socket = this.#socket;
    let isCorked = false;
    for (const action of actions) {
      if (action.type === 'send-bytes') {
        // Adjacent sends leave in one writev, except those that want to be seen apart.
        if (!action.apart && !isCorked) socket.cork();
        else if (action.apart && isCorked) socket.uncork();
        isCorked = !action.apart;
        this.#write(action.bytes, --sendsLeft === 0);
      } else {
        // What was said before a reset must have left before it.
        if (isCorked) socket.uncork();
        isCorked = false;
        this.#performOther(action);
      }
    }
    if (isCorked) socket.uncork();
  }

  #write(bytes: Uint8Array, isLast: boolean): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#host.tapped(this, 'sent', bytes);
    if (!isLast) {
      this.#socket.write(bytes);
      return;
    }
    this.#writesPending++;
    this.#socket.write(bytes, () => {
      this.#writesPending--;
      if (this.#writesPending === 0 && !this.#socket.destroyed) this.deliver({ type: 'bytes-drained' });
    });
  }

  #performOther(action: PeerAction): void {
    switch (action.type) {
      case 'close-connection':
        this.#close(action.how, action.reason);
        return;
      case 'pause-reading':
        this.#socket.pause();
        return;
      case 'resume-reading':
        this.#socket.resume();
        return;
      default:
        this.#host.perform(this, action);
        return;
    }
  }

  #close(how: 'end' | 'half' | 'reset', reason: string): void {
    this.#reason ??= reason;
    if (how === 'reset') this.#resetSocket();
    else if (how === 'end') this.#socket.destroySoon();
    else {
      this.#isHalfClosed = true;
      this.#socket.end();
    }
  }

  /** A timer that is early enough stays: most events only move the deadline further away. */
  #wake(): void {
    const deadlineMs = this.core.deadlineMs ?? Infinity;
    if (deadlineMs >= this.#timerMs || this.#socket.destroyed) return;
    clearTimeout(this.#timer);
    const nowMs = this.#host.nowMs();
    const delayMs = Math.min(Math.max(0, Math.ceil(deadlineMs - nowMs)), TIMER_MAX_MS);
    this.#timerMs = nowMs + delayMs;
    this.#timer = setTimeout(() => {
      this.#timerMs = Infinity;
      this.deliver({ type: 'time-passed' });
    }, delayMs);
  }

  /** While its FIN is on the way, a socket cannot be reset (EINVAL): then it is closed, and what is unsent is lost, too. */
  #resetSocket(): void {
    const isEnding = this.#socket.writableEnded && !this.#socket.writableFinished;
    if (isEnding) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const reason = this.#reason ?? 'closed';
    const actions = this.core.handle({ type: 'connection-closed', reason }, this.#host.nowMs());
    for (const action of actions) if (action.type !== 'send-bytes') this.#performOther(action);
    this.#host.closed(this, reason);
  }
}

/** Timers beyond 2^31 − 1 ms fire at once in Node. */
const TIMER_MAX_MS = 0x7fff_ffff;
