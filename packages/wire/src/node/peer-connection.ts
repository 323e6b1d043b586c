import type { Socket } from 'node:net';
import type {
  ExtendedHandshake,
  ExtensionMessage,
  LinkEvent,
  LinkOptions,
  Message,
  PeerLink,
  TorrentShape,
} from '../index.js';
import { type CloseCode, PeerConnectionError } from './connection-error.js';
import { EventQueue } from './event-queue.js';
import { CONNECTION_LIMITS } from './limits.js';

/** What a connection does by itself. Every field has a default. */
export interface ConnectionOptions extends Partial<Omit<LinkOptions, 'infoHash'>> {
  /** What we have: a bitfield, all, or (unless told otherwise) none. Sent as soon as the handshakes allow. */
  readonly have?: 'all' | 'none' | Uint8Array;
  /** What our extended handshake says beside our extensions and queue. `false`: none is sent. */
  readonly extendedHandshake?: ExtendedHandshake | false;
  readonly handshakeTimeoutMs?: number;
  readonly keepAliveMs?: number;
  readonly idleTimeoutMs?: number;
  /** Ends the connection, or the attempt, when aborted. */
  readonly signal?: AbortSignal;
}

const KEEP_ALIVE: Message = { type: 'keep-alive' };
/** What `close()` gives a peer to read what was sent before. */
const FLUSH_MS = 2_000;
/** Iteration ends without an error: nothing went wrong, or the last event has said what did. */
const ENDS_QUIETLY: ReadonlySet<CloseCode> = new Set(['closed-by-us', 'closed-by-peer', 'protocol-violated']);

/**
 * A peer on a socket. Iterate it for events, in as many loops as you like, one after the other: each goes on where the last
 * stopped. Leaving a loop does not close the connection; `close()` does. While nobody iterates, the peer has to wait.
 *
 * @example
 * ```ts
 * import { connectPeer, listenForPeers, type PeerConnection } from '@unchoke/wire/node';
 *
 * const infoHash = new Uint8Array(20).fill(0xaa);
 * const listener = await listenForPeers({ torrents: () => ({ infoHash, have: 'all' }) });
 * const peer: PeerConnection = await connectPeer({ host: '127.0.0.1', port: listener.port, infoHash });
 * for await (const event of peer) if (event.type === 'have-all') break;
 * await peer.close();
 * await listener.close();
 * ```
 */
export class PeerConnection implements AsyncIterable<LinkEvent, undefined> {
  /** What may be said, and what was: flags, phases, outstanding requests of both sides. */
  readonly link: PeerLink;
  /** Resolves once both handshakes are exchanged. */
  readonly met: Promise<void>;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #queue: EventQueue;
  readonly #closed: Promise<PeerConnectionError>;
  #reason: PeerConnectionError | undefined;
  #onMet: () => void = () => {};
  #keepAliveTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  readonly #handshakeTimer: NodeJS.Timeout | undefined;
  readonly #onAbort = (): void => this.#end(new PeerConnectionError('aborted', 'the signal was aborted'));

  /** For `connectPeer` and `listenForPeers`. */
  constructor(socket: Socket, link: PeerLink, options: ConnectionOptions) {
    this.link = link;
    this.#socket = socket;
    this.#options = options;
    this.#queue = new EventQueue(() => this.#resume());
    this.met = new Promise((resolve) => {
      this.#onMet = resolve;
    });
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#end(new PeerConnectionError('closed-by-peer', 'the peer closed the connection'));
        resolve(this.#reason!);
      });
    });
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#idleTimer?.refresh();
      this.receive(link.receive(chunk));
    });
    socket.on('error', (cause) => this.#end(new PeerConnectionError('socket-failed', cause.message, { cause })));
    const handshakeTimeoutMs = options.handshakeTimeoutMs ?? CONNECTION_LIMITS.handshakeTimeoutMs;
    this.#handshakeTimer = setTimeout(() => {
      this.#end(new PeerConnectionError('handshake-timeout', `no handshake within ${handshakeTimeoutMs} ms`));
    }, handshakeTimeoutMs);
    if (options.signal?.aborted === true) this.#onAbort();
    else options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Address of the peer, as the socket tells it. */
  get host(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get port(): number | undefined {
    return this.#socket.remotePort;
  }

  /** Why and when it ended. Never rejects. */
  get closed(): Promise<PeerConnectionError> {
    return this.#closed;
  }

  [Symbol.asyncIterator](): AsyncIterator<LinkEvent, undefined> {
    return { next: () => this.#queue.next() };
  }

  /**
   * Sends a message. `false` means that the socket is full: wait for `drained()` before sending much more. After the end it does
   * nothing.
   *
   * @throws {LocalProtocolError} as `PeerLink.send`.
   */
  send(message: Message | ExtensionMessage): boolean {
    // The link ends before the connection does when handshake and violation come in one chunk.
    const isOver = this.#reason !== undefined || this.link.local.phase === 'closed';
    return !isOver && this.write(this.link.send(message));
  }

  /** Resolves when the socket takes more, or has ended. */
  async drained(): Promise<void> {
    if (this.#reason !== undefined || !this.#socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      this.#socket.once('drain', resolve);
      this.#socket.once('close', () => resolve());
    });
  }

  /** Ends the connection and resolves when the socket is closed. What was sent before is still delivered, if the peer reads. */
  async close(): Promise<void> {
    this.#end(new PeerConnectionError('closed-by-us', 'close() was called'));
    await this.#closed;
  }

  /** @internal Bytes that a link has made. */
  write(bytes: Uint8Array): boolean {
    this.#keepAliveTimer?.refresh();
    const hasRoom = this.#socket.write(bytes);
    if (this.#socket.writableLength > CONNECTION_LIMITS.unsentBytesMax) {
      const problem = `${this.#socket.writableLength} bytes are not read by the peer`;
      this.#end(new PeerConnectionError('peer-not-reading', problem));
    }
    return hasRoom;
  }

  /** @internal Events that the link has given. */
  receive(events: readonly LinkEvent[]): void {
    for (const event of events) {
      if (event.type === 'handshake-received') this.#meet();
      this.#queue.push(event);
      if (event.type !== 'protocol-violated') continue;
      this.#end(new PeerConnectionError('protocol-violated', event.error.message, { cause: event.error }));
    }
    const { count, bytes } = this.#queue;
    if (count > CONNECTION_LIMITS.queuedEventsMax || bytes > CONNECTION_LIMITS.queuedBytesMax) this.#socket.pause();
  }

  #meet(): void {
    clearTimeout(this.#handshakeTimer);
    const keepAliveMs = this.#options.keepAliveMs ?? CONNECTION_LIMITS.keepAliveMs;
    this.#keepAliveTimer = setInterval(() => this.send(KEEP_ALIVE), keepAliveMs).unref();
    const idleTimeoutMs = this.#options.idleTimeoutMs ?? CONNECTION_LIMITS.idleTimeoutMs;
    this.#idleTimer = setTimeout(() => this.#onSilence(idleTimeoutMs), idleTimeoutMs).unref();
    this.#open();
    this.#onMet();
  }

  /** What is said first: the extended handshake and what we have. */
  #open(): void {
    const { have = 'none', extendedHandshake = {}, torrent } = this.#options;
    if (this.link.isExtended && extendedHandshake !== false) {
      this.send({ type: 'extended-handshake', handshake: { client: 'Unchoke', ...extendedHandshake } });
    }
    if (have instanceof Uint8Array) this.send({ type: 'bitfield', bits: have });
    else if (this.link.isFast) this.send({ type: have === 'all' ? 'have-all' : 'have-none' });
    else if (have === 'all' && torrent !== undefined) this.send({ type: 'bitfield', bits: allBits(torrent) });
  }

  #resume(): void {
    const { count, bytes } = this.#queue;
    const isLow = count <= CONNECTION_LIMITS.queuedEventsMax / 2 && bytes <= CONNECTION_LIMITS.queuedBytesMax / 2;
    if (isLow && this.#reason === undefined && this.#socket.isPaused()) this.#socket.resume();
  }

  #onSilence(idleTimeoutMs: number): void {
    // While we do not read, the silence is ours.
    if (this.#socket.isPaused()) this.#idleTimer?.refresh();
    else this.#end(new PeerConnectionError('idle-timeout', `nothing came for ${idleTimeoutMs} ms`));
  }

  #end(reason: PeerConnectionError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.link.close();
    clearTimeout(this.#handshakeTimer);
    clearTimeout(this.#idleTimer);
    clearInterval(this.#keepAliveTimer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#queue.end(ENDS_QUIETLY.has(reason.code) ? undefined : reason);
    if (reason.code !== 'closed-by-us') this.#socket.destroy();
    else {
      this.#socket.destroySoon();
      setTimeout(() => this.#socket.destroy(), FLUSH_MS).unref();
    }
  }
}

function allBits({ totalLength, pieceLength }: TorrentShape): Uint8Array {
  const pieceCount = Math.ceil(totalLength / pieceLength);
  const bits = new Uint8Array(Math.ceil(pieceCount / 8)).fill(0xff);
  bits[bits.length - 1] = 0xff << (8 * bits.length - pieceCount);
  return bits;
}
