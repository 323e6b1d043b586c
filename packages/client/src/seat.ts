import type { ConnectionPool } from './connection-pool.js';
import type { PeerKey } from './events.js';
import { RateLimit } from './rate-limit.js';

/**
 * Bytes of blocks a second; `undefined` is no limit.
 *
 * @example
 * ```ts
 * import type { RateLimits } from '@unchoke/client';
 *
 * const modest: RateLimits = { maxDownloadRate: 2_000_000, maxUploadRate: 200_000 };
 * console.assert(modest.maxUploadRate === 200_000);
 * ```
 */
export interface RateLimits {
  readonly maxDownloadRate?: number | undefined;
  readonly maxUploadRate?: number | undefined;
}

/**
 * The place of a torrent in a session: its part of everything that all of them share.
 *
 * @example
 * ```ts
 * import { type Seat, Session } from '@unchoke/client';
 *
 * const seat: Seat = new Session().join();
 * seat.setRates({ maxUploadRate: 100_000 }, 0);
 * console.assert(seat.upload.isLimited && !seat.download.isLimited);
 * ```
 */
export class Seat {
  readonly download: RateLimit<PeerKey>;
  readonly upload: RateLimit<PeerKey>;
  readonly #pool: ConnectionPool<Seat>;

  constructor(download: RateLimit, upload: RateLimit, pool: ConnectionPool<Seat>) {
    this.download = new RateLimit(download);
    this.upload = new RateLimit(upload);
    this.#pool = pool;
  }

  /** Takes a place for a dial; when there is none, this seat is told once there is. */
  mayDial(nowMs: number): boolean {
    return this.#pool.mayDial(this, nowMs);
  }

  /** Whether this is the time for who can do without. */
  get isCalm(): boolean {
    return this.#pool.isCalm;
  }

  /** Takes a place for a dial of who can do without: it waits for nothing, and nobody waits for it. */
  mayDialAside(nowMs: number): boolean {
    return this.#pool.mayDialAside(this, nowMs);
  }

  /** Nothing more to dial for now. */
  withdraw(): void {
    this.#pool.withdraw(this);
  }

  /** When a dial may be tried again that came too soon after others. */
  dialReadyMs(nowMs: number): number {
    return this.#pool.readyMs(this, nowMs);
  }

  /** Takes a place for somebody who dialled us. */
  mayAccept(): boolean {
    return this.#pool.mayAccept(this);
  }

  /** The same in any case, as another connection of this torrent goes for it. */
  accept(): void {
    this.#pool.accept(this);
  }

  /** A dial got through. */
  opened(): void {
    this.#pool.opened(this);
  }

  /** A connection is over, or a dial failed. */
  left(wasOpening: boolean): void {
    this.#pool.left(this, wasOpening);
  }

  /** What this torrent may use of what the session has. */
  setRates({ maxDownloadRate, maxUploadRate }: RateLimits, nowMs: number): void {
    this.download.setRate(maxDownloadRate, nowMs);
    this.upload.setRate(maxUploadRate, nowMs);
  }
}
