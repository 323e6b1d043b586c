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

  constructor(download: RateLimit, upload: RateLimit) {
    this.download = new RateLimit(download);
    this.upload = new RateLimit(upload);
  }

  /** What this torrent may use of what the session has. */
  setRates({ maxDownloadRate, maxUploadRate }: RateLimits, nowMs: number): void {
    this.download.setRate(maxDownloadRate, nowMs);
    this.upload.setRate(maxUploadRate, nowMs);
  }
}
