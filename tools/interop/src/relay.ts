import { connect, createServer, type Socket } from 'node:net';
import { FrameDecoder, type Message } from '@unchoke/wire';
import { OURS } from './host.js';
import type { Stage } from './stage.js';

const HANDSHAKE_BYTES = 68;
const FAST_BYTE = 27;
const FAST_BIT = 0x04;

/** What one side of a connection said. */
export interface Said {
  readonly handshake: Uint8Array;
  readonly types: ReadonlySet<Message['type']>;
}

/** A place to dial instead of a peer, that hears what both sides say. */
export interface Relay {
  readonly port: number;
  /** Of the last connection. */
  readonly dialer: Said;
  readonly dialed: Said;
}

export async function openRelay(stage: Stage, host: string, port: number): Promise<Relay> {
  let [dialer, dialed] = [new Ear(), new Ear()];
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect({ host, port });
    [dialer, dialed] = [new Ear(), new Ear()];
    sockets.push(near, far);
    pass(near, far, dialer);
    pass(far, near, dialed);
  });
  await new Promise<void>((resolve) => server.listen(0, OURS.address, resolve));
  stage.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const at = server.address() as { readonly port: number };
  return {
    port: at.port,
    get dialer() {
      return dialer;
    },
    get dialed() {
      return dialed;
    },
  };
}

export function speaksFast({ handshake }: Said): boolean {
  return ((handshake[FAST_BYTE] ?? 0) & FAST_BIT) !== 0;
}

class Ear implements Said {
  readonly handshake = new Uint8Array(HANDSHAKE_BYTES);
  readonly types = new Set<Message['type']>();
  readonly #decoder = new FrameDecoder();
  #heard = 0;

  hear(bytes: Uint8Array): void {
    const opening = bytes.subarray(0, Math.max(0, HANDSHAKE_BYTES - this.#heard));
    this.handshake.set(opening, Math.min(this.#heard, HANDSHAKE_BYTES - opening.length));
    this.#heard += bytes.length;
    for (const { type } of this.#decoder.push(bytes.subarray(opening.length))) this.types.add(type);
  }
}

function pass(from: Socket, to: Socket, ear: Ear): void {
  from.on('data', (bytes) => {
    ear.hear(bytes);
    to.write(bytes);
  });
  from.on('error', () => to.destroy());
  from.on('close', () => to.end());
}
