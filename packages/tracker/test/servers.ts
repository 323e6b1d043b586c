import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// Two trackers by hand, a few lines each: whoever answers them is proven by them, and not by the rest of the house.

export interface HandMade {
  readonly port: number;
  /** The target of each request, or the kind of each datagram. */
  readonly seen: string[];
  close(): Promise<void>;
}

export type HttpHand = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server on a port of its own. */
export async function serveHttp(hand: HttpHand, host = '127.0.0.1'): Promise<HandMade & { readonly server: Server }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? '');
    hand(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port, seen, close, server };
}

export type UdpHand = (packet: Buffer, reply: (bytes: Uint8Array) => void, from: RemoteInfo) => void;

/** A UDP server on a port of its own. */
export async function serveUdp(hand: UdpHand, host = '127.0.0.1'): Promise<HandMade> {
  const seen: string[] = [];
  const socket: Socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (packet, from) => {
    seen.push(['connect', 'announce', 'scrape'][packet.readUInt32BE(8)] ?? 'unknown');
    hand(packet, (bytes) => socket.send(bytes, from.port, from.address), from);
  });
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  return { port: socket.address().port, seen, close: () => new Promise((resolve) => socket.close(() => resolve())) };
}

/** A UDP tracker that answers as BEP 15 says, with fixed peers. */
export function politeUdp(peers: Uint8Array): UdpHand {
  return (packet, reply) => {
    const action = packet.readUInt32BE(8);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(action, 0);
    packet.copy(head, 4, 12, 16);
    if (action === 0) reply(Buffer.concat([head, Buffer.from('0123456789abcdef', 'hex')]));
    else if (packet.toString('hex', 0, 8) !== '0123456789abcdef') return;
    else if (action === 1) reply(Buffer.concat([head, numbers(1800, 3, 4), peers]));
    else reply(Buffer.concat([head, ...hashesIn(packet).map((hash) => numbers(hash[0]!, hash[0]! + 1, hash[0]! + 2))]));
  };
}

export function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4);
  return bytes;
}

function hashesIn(packet: Buffer): readonly Buffer[] {
  return Array.from({ length: Math.floor((packet.length - 16) / 20) }, (_, index) =>
    packet.subarray(16 + index * 20, 36 + index * 20),
  );
}
