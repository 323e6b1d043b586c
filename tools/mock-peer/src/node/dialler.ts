import { connect, isIP, type Socket } from 'node:net';
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
  readonly #from: string | undefined;
  readonly #host: DiallerHost;
  readonly #known = new Map<string, PeerAddress>();
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isPaused = false;

  /** `from`: the address to dial from, so that peers of one machine can be told apart by theirs. */
  constructor(plan: DialPlan, from: string | undefined, host: DiallerHost) {
    this.#plan = plan;
    this.#from = from === undefined || WILDCARDS.includes(from) ? undefined : from;
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
    const from =
      this.#from !== undefined && isIP(this.#from) === isIP(address.host) ? { localAddress: this.#from } : {};
    const socket = connect({ host: address.host, port: address.port, allowHalfOpen: true, ...from });
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

const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];
