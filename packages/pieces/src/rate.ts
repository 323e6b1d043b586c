import { PiecesError } from './errors.js';

/** The window is kept in so many parts: an amount leaves it in steps of a twentieth. */
const PARTS = 20;

/**
 * A moving rate: what was counted in the last window, a second. It has no clock, every call says what time it is; a
 * time before the latest one counts as the latest.
 *
 * @example
 * ```ts
 * import { Rate } from '@unchoke/pieces';
 *
 * const download = new Rate(10_000);
 * for (let second = 0; second < 10; second++) download.add(16_384, second * 1000);
 * console.assert(download.perSecond(9_999) === 16_384);
 * console.assert(download.perSecond(60_000) === 0);
 * console.assert(download.total === 163_840);
 * ```
 */
export class Rate {
  private readonly partMs: number;
  /** Made with the first amount: most of the peers that come and go never bring one. */
  private amounts: Float64Array | undefined;
  private firstPart: number | undefined;
  private latestPart = Number.NEGATIVE_INFINITY;
  private inWindow = 0;
  private everything = 0;

  constructor(windowMs: number = 20_000) {
    if (!(windowMs > 0) || !Number.isFinite(windowMs)) {
      throw new PiecesError('bad-option', `windowMs ${windowMs}: expected a number above 0`);
    }
    this.partMs = windowMs / PARTS;
  }

  /** Everything ever added. */
  get total(): number {
    return this.everything;
  }

  add(amount: number, nowMs: number): void {
    this.moveTo(nowMs);
    this.firstPart ??= this.latestPart;
    this.amounts ??= new Float64Array(PARTS);
    this.amounts[slotOf(this.latestPart)]! += amount;
    this.inWindow += amount;
    this.everything += amount;
  }

  /** Amount a second over the window that ends now; at first, over the time since the first amount. */
  perSecond(nowMs: number): number {
    this.moveTo(nowMs);
    const parts = Math.min(PARTS, this.latestPart - (this.firstPart ?? this.latestPart) + 1);
    return (this.inWindow * 1000) / (this.partMs * parts);
  }

  private moveTo(nowMs: number): void {
    const part = Math.floor(nowMs / this.partMs);
    if (!(part > this.latestPart)) return;
    const gone = this.amounts === undefined ? 0 : Math.min(PARTS, part - this.latestPart);
    for (let step = 0; step < gone; step++) {
      const slot = slotOf(part - step);
      this.inWindow -= this.amounts![slot]!;
      this.amounts![slot] = 0;
    }
    this.latestPart = part;
  }
}

function slotOf(part: number): number {
  return ((part % PARTS) + PARTS) % PARTS;
}
