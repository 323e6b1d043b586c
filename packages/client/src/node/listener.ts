import { createServer, type Server, type Socket } from 'node:net';
import { type Handshake, HandshakeDecoder } from '@unchoke/wire';
import type { PeerAddress } from '../address-book.js';
import { LIMITS } from '../limits.js';

/** Strangers that have connected and not yet said which torrent they mean; more are turned away. */
const STRANGERS_MAX = 100;

/** Takes a connection whose handshake has been read, and the bytes that came with it. */
export type Welcome = (socket: Socket, address: PeerAddress, handshake: Handshake, rest: Uint8Array) => boolean;

/** Listens for peers, reads which torrent they mean, and hands them over. Whoever takes too long, or means none of ours, is cut. */
export class Listener {
  readonly #server: Server;
  readonly #strangers = new Set<Socket>();
  readonly #welcome: Welcome;

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
    for (const socket of this.#strangers) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #meet(socket: Socket): void {
    if (this.#strangers.size >= STRANGERS_MAX) {
      socket.destroy();
      return;
    }
    const { remoteAddress: host = '', remotePort: port = 0 } = socket;
    const decoder = new HandshakeDecoder();
    const leave = () => {
      clearTimeout(timer);
      this.#strangers.delete(socket);
      socket.removeAllListeners();
    };
    const cut = () => {
      leave();
      socket.on('error', () => undefined);
      socket.destroy();
    };
    const timer = setTimeout(cut, LIMITS.handshakeTimeoutMs);
    this.#strangers.add(socket);
    socket.on('error', cut);
    socket.on('close', cut);
    socket.on('data', (chunk: Uint8Array) => {
      const taken = decoder.push(chunk);
      if (decoder.violation !== undefined) return cut();
      if (decoder.handshake === undefined) return;
      leave();
      if (this.#welcome(socket, { host: plainHost(host), port }, decoder.handshake, chunk.subarray(taken))) return;
      socket.on('error', () => undefined);
      socket.destroy();
    });
  }
}

/** An IPv4 address that came in through an IPv6 socket. */
function plainHost(host: string): string {
  return host.startsWith('::ffff:') && host.includes('.') ? host.slice('::ffff:'.length) : host;
}
