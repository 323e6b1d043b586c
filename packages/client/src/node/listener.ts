import { createServer, type Server, type Socket } from 'node:net';
import { type Handshake, HandshakeDecoder } from '@unchoke/wire';
import type { PeerAddress } from '../address-book.js';
import { Strangers } from '../strangers.js';

/** Takes a connection whose handshake has been read, and the bytes that came with it. */
export type Welcome = (socket: Socket, address: PeerAddress, handshake: Handshake, rest: Uint8Array) => boolean;

/** Listens for peers, reads which torrent they mean, and hands them over. Whoever takes too long, or means none of ours, is cut. */
export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #strangers = new Strangers<Socket>();
  readonly #welcome: Welcome;
  #timer: NodeJS.Timeout | undefined;

  private constructor(welcome: Welcome) {
    this.#welcome = welcome;
    this.#server = createServer((socket) => this.#meet(socket));
  }

  /** Port 0 is any. */
  static async open(host: string | undefined, port: number, welcome: Welcome): Promise<Listener> {
    const listener = new Listener(welcome);
    await new Promise<void>((resolve, reject) => {
      listener.#server.once('error', reject);
      listener.#server.listen(port, host, () => {
        listener.#server.off('error', reject);
        resolve();
      });
    });
    return listener;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    for (const socket of this.#sockets) this.#cut(socket);
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #meet(socket: Socket): void {
    const { remoteAddress: host = '', remotePort: port = 0 } = socket;
    const address = { host: plainHost(host), port };
    const decoder = new HandshakeDecoder();
    this.#sockets.add(socket);
    const victim = this.#strangers.arrived(socket, address.host, performance.now());
    if (victim !== undefined) this.#cut(victim);
    this.#wakeAtDeadline();
    socket.on('error', () => this.#cut(socket));
    socket.on('close', () => this.#cut(socket));
    socket.on('data', (chunk: Uint8Array) => {
      const taken = decoder.push(chunk);
      if (decoder.violation !== undefined) return this.#cut(socket);
      if (decoder.handshake === undefined) return;
      this.#leave(socket);
      if (!this.#welcome(socket, address, decoder.handshake, chunk.subarray(taken))) this.#cut(socket);
    });
  }

  #leave(socket: Socket): void {
    this.#sockets.delete(socket);
    this.#strangers.left(socket);
    socket.removeAllListeners();
  }

  #cut(socket: Socket): void {
    this.#leave(socket);
    socket.on('error', () => undefined);
    socket.destroy();
  }

  /** One timer for all: whoever came first is late first. */
  #wakeAtDeadline(): void {
    const { deadlineMs } = this.#strangers;
    if (this.#timer !== undefined || deadlineMs === undefined) return;
    const wake = () => {
      this.#timer = undefined;
      for (const socket of this.#strangers.takeLate(performance.now())) this.#cut(socket);
      this.#wakeAtDeadline();
    };
    this.#timer = setTimeout(wake, Math.max(1, deadlineMs - performance.now()));
    this.#timer.unref();
  }
}

/** An IPv4 address that came in through an IPv6 socket. */
function plainHost(host: string): string {
  return host.startsWith('::ffff:') && host.includes('.') ? host.slice('::ffff:'.length) : host;
}
