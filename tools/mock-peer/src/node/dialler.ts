import { connect, type Socket } from 'node:net';
import type { DialPlan } from '../behaviour.js';
import type { PeerAddress } from '../events.js';

/** What a dialler reports. */
export interface DiallerHost {
  /** A connection stands; `redial` is to be called when it is over. */
  opened(socket: Socket, redial: () => void): void;
  failed(address: PeerAddress, reason: string): void;
}

/** Opens connections as a behaviour's `dial` says: how many, how fast, and again how often. */
export class Dialler {
  readonly #plan: DialPlan;
  readonly #host: DiallerHost;
  readonly #known = new Map<string, PeerAddress>();
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isPaused = false;

  constructor(plan: DialPlan, host: DiallerHost) {
    this.#plan = plan;
    this.#host = host;
  }

  dial({ host, port }: PeerAddress): void {
    const address = { host, port };
    this.#known.set(`${host} ${port}`, address);
    const { connections = 1, everyMs = 0, redials = Infinity } = this.#plan;
    for (let i = 0; i < connections; i++) {
      if (everyMs === 0) this.#open(address, redials);
      else this.#later(i * everyMs, () => this.#open(address, redials));
    }
  }

  /** Dials an address that was not dialled before. */
  dialOnce(address: PeerAddress): void {
    if (!this.#known.has(`${address.host} ${address.port}`)) this.dial(address);
  }

  /** Gives up what is on its way; `resume` dials everything known again. */
  pause(): void {
    this.#isPaused = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  resume(): void {
    this.#isPaused = false;
    for (const address of this.#known.values()) this.dial(address);
  }

  close(): void {
    this.pause();
  }

  #open(address: PeerAddress, redialsLeft: number): void {
    const socket = connect({ host: address.host, port: address.port, allowHalfOpen: true });
    this.#sockets.add(socket);
    const redial = (): void => {
      const { redialAfterMs } = this.#plan;
      if (redialAfterMs === undefined || redialsLeft <= 0) return;
      this.#later(redialAfterMs, () => this.#open(address, redialsLeft - 1));
    };
    const fail = (error: Error): void => {
      this.#sockets.delete(socket);
      this.#host.failed(address, error.message);
      redial();
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      this.#sockets.delete(socket);
      this.#host.opened(socket, redial);
    });
  }

  #later(delayMs: number, act: () => void): void {
    if (this.#isPaused) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    this.#timers.add(timer);
  }
}
