import { ConnectionPool, type Errand } from './connection-pool.js';
import { LIMITS } from './limits.js';
import { RateLimit } from './rate-limit.js';
import { type RateLimits, Seat } from './seat.js';

/**
 * How many connections the torrents of a session may have together.
 *
 * @example
 * ```ts
 * import { Session, type SessionOptions } from '@unchoke/client';
 *
 * const small: SessionOptions = { peersMax: 20, halfOpenMax: 5 };
 * console.assert(new Session(small).connectionCount === 0);
 * ```
 */
export interface SessionOptions {
  /** Connections in all; default `LIMITS.peersMax`. */
  readonly peersMax?: number;
  /** Dials under way; default `LIMITS.halfOpenMax`. */
  readonly halfOpenMax?: number;
}

/**
 * What the torrents of one client share: connections, dials, rates, and the port that others dial. It knows which torrent a
 * stranger means, and sees to it that none takes what the others need.
 *
 * After every event of a torrent, see `takeErrands`: what one gave up, another may wait for.
 *
 * @example
 * ```ts
 * import { Session } from '@unchoke/client';
 *
 * const session = new Session();
 * session.setRates({ maxDownloadRate: 1_000_000 }, 0);
 * const seat = session.join([new Uint8Array(20)]);
 * console.assert(seat.download.perSecond === 1_000_000);
 * console.assert(session.seatOf(new Uint8Array(20)) === seat);
 * ```
 */
export class Session {
  readonly #download = new RateLimit();
  readonly #upload = new RateLimit();
  readonly #pool: ConnectionPool<Seat>;
  readonly #seats = new Map<string, Seat>();

  constructor({ peersMax = LIMITS.peersMax, halfOpenMax = LIMITS.halfOpenMax }: SessionOptions = {}) {
    this.#pool = new ConnectionPool(peersMax, halfOpenMax);
  }

  /** A place for one more torrent, which strangers may call by any of these info-hashes. */
  join(infoHashes: readonly Uint8Array[] = []): Seat {
    const seat = new Seat(this.#download, this.#upload, this.#pool);
    for (const infoHash of infoHashes) this.#seats.set(infoHash.join(), seat);
    return seat;
  }

  /** Whom a handshake with this info-hash is for. */
  seatOf(infoHash: Uint8Array): Seat | undefined {
    return this.#seats.get(infoHash.join());
  }

  /** The torrent of this seat is gone, and all its connections are. */
  leave(seat: Seat): void {
    seat.withdraw();
    for (const [infoHash, other] of this.#seats) if (other === seat) this.#seats.delete(infoHash);
  }

  get connectionCount(): number {
    return this.#pool.connections;
  }

  /** For all torrents together. Tell each of them (`limits-changed`): some may wait for what is allowed now. */
  setRates({ maxDownloadRate, maxUploadRate }: RateLimits, nowMs: number): void {
    this.#download.setRate(maxDownloadRate, nowMs);
    this.#upload.setRate(maxUploadRate, nowMs);
  }

  /** Events to be delivered: `time-passed` to who should look again, `room-needed` to who has more than its share. */
  takeErrands(): readonly Errand<Seat>[] {
    return this.#pool.takeErrands();
  }
}
