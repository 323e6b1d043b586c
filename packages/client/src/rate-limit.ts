import { LIMITS } from './limits.js';

/**
 * So many bytes a second: a token bucket, perhaps below another one, so that a torrent keeps its own limit and that of the
 * client. Who has to wait stands in a line, and gets its turn before whoever comes later; between torrents too.
 *
 * It has no clock and no timer: ask again at `readyMs`.
 *
 * @example
 * ```ts
 * import { RateLimit } from '@unchoke/client';
 *
 * const client = new RateLimit();
 * const torrent = new RateLimit<string>(client);
 * client.setRate(16_384, 0);
 * console.assert(torrent.take('one peer', 16_384, 0));
 * console.assert(!torrent.take('another', 16_384, 0));
 * console.assert(torrent.first === 'another' && torrent.readyMs(0) === 1000);
 * ```
 */
export class RateLimit<Claimant = unknown> {
  readonly #parent: RateLimit | undefined;
  readonly #burstMin: number;
  #perSecond = Number.POSITIVE_INFINITY;
  #level = Number.POSITIVE_INFINITY;
  #latestMs = Number.NEGATIVE_INFINITY;
  /** Who waits for how many bytes, in the order in which they came. */
  readonly #line = new Map<Claimant, number>();

  constructor(parent?: RateLimit, burstMin: number = LIMITS.burstBytesMin) {
    this.#parent = parent;
    this.#burstMin = burstMin;
  }

  /** Whether anything is limited at all, here or above: when not, nothing needs to be asked. */
  get isLimited(): boolean {
    return this.#perSecond !== Number.POSITIVE_INFINITY || this.#parent?.isLimited === true;
  }

  /** Bytes a second that are possible here: the lowest limit from here up. */
  get perSecond(): number {
    return Math.min(this.#perSecond, this.#parent?.perSecond ?? Number.POSITIVE_INFINITY);
  }

  /** What may go at once after a pause, beyond the rate: otherwise a late timer would cost throughput. */
  get burstBytes(): number {
    return Math.max(this.#burstMin, (this.#perSecond * LIMITS.burstMs) / 1000);
  }

  /** Who has waited longest. */
  get first(): Claimant | undefined {
    if (!this.isLimited) this.#line.clear();
    const [first] = this.#line.keys();
    return first;
  }

  /** From now on; `undefined` is without limit. */
  setRate(perSecond: number | undefined, nowMs: number): void {
    this.#refill(nowMs);
    const wasLimited = this.#perSecond !== Number.POSITIVE_INFINITY;
    this.#perSecond = perSecond ?? Number.POSITIVE_INFINITY;
    const levelMax = wasLimited ? this.burstBytes : this.#burstMin;
    this.#level = perSecond === undefined ? Number.POSITIVE_INFINITY : Math.min(this.#level, levelMax);
    if (!this.isLimited) this.#line.clear();
  }

  /** Takes the bytes, or none of them and a place in the line. */
  take(claimant: Claimant, bytes: number, nowMs: number): boolean {
    if (!this.isLimited) return true;
    this.#refill(nowMs);
    if (!this.#isReady(claimant, bytes) || this.#parent?.take(this, bytes, nowMs) === false) {
      this.#line.set(claimant, bytes);
      return false;
    }
    this.#level -= bytes;
    this.#line.delete(claimant);
    return true;
  }

  /** Taken and not used after all. */
  giveBack(bytes: number): void {
    this.#level = Math.min(this.burstBytes, this.#level + bytes);
    this.#parent?.giveBack(bytes);
  }

  /** Gives up a place in the line. */
  leave(claimant: Claimant): void {
    if (this.#line.delete(claimant) && this.#line.size === 0) this.#parent?.leave(this);
  }

  /** When the first in the line should ask again; infinite when nobody waits. */
  readyMs(nowMs: number): number {
    const { first } = this;
    return first === undefined ? Number.POSITIVE_INFINITY : this.readyMsOf(first, nowMs);
  }

  /** The same for one of them; infinite when it does not wait. */
  readyMsOf(claimant: Claimant, nowMs: number): number {
    const bytes = this.#line.get(claimant);
    return bytes === undefined ? Number.POSITIVE_INFINITY : this.#dueMs(claimant, bytes, nowMs);
  }

  #dueMs(claimant: Claimant, bytes: number, nowMs: number): number {
    if (!this.isLimited) return nowMs;
    this.#refill(nowMs);
    const missing = this.#bytesBefore(claimant) + Math.min(bytes, this.burstBytes) - this.#level;
    const ownMs = missing <= 0 ? nowMs : nowMs + (missing * 1000) / this.#perSecond;
    return Math.max(ownMs, this.#parent === undefined ? nowMs : this.#parent.#dueMs(this, bytes, nowMs));
  }

  /** Whoever stands behind others gets bytes only when there are enough for those as well: nobody is overtaken. */
  #isReady(claimant: Claimant, bytes: number): boolean {
    const needed = Math.min(bytes, this.burstBytes);
    const [first] = this.#line.keys();
    if (first === undefined || first === claimant) return this.#level >= needed;
    if (this.#perSecond === Number.POSITIVE_INFINITY) return false;
    return this.#level >= this.#bytesBefore(claimant) + needed;
  }

  #bytesBefore(claimant: Claimant): number {
    let bytes = 0;
    for (const [other, wanted] of this.#line) {
      if (other === claimant) break;
      bytes += wanted;
    }
    return bytes;
  }

  #refill(nowMs: number): void {
    if (!(nowMs > this.#latestMs)) return;
    const elapsedMs = nowMs - this.#latestMs;
    this.#latestMs = nowMs;
    this.#level = Math.min(this.burstBytes, this.#level + (this.#perSecond * elapsedMs) / 1000);
  }
}
