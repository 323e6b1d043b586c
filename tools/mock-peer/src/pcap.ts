import { concat, writeU32 } from './bytes.js';
import { addressBytes } from './bytes-spec.js';
import type { PeerAddress } from './events.js';

/** The file header of a classic little-endian pcap with microseconds, link type Ethernet. */
export const PCAP_HEADER: Uint8Array = Uint8Array.of(
  ...[0xd4, 0xc3, 0xb2, 0xa1], // magic
  ...[2, 0, 4, 0], // version 2.4
  ...[0, 0, 0, 0, 0, 0, 0, 0], // UTC, no accuracy claimed
  ...[0xff, 0xff, 0, 0], // longest packet
  ...[1, 0, 0, 0], // Ethernet
);

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const PSH = 0x08;
const ACK = 0x10;

/** Room for the headers below the 65,535 of an IPv4 packet. */
const SEGMENT_BYTES_MAX = 65_000;

/**
 * One connection as packets: Ethernet, IP and TCP headers are made up around the bytes that really went over it, one
 * packet per write or read, so that Wireshark can follow the stream.
 */
export class PcapConnection {
  readonly #ends: Readonly<Record<'sent' | 'received', End>>;
  #isOpen = false;

  constructor(local: PeerAddress, remote: PeerAddress) {
    this.#ends = { sent: newEnd(local), received: newEnd(remote) };
  }

  /** SYN, SYN+ACK, ACK. `opener`: who dialled. */
  open(opener: 'sent' | 'received', timeMs: number): Uint8Array {
    const answerer = opener === 'sent' ? 'received' : 'sent';
    this.#isOpen = true;
    return concat([
      this.#packet(opener, SYN, NOTHING, timeMs),
      this.#packet(answerer, SYN | ACK, NOTHING, timeMs),
      this.#packet(opener, ACK, NOTHING, timeMs),
    ]);
  }

  /** Bytes in one direction. */
  data(direction: 'sent' | 'received', bytes: Uint8Array, timeMs: number): Uint8Array {
    const packets: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += SEGMENT_BYTES_MAX) {
      packets.push(this.#packet(direction, PSH | ACK, bytes.subarray(at, at + SEGMENT_BYTES_MAX), timeMs));
    }
    return concat([NOTHING, ...packets]);
  }

  /** FIN or RST of one side. */
  close(direction: 'sent' | 'received', how: 'end' | 'reset', timeMs: number): Uint8Array {
    if (!this.#isOpen) return NOTHING;
    this.#isOpen = false;
    return this.#packet(direction, how === 'end' ? FIN | ACK : RST | ACK, NOTHING, timeMs);
  }

  #packet(direction: 'sent' | 'received', flags: number, payload: Uint8Array, timeMs: number): Uint8Array {
    const from = this.#ends[direction];
    const to = this.#ends[direction === 'sent' ? 'received' : 'sent'];
    const tcp = tcpHeader(from, to, flags, payload);
    from.sequence = (from.sequence + payload.length + ((flags & (SYN | FIN)) === 0 ? 0 : 1)) >>> 0;
    const packet = concat([
      ETHERNET[from.address.length === 4 ? 'v4' : 'v6'],
      ipHeader(from, to, tcp.length + payload.length),
      tcp,
      payload,
    ]);
    return concat([recordHeader(packet.length, timeMs), packet]);
  }
}

interface End {
  readonly address: Uint8Array;
  readonly port: number;
  sequence: number;
}

const NOTHING = new Uint8Array(0);

/** Locally administered addresses, as nothing real has them. */
const ETHERNET = {
  v4: Uint8Array.of(2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00),
  v6: Uint8Array.of(2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x86, 0xdd),
};

function newEnd({ host, port }: PeerAddress): End {
  // Node shows IPv4 on a dual-stack socket as ::ffff:127.0.0.1.
  const plain = host.replace(/^::ffff:(?=\d+\.)/, '');
  return { address: addressBytes(plain) ?? Uint8Array.of(0, 0, 0, 0), port, sequence: 1 };
}

function recordHeader(length: number, timeMs: number): Uint8Array {
  const seconds = Math.floor(timeMs / 1000);
  const micros = Math.floor((timeMs - seconds * 1000) * 1000);
  const header = new DataView(new ArrayBuffer(16));
  header.setUint32(0, seconds, true);
  header.setUint32(4, micros, true);
  header.setUint32(8, length, true);
  header.setUint32(12, length, true);
  return new Uint8Array(header.buffer);
}

function tcpHeader(from: End, to: End, flags: number, payload: Uint8Array): Uint8Array {
  const header = new Uint8Array(20);
  header.set([from.port >>> 8, from.port & 0xff, to.port >>> 8, to.port & 0xff]);
  writeU32(header, 4, from.sequence);
  writeU32(header, 8, (flags & ACK) === 0 ? 0 : to.sequence);
  header[12] = 5 << 4;
  header[13] = flags;
  header[14] = header[15] = 0xff; // window
  const pseudo = concat([
    from.address,
    to.address,
    Uint8Array.of(0, 6, (20 + payload.length) >>> 8, (20 + payload.length) & 0xff),
  ]);
  const sum = checksum([pseudo, header, payload]);
  header[16] = sum >>> 8;
  header[17] = sum & 0xff;
  return header;
}

function ipHeader(from: End, to: End, length: number): Uint8Array {
  if (from.address.length === 16) {
    const head = Uint8Array.of(0x60, 0, 0, 0, length >>> 8, length & 0xff, 6, 64);
    return concat([head, from.address, to.address]);
  }
  const total = 20 + length;
  const header = concat([
    Uint8Array.of(0x45, 0, total >>> 8, total & 0xff, 0, 0, 0x40, 0, 64, 6, 0, 0),
    from.address,
    to.address,
  ]);
  const sum = checksum([header]);
  header[10] = sum >>> 8;
  header[11] = sum & 0xff;
  return header;
}

/** RFC 1071 over chunks, of which only the last may be of odd length. */
function checksum(chunks: readonly Uint8Array[]): number {
  let sum = 0;
  for (const chunk of chunks) {
    for (let i = 0; i < chunk.length; i += 2) sum += (chunk[i]! << 8) | (chunk[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
