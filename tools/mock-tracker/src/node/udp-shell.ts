import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { DATAGRAMS_WAITING_MAX } from '../limits.js';
import { type Source, sourceOf } from '../source.js';
import type { OutgoingDatagram, UdpFront } from '../udp/udp-front.js';

/** The UDP tracker on a port. */
export class UdpShell {
  readonly #front: UdpFront;
  readonly #nowMs: () => number;
  readonly #socket: Socket;
  /** For answers that must come from elsewhere; opened when the first one is due. */
  #otherSocket: Socket | undefined = undefined;
  readonly #family: 4 | 6;
  readonly #ipv6Only: boolean;
  /** Held back by a rule until another answer has gone. */
  #held: (() => void)[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  /** The last client: most send several datagrams in a row, and its address need not be read again. */
  #source: Source | undefined = undefined;
  #sourceAddress = '';

  constructor(front: UdpFront, nowMs: () => number, host: string, ipv6Only: boolean) {
    this.#front = front;
    this.#nowMs = nowMs;
    this.#family = host.includes(':') ? 6 : 4;
    this.#ipv6Only = ipv6Only && this.#family === 6;
    this.#socket = this.#open();
    this.#socket.on('message', (datagram, from) => this.#receive(datagram, from));
  }

  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.bind({ address: host, port }, () => {
        this.#socket.off('error', reject);
        // An answer that cannot be sent (the client's port is gone) is a lost datagram, which UDP is allowed to do.
        this.#socket.on('error', () => {});
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#held = [];
    await closed(this.#socket);
    if (this.#otherSocket !== undefined) await closed(this.#otherSocket);
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    const answer = this.#front.answer(datagram, this.#sourceOf(from), this.#nowMs());
    if (answer === undefined) return;
    if (answer instanceof Uint8Array) {
      this.#socket.send(answer, from.port, from.address);
      if (this.#held.length > 0) this.#release();
      return;
    }
    for (const outgoing of answer) this.#schedule(outgoing, from);
  }

  #schedule(outgoing: OutgoingDatagram, to: RemoteInfo): void {
    const send = (): void => {
      const socket = outgoing.isFromOtherPort ? this.#other() : this.#socket;
      socket.send(outgoing.bytes, to.port, to.address);
    };
    const waitingCount = this.#timers.size + this.#held.length;
    const act = outgoing.isHeld && waitingCount < DATAGRAMS_WAITING_MAX ? () => void this.#held.push(send) : send;
    if (outgoing.waitMs === 0 || waitingCount >= DATAGRAMS_WAITING_MAX) {
      act();
      if (!outgoing.isHeld) this.#release();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, outgoing.waitMs);
    this.#timers.add(timer);
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const send of held) send();
  }

  #other(): Socket {
    if (this.#otherSocket === undefined) {
      this.#otherSocket = this.#open();
      this.#otherSocket.on('error', () => {});
    }
    return this.#otherSocket;
  }

  #open(): Socket {
    return createSocket({
      type: this.#family === 4 ? 'udp4' : 'udp6',
      ipv6Only: this.#ipv6Only,
      // Answers go to the addresses that requests came from: there is nothing to look up.
      lookup: (host, _options, done) => done(null, host, this.#family),
    });
  }

  #sourceOf(from: RemoteInfo): Source {
    if (this.#source === undefined || this.#sourceAddress !== from.address || this.#source.port !== from.port) {
      this.#source = sourceOf(from.address, from.port);
      this.#sourceAddress = from.address;
    }
    return this.#source;
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => resolve());
  });
}
