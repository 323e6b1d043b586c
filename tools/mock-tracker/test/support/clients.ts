import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

/** Sends bytes over a connection of its own, and answers all that comes back until the tracker closes it. */
export function rawHttp(port: number, request: string | Uint8Array, host = '127.0.0.1'): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, allowHalfOpen: true });
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      received += text;
    });
    socket.on('end', () => socket.end());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      received += `<${error.code}>`;
    });
    socket.on('close', () => resolve(received));
    socket.write(request);
  });
}

/**
 * Whether the tracker resets the connection rather than ending it. Node may report a reset that comes right behind data as
 * an end (libuv takes the hang-up for one), so the client writes once more: only into a connection that is gone it cannot.
 */
export function isReset(port: number, request: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('data', () => {});
    socket.on('end', () => socket.write('x', () => socket.end()));
    socket.on('error', () => resolve(true));
    socket.on('close', () => resolve(false));
    socket.write(request);
  });
}

/** One GET whose connection is closed behind the answer: status, headers, body, all as byte text. */
export async function get(
  port: number,
  target: string,
  host = '127.0.0.1',
): Promise<{ status: number; headers: Map<string, string>; body: string }> {
  const name = host.includes(':') ? `[${host}]` : host;
  const text = await rawHttp(
    port,
    `GET ${target} HTTP/1.1\r\nHost: ${name}:${port}\r\nConnection: close\r\n\r\n`,
    host,
  );
  const headEnd = text.indexOf('\r\n\r\n');
  const [statusLine, ...lines] = text.slice(0, headEnd).split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { status: Number(statusLine!.split(' ')[1]), headers, body: text.slice(headEnd + 4) };
}

export interface Announced {
  readonly infoHash?: string;
  readonly peerId?: string;
  readonly port?: number;
  readonly left?: number;
  readonly more?: string;
}

/** An announce as a client would write it; hash and id are 20 characters that need no escaping. */
export function announceTarget({
  infoHash = 'h'.repeat(20),
  peerId = 'p'.repeat(20),
  port = 6881,
  left = 1,
  more = '',
}: Announced): string {
  return `/announce?info_hash=${infoHash}&peer_id=${peerId}&port=${port}&uploaded=0&downloaded=0&left=${left}${more}`;
}

/** A UDP socket that remembers what it received. */
export class UdpClient {
  readonly trackerPort: number;
  readonly host: string;
  readonly #socket;
  readonly #received: { readonly bytes: Buffer; readonly port: number }[] = [];
  #waiting: (() => void) | undefined;

  constructor(trackerPort: number, host = '127.0.0.1') {
    this.trackerPort = trackerPort;
    this.host = host;
    this.#socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    this.#socket.on('message', (bytes, from) => {
      this.#received.push({ bytes, port: from.port });
      this.#waiting?.();
    });
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.trackerPort, this.host);
  }

  /** The next datagram, in order of arrival. */
  async next(): Promise<{ readonly bytes: Buffer; readonly port: number }> {
    while (this.#received.length === 0) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    return this.#received.shift()!;
  }

  async ask(bytes: Uint8Array): Promise<Buffer> {
    this.send(bytes);
    return (await this.next()).bytes;
  }

  /** A connection id, asked for with hand-written bytes (BEP 15). */
  async connectionId(): Promise<Buffer> {
    const reply = await this.ask(Buffer.from('00000417271019800000000000000001', 'hex'));
    return reply.subarray(8, 16);
  }

  close(): void {
    this.#socket.close();
  }
}

/** A UDP announce, byte by byte (BEP 15). */
export function udpAnnounce(
  connectionId: Uint8Array,
  { infoHash = 'h'.repeat(20), peerId = 'p'.repeat(20), port = 6881, left = 1 }: Announced = {},
  { transactionId = 7, event = 0, numWant = -1 } = {},
): Buffer {
  const bytes = Buffer.alloc(98);
  bytes.set(connectionId, 0);
  bytes.writeUInt32BE(1, 8);
  bytes.writeUInt32BE(transactionId, 12);
  bytes.write(infoHash, 16, 'latin1');
  bytes.write(peerId, 36, 'latin1');
  bytes.writeBigUInt64BE(BigInt(left), 64);
  bytes.writeUInt32BE(event, 80);
  bytes.writeInt32BE(numWant, 92);
  bytes.writeUInt16BE(port, 96);
  return bytes;
}

/** A connection that sends a request, collects what comes, and goes away when told. */
export function leaving(
  port: number,
  request: string,
  answers: string[],
): { readonly promise: Promise<void>; readonly leave: () => void } {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('data', (chunk: Buffer) => answers.push(chunk.toString('latin1')));
  socket.write(request);
  const promise = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  return { promise, leave: () => socket.end() };
}
