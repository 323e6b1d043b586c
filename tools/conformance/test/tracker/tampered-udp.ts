import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { connectRequest } from '../../src/tracker/udp/udp-tracker.js';

/** How packets from and to a good tracker are spoilt. */
export interface UdpTamper {
  readonly request?: (packet: Buffer) => Buffer;
  readonly reply?: (packet: Buffer, request: Buffer) => Buffer;
  /** A packet that is sent back at once. */
  readonly answer?: (packet: Buffer) => Buffer | undefined;
  /** After such a packet nothing is answered any more. */
  readonly dies?: (packet: Buffer) => boolean;
  /** Connection ids do not count. */
  readonly anyConnection?: true;
  /** Also on ::1, where everything is as over IPv4. */
  readonly onIpv6?: true;
}

/** Stands in front of a good tracker. Every client has a way of its own through it, so that the tracker tells them apart. */
export async function relayTampered(
  upstreamPort: number,
  tamper: UdpTamper,
): Promise<{ readonly port: number; close(): void }> {
  const upstreams = new Map<string, Socket>();
  let isDead = false;
  const own = tamper.anyConnection === true ? await ownConnection(upstreamPort) : undefined;
  const front = createSocket('udp4');
  front.on('message', (packet, from) => take(front, packet, from));
  await new Promise<void>((resolve) => front.bind(0, '127.0.0.1', resolve));
  const { port } = front.address() as AddressInfo;
  const six = tamper.onIpv6 === true ? createSocket('udp6') : undefined;
  six?.on('message', (packet, from) => take(six, packet, from));
  if (six !== undefined) await new Promise<void>((resolve) => six.bind(port, '::1', resolve));

  function take(socket: Socket, packet: Buffer, from: RemoteInfo): void {
    if (isDead || tamper.dies?.(packet) === true) {
      isDead = true;
      return;
    }
    const back = (reply: Buffer): void => {
      socket.send(reply, from.port, from.address, () => undefined);
    };
    const given = tamper.answer?.(packet);
    if (given !== undefined) back(given);
    else forward(packet, from, back);
  }

  function forward(packet: Buffer, from: RemoteInfo, back: (reply: Buffer) => void): void {
    const request = Buffer.from(tamper.request?.(packet) ?? packet);
    if (own !== undefined && request.length >= 16 && request.readUInt32BE(8) !== 0) {
      request.writeBigUInt64BE(own.id, 0);
      own.socket.once('message', (reply) => back(tamper.reply?.(reply, packet) ?? reply));
      own.socket.send(request, upstreamPort, '127.0.0.1');
      return;
    }
    const key = `${from.address} ${from.port}`;
    let upstream = upstreams.get(key);
    if (upstream === undefined) {
      upstream = createSocket('udp4');
      upstream.on('message', (reply) => {
        const asked = requests.get(`${key} ${reply.readUInt32BE(4)}`) ?? packet;
        back(tamper.reply?.(reply, asked) ?? reply);
      });
      upstreams.set(key, upstream);
    }
    if (packet.length >= 16) requests.set(`${key} ${packet.readUInt32BE(12)}`, packet);
    upstream.send(request, upstreamPort, '127.0.0.1');
  }

  const requests = new Map<string, Buffer>();
  return {
    port,
    close: () => {
      for (const socket of [
        front,
        ...(six === undefined ? [] : [six]),
        ...upstreams.values(),
        ...(own === undefined ? [] : [own.socket]),
      ]) {
        socket.close();
      }
    },
  };
}

async function ownConnection(port: number): Promise<{ readonly socket: Socket; readonly id: bigint }> {
  const socket = createSocket('udp4');
  const answered = new Promise<Buffer>((resolve) => socket.once('message', resolve));
  socket.send(connectRequest(1), port, '127.0.0.1');
  return { socket, id: (await answered).readBigUInt64BE(8) };
}
