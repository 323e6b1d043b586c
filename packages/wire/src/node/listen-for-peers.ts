import { createServer, type Server, type Socket } from 'node:net';
import { type Handshake, HandshakeDecoder, PeerLink } from '../index.js';
import { randomPeerId } from './connect-peer.js';
import { CONNECTION_LIMITS } from './limits.js';
import { type ConnectionOptions, PeerConnection } from './peer-connection.js';

/** How to answer about one torrent. */
export interface ServedTorrent extends ConnectionOptions {
  readonly infoHash: Uint8Array;
}

/** Where to listen, and for what. */
export interface ListenOptions {
  /** A free one unless told otherwise. */
  readonly port?: number;
  /** `127.0.0.1` unless told otherwise: to be reached from outside has to be asked for. */
  readonly host?: string;
  /** What to answer about this info-hash; `undefined` closes the connection without an answer (BEP 3, peer protocol). */
  readonly torrents: (infoHash: Uint8Array) => ServedTorrent | undefined;
  readonly handshakeTimeoutMs?: number;
  /** Sockets without a handshake; more are closed at once. */
  readonly halfOpenMax?: number;
}

/**
 * Waits for peers that dial us. One port serves any number of torrents: each handshake says which.
 *
 * @example
 * ```ts
 * import { connectPeer, listenForPeers } from '@unchoke/wire/node';
 *
 * const infoHash = new Uint8Array(20).fill(0xaa);
 * const listener = await listenForPeers({ torrents: () => ({ infoHash, have: 'all' }) });
 * const dialled = await connectPeer({ host: '127.0.0.1', port: listener.port, infoHash });
 * for await (const peer of listener) {
 *   console.assert(peer.link.remote.offers?.fast === true);
 *   break;
 * }
 * await dialled.close();
 * await listener.close();
 * ```
 */
export async function listenForPeers(options: ListenOptions): Promise<PeerListener> {
  const server = createServer();
  const listener = new PeerListener(server, options);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return listener;
}

/**
 * Peers that dialled us, in the order of their handshakes. Leaving a loop over it does not close it.
 *
 * @example
 * ```ts
 * import { listenForPeers, type PeerListener } from '@unchoke/wire/node';
 *
 * const listener: PeerListener = await listenForPeers({ torrents: () => undefined });
 * console.assert(listener.port > 0);
 * await listener.close();
 * ```
 */
export class PeerListener implements AsyncIterable<PeerConnection, undefined> {
  readonly #server: Server;
  readonly #options: ListenOptions;
  readonly #halfOpen = new Set<Socket>();
  readonly #connections = new Set<PeerConnection>();
  readonly #accepted: PeerConnection[] = [];
  readonly #waiting: (() => void)[] = [];
  #isClosed = false;

  /** For `listenForPeers`. */
  constructor(server: Server, options: ListenOptions) {
    this.#server = server;
    this.#options = options;
    server.on('connection', (socket) => this.#greet(socket));
    // A socket that cannot be accepted now (too many open files) is one peer less, not the end of listening.
    server.on('error', () => {});
  }

  /** The port that was chosen. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  [Symbol.asyncIterator](): AsyncIterator<PeerConnection, undefined> {
    return { next: () => this.#next() };
  }

  /** Stops listening and closes all connections that came through it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    for (const socket of this.#halfOpen) socket.destroy();
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all([...this.#connections].map((peer) => peer.close()));
    await stopped;
  }

  async #next(): Promise<IteratorResult<PeerConnection, undefined>> {
    while (this.#accepted.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const peer = this.#accepted.shift();
    return peer === undefined ? { done: true, value: undefined } : { done: false, value: peer };
  }

  /** Reads the handshake, the whole of it within one deadline, and finds the torrent. */
  #greet(socket: Socket): void {
    const { halfOpenMax, handshakeTimeoutMs } = { ...CONNECTION_LIMITS, ...this.#options };
    socket.on('error', () => socket.destroy());
    if (this.#isClosed || this.#halfOpen.size >= halfOpenMax) {
      socket.destroy();
      return;
    }
    this.#halfOpen.add(socket);
    const timer = setTimeout(() => socket.destroy(), handshakeTimeoutMs);
    const decoder = new HandshakeDecoder();
    socket.once('close', () => {
      clearTimeout(timer);
      this.#halfOpen.delete(socket);
    });
    const onData = (chunk: Uint8Array): void => {
      const consumed = decoder.push(chunk);
      if (decoder.violation !== undefined) socket.destroy();
      if (decoder.handshake === undefined) return;
      socket.off('data', onData);
      clearTimeout(timer);
      this.#halfOpen.delete(socket);
      this.#accept(socket, decoder.handshake, chunk.subarray(consumed));
    };
    socket.on('data', onData);
  }

  #accept(socket: Socket, handshake: Handshake, rest: Uint8Array): void {
    const torrent = this.#options.torrents(handshake.infoHash);
    if (torrent === undefined || this.#accepted.length >= CONNECTION_LIMITS.acceptedMax) {
      socket.destroy();
      return;
    }
    const link = new PeerLink({ ...torrent, peerId: torrent.peerId ?? randomPeerId() });
    const peer = new PeerConnection(socket, link, torrent);
    this.#connections.add(peer);
    void peer.closed.then(() => this.#connections.delete(peer));
    peer.write(link.greet());
    peer.receive(link.receiveHandshake(handshake));
    if (rest.length > 0) peer.receive(link.receive(rest));
    this.#accepted.push(peer);
    this.#waiting.shift()?.();
  }
}
