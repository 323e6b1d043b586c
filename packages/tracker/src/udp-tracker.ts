import type { AddressFamily, PeerAddress } from './address.js';
import { CONNECTION_ID_LIFETIME_MS } from './limits.js';

/** A connect request that has not been answered. */
export interface Connecting {
  readonly transactionId: number;
  retransmissionCount: number;
  retryMs: number;
}

/** What a UDP client knows of one tracker: the id that lets us ask, or that we are getting one. */
export class UdpTracker {
  readonly address: PeerAddress;
  readonly family: AddressFamily;
  connecting: Connecting | undefined = undefined;
  exchangeCount = 0;
  #connectionId: bigint | undefined = undefined;
  #expiresMs = 0;

  constructor(address: PeerAddress) {
    this.address = address;
    this.family = address.host.includes(':') ? 6 : 4;
  }

  /** The id, as long as BEP 15 lets a client use it. */
  connectionId(nowMs: number): bigint | undefined {
    return nowMs < this.#expiresMs ? this.#connectionId : undefined;
  }

  connected(connectionId: bigint, nowMs: number): void {
    this.connecting = undefined;
    this.#connectionId = connectionId;
    this.#expiresMs = nowMs + CONNECTION_ID_LIFETIME_MS;
  }

  forgetConnection(): void {
    this.#connectionId = undefined;
    this.#expiresMs = 0;
  }
}
