import { connect, type Socket } from 'node:net';
import type { PeerAddress } from '../address-book.js';
import { LIMITS } from '../limits.js';

/** What a connection tells its torrent. */
export interface SocketListener {
  readonly opened: () => void;
  /** Only valid during the call. */
  readonly received: (bytes: Uint8Array) => void;
  /** A payload has left; its memory is free. */
  readonly sent: (payload: Uint8Array) => void;
  readonly crowded: () => void;
  readonly drained: () => void;
  readonly closed: (reason: 'dial-failed' | 'remote-closed') => void;
}

/**
 * All sockets that we dial read into this one: it is used up before the next read begins, so that a thousand connections
 * cost one buffer, and no garbage.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);

/** Messages that lie one behind the other in memory. */
interface Stretch {
  readonly memory: ArrayBufferLike;
  readonly start: number;
  end: number;
  readonly payloads: Uint8Array[];
}

/** A connection to a peer: thin, so that everything worth testing is in the core. */
export class PeerSocket {
  readonly #socket: Socket;
  readonly #listener: SocketListener;
  #isOpen: boolean;
  #isCorked = false;
  #isCrowded = false;
  #isClosed = false;
  #isHeld = false;
  /** Not yet written: the next message may lie behind it. */
  #stretch: Stretch | undefined;

  private constructor(socket: Socket, listener: SocketListener, isOpen: boolean) {
    this.#socket = socket;
    this.#listener = listener;
    this.#isOpen = isOpen;
    socket.setNoDelay(true);
    socket.on('drain', () => {
      this.#isCrowded = false;
      listener.drained();
    });
    socket.on('error', () => undefined); // 'close' follows, and says all there is to say.
    socket.on('close', () => this.#closed());
  }

  static dial({ host, port }: PeerAddress, listener: SocketListener): PeerSocket {
    const socket: Socket = connect({
      host,
      port,
      onread: {
        buffer: READ_BUFFER,
        callback: (length, bytes) => {
          listener.received((bytes as Uint8Array).subarray(0, length));
          return true;
        },
      },
    });
    const peer = new PeerSocket(socket, listener, false);
    socket.on('connect', () => {
      peer.#isOpen = true;
      listener.opened();
    });
    return peer;
  }

  /** Takes over a connection that somebody else opened; its first bytes were read elsewhere. */
  static adopt(socket: Socket, listener: SocketListener): PeerSocket {
    const peer = new PeerSocket(socket, listener, true);
    socket.on('data', listener.received);
    return peer;
  }

  /**
   * Sends with everything else of this turn, when `flush` is called. The bytes must not change. Before a payload there is room for
   * its header. True for the first of a turn.
   */
  send(bytes: Uint8Array, payload: Uint8Array | undefined): boolean {
    if (this.#isClosed) {
      if (payload !== undefined) this.#listener.sent(payload);
      return false;
    }
    const isFirst = !this.#isCorked;
    if (isFirst) {
      this.#isCorked = true;
      this.#socket.cork();
    }
    if (payload === undefined) {
      this.#writeStretch();
      this.#socket.write(bytes);
    } else this.#stretchTo(bytes, payload);
    if (!this.#isCrowded && this.#unsentBytes > LIMITS.unsentBytesMax) {
      this.#isCrowded = true;
      this.#listener.crowded();
    }
    return isFirst;
  }

  flush(): void {
    if (!this.#isCorked) return;
    this.#writeStretch();
    this.#isCorked = false;
    this.#socket.uncork();
  }

  get #unsentBytes(): number {
    const { start, end } = this.#stretch ?? { start: 0, end: 0 };
    return this.#socket.writableLength + end - start;
  }

  /** Blocks that were read together are written together: with the copies that this spares, a fifteenth of a seed's processor time. */
  #stretchTo(header: Uint8Array, payload: Uint8Array): void {
    const start = payload.byteOffset - header.length;
    new Uint8Array(payload.buffer, start, header.length).set(header);
    if (this.#stretch?.memory !== payload.buffer || this.#stretch.end !== start) {
      this.#writeStretch();
      this.#stretch = { memory: payload.buffer, start, end: start, payloads: [] };
    }
    this.#stretch.end = payload.byteOffset + payload.length;
    this.#stretch.payloads.push(payload);
  }

  #writeStretch(): void {
    if (this.#stretch === undefined) return;
    const { memory, start, end, payloads } = this.#stretch;
    this.#stretch = undefined;
    this.#socket.write(Buffer.from(memory, start, end - start), () => payloads.forEach(this.#listener.sent));
  }

  /** Stops reading, or goes on. */
  hold(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    if (isHeld) this.#socket.pause();
    else this.#socket.resume();
  }

  close(): void {
    this.#isClosed = true;
    this.#writeStretch();
    this.#socket.destroy();
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.closed(this.#isOpen ? 'remote-closed' : 'dial-failed');
  }
}
