import type { UdpTamper } from './tampered-udp.js';

const [CONNECT, ANNOUNCE, SCRAPE, ERROR] = [0, 1, 2, 3];

const actionOf = (packet: Buffer): number => (packet.length >= 4 ? packet.readUInt32BE(0) : -1);
const askedFor = (packet: Buffer): number => (packet.length >= 12 ? packet.readUInt32BE(8) : -1);
const written = (packet: Buffer, write: (copy: Buffer) => void): Buffer => {
  const copy = Buffer.from(packet);
  write(copy);
  return copy;
};
/** Changes replies of one kind. */
const reply = (action: number | undefined, change: (packet: Buffer, request: Buffer) => Buffer) => (): UdpTamper => ({
  reply: (packet, request) => (action === undefined || actionOf(packet) === action ? change(packet, request) : packet),
});
/** Changes requests of one kind. */
const request = (action: number, change: (packet: Buffer) => Buffer) => (): UdpTamper => ({
  request: (packet) => (askedFor(packet) === action ? change(packet) : packet),
});
const asError = (packet: Buffer): Buffer => written(packet, (copy) => void copy.writeUInt32BE(ERROR!, 0));
const swapWords = (packet: Buffer, at: number, other: number): Buffer =>
  written(packet, (copy) => {
    copy.writeUInt32BE(packet.readUInt32BE(other), at);
    copy.writeUInt32BE(packet.readUInt32BE(at), other);
  });
const event = (number: number, by: number, more: (copy: Buffer) => void = () => undefined) =>
  request(ANNOUNCE!, (packet) =>
    packet.length >= 84 && packet.readUInt32BE(80) === number
      ? written(packet, (copy) => {
          copy.writeUInt32BE(by, 80);
          more(copy);
        })
      : packet,
  );
const anyConnection = (): UdpTamper => ({ anyConnection: true });
const peersOf = (packet: Buffer): Buffer => packet.subarray(20);
const afterHead = (packet: Buffer, peers: Buffer): Buffer => Buffer.concat([packet.subarray(0, 20), peers]);

/** For each rule over UDP, a way to break it. */
export const UDP_SPOILS: Readonly<Record<string, () => UdpTamper>> = {
  'bep15/tracker/connect/answers': reply(CONNECT, (packet) => packet.subarray(0, 12)),
  ...Object.fromEntries(
    ['0', '1', '7fffffff', '80000000', 'ffffffff'].map((id) => [
      `bep15/tracker/connect/transaction-${id}`,
      reply(CONNECT, (packet) =>
        written(packet, (copy) => void copy.writeUInt32BE((packet.readUInt32BE(4) ^ 2) >>> 0, 4)),
      ),
    ]),
  ),
  'bep15/tracker/connect/longer': reply(CONNECT, (packet, asked) => (asked.length > 16 ? asError(packet) : packet)),
  'bep15/tracker/connect/other-protocol': request(CONNECT!, (packet) =>
    written(packet, (copy) => void copy.writeUInt32BE(0x2710_1980, 4)),
  ),
  'bep15/tracker/connect/guessing': () => {
    let counter = 1000n;
    return {
      reply: (packet) =>
        actionOf(packet) === CONNECT ? written(packet, (copy) => void copy.writeBigUInt64BE(counter++, 8)) : packet,
    };
  },
  'bep15/tracker/connect/made-up': anyConnection,
  'bep15/tracker/connect/of-another': anyConnection,
  'bep15/tracker/connect/zero': anyConnection,
  'bep15/tracker/connect/many-uses': () => {
    let uses = 0;
    return { reply: (packet) => (actionOf(packet) === ANNOUNCE && ++uses > 1 ? asError(packet) : packet) };
  },
  'bep15/tracker/connect/minute': reply(ANNOUNCE, asError),
  'bep15/tracker/connect/small-answer': reply(CONNECT, (packet) => Buffer.concat([packet, Buffer.alloc(100)])),

  'bep15/tracker/announce/finds-peer': reply(ANNOUNCE, (packet) =>
    written(packet, (copy) => void copy.subarray(20 + (copy.length > 20 ? 4 : 0)).swap16()),
  ),
  'bep15/tracker/announce/whole-peers': reply(ANNOUNCE, (packet) => Buffer.concat([packet, Buffer.alloc(1)])),
  'bep15/tracker/announce/interval': reply(ANNOUNCE, (packet) =>
    written(packet, (copy) => void copy.writeUInt32BE(5, 8)),
  ),
  'bep15/tracker/announce/counts': reply(ANNOUNCE, (packet) => swapWords(packet, 12, 16)),
  'bep15/tracker/announce/left-64-bits': request(ANNOUNCE!, (packet) =>
    written(packet, (copy) => void copy.writeUInt32BE(0, 64)),
  ),
  'bep15/tracker/announce/completed': event(1, 0, (copy) => void copy.writeUInt32BE(1, 68)),
  'bep15/tracker/announce/stopped': event(3, 0),
  'bep15/tracker/announce/once': reply(ANNOUNCE, (packet) =>
    afterHead(packet, Buffer.concat([peersOf(packet), peersOf(packet)])),
  ),
  'bep15/tracker/announce/separate-torrents': request(ANNOUNCE!, (packet) =>
    written(packet, (copy) => void copy.writeUInt8(0, 35)),
  ),
  'bep15/tracker/announce/num-want': request(ANNOUNCE!, (packet) =>
    written(packet, (copy) => void copy.writeInt32BE(-1, 92)),
  ),
  'bep15/tracker/announce/options': reply(ANNOUNCE, (packet, asked) => (asked.length > 98 ? asError(packet) : packet)),
  'bep15/tracker/announce/short': request(ANNOUNCE!, (packet) =>
    packet.length < 98 ? Buffer.concat([packet, Buffer.alloc(98 - packet.length, 0x1f)]) : packet,
  ),
  'bep15/tracker/announce/port-zero': reply(ANNOUNCE, (packet) => afterHead(packet, Buffer.from([127, 0, 0, 1, 0, 0]))),
  'bep15/tracker/announce/unknown-event': () => ({
    dies: (packet) => askedFor(packet) === ANNOUNCE && packet.readUInt32BE(80) > 4,
  }),
  'bep15/tracker/announce/one-datagram': reply(ANNOUNCE, (packet) => afterHead(packet, Buffer.alloc(6 * 300, 1))),
  'bep15/tracker/announce/interleaved': () => {
    let last: Buffer | undefined;
    return {
      reply: (packet) => {
        if (actionOf(packet) !== ANNOUNCE) return packet;
        const swapped = Buffer.concat([packet.subarray(0, 8), (last ?? packet).subarray(8)]);
        last = packet;
        return swapped;
      },
    };
  },
  'bep15/tracker/announce/one-swarm': request(ANNOUNCE!, (packet) =>
    written(packet, (copy) => void copy.writeUInt8(copy.readUInt8(16) ^ 1, 16)),
  ),
  'bep15/tracker/announce/ipv6-peers': () => ({ onIpv6: true }),

  'bep15/tracker/scrape/counts': reply(SCRAPE, (packet) => swapWords(packet, 8, 16)),
  'bep15/tracker/scrape/completed': reply(SCRAPE, (packet) =>
    written(packet, (copy) => void copy.writeUInt32BE(9, 12)),
  ),
  'bep15/tracker/scrape/order': reply(SCRAPE, (packet) =>
    Buffer.concat([packet.subarray(0, 8), packet.subarray(20), packet.subarray(8, 20)]),
  ),
  'bep15/tracker/scrape/seventy': reply(SCRAPE, (packet) => packet.subarray(0, 8 + 12 * 10)),
  'bep15/tracker/scrape/made-up': anyConnection,
  'bep15/tracker/scrape/cut-hash': request(SCRAPE!, (packet) => Buffer.concat([packet, Buffer.alloc(13)])),

  'bep15/tracker/error/form': () => ({
    answer: (packet) =>
      askedFor(packet) === 7 ? Buffer.concat([Buffer.from([0, 0, 0, 1]), packet.subarray(12, 16)]) : undefined,
  }),
  'bep15/tracker/error/small': () => ({
    answer: (packet) => {
      if (askedFor(packet) !== ANNOUNCE) return undefined;
      return Buffer.concat([Buffer.from([0, 0, 0, 3]), packet.subarray(12, 16), Buffer.alloc(500, 0x61)]);
    },
  }),
  'bep15/tracker/hygiene/short': () => ({
    answer: (packet) =>
      packet.length === 15 ? Buffer.concat([Buffer.alloc(4), packet.subarray(12), Buffer.alloc(9)]) : undefined,
  }),
  'bep15/tracker/hygiene/replies': () => ({ answer: (packet) => (packet.length === 10 ? packet : undefined) }),
  'bep15/tracker/hygiene/flood': () => {
    let count = 0;
    return { dies: () => ++count > 300 };
  },
  'bep15/tracker/hygiene/large': () => ({ dies: (packet) => packet.length > 10_000 }),
};
