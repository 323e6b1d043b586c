import { RateLimit } from './rate-limit.js';
import { type RateLimits, Seat } from './seat.js';

/**
 * What the torrents of one client share: the limits on rates.
 *
 * @example
 * ```ts
 * import { Session } from '@unchoke/client';
 *
 * const session = new Session();
 * session.setRates({ maxDownloadRate: 1_000_000 }, 0);
 * console.assert(session.join().download.perSecond === 1_000_000);
 * ```
 */
export class Session {
  readonly #download = new RateLimit();
  readonly #upload = new RateLimit();

  /** A place for one more torrent. */
  join(): Seat {
    return new Seat(this.#download, this.#upload);
  }

  /** For all torrents together. Tell each of them (`limits-changed`): some may wait for what is allowed now. */
  setRates({ maxDownloadRate, maxUploadRate }: RateLimits, nowMs: number): void {
    this.#download.setRate(maxDownloadRate, nowMs);
    this.#upload.setRate(maxUploadRate, nowMs);
  }
}
