import { connect } from 'node:net';
import { latin1 } from './bencode.js';

/** What a subject says of itself in its handshake. */
export interface Greeting {
  readonly reserved: Uint8Array;
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  readonly protocol: string;
}

const LENGTH = 68;

/** BEP 6 and BEP 10, as far as the subject offers them. */
export function offers({ reserved }: Greeting, extension: 'fast' | 'extensions'): boolean {
  return extension === 'fast' ? ((reserved[7] ?? 0) & 0x04) !== 0 : ((reserved[5] ?? 0) & 0x10) !== 0;
}

/** Greets as a peer with both extensions and reads the answer; undefined when there is none. Leaves at once. */
export function greet(port: number, infoHash: Uint8Array, from: string, waitMs: number): Promise<Greeting | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: from });
    let got = Buffer.alloc(0);
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(got.length < LENGTH ? undefined : greetingOf(got));
    };
    const timer = setTimeout(end, waitMs);
    socket.on('error', end).on('close', end);
    socket.on('connect', () => {
      const peerId = latin1('-UC0001-conformance0');
      socket.write(Buffer.concat([latin1('\x13BitTorrent protocol'), Buffer.from(RESERVED), infoHash, peerId]));
    });
    socket.on('data', (chunk) => {
      got = Buffer.concat([got, chunk]);
      if (got.length >= LENGTH) end();
    });
  });
}

/** Whether anybody takes connections there. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Offers both extensions: some answer only with what they were offered. */
const RESERVED = [0, 0, 0, 0, 0, 0x10, 0, 0x04];

function greetingOf(bytes: Buffer): Greeting {
  return {
    protocol: bytes.toString('latin1', 0, 20),
    ...{ reserved: bytes.subarray(20, 28), infoHash: bytes.subarray(28, 48), peerId: bytes.subarray(48, 68) },
  };
}
