/** One timer that is either running or not, and keeps no process alive. */
export class Ticker {
  private readonly intervalMs: number;
  private readonly fire: () => void;
  private timer: NodeJS.Timeout | undefined;

  constructor(intervalMs: number, fire: () => void) {
    this.intervalMs = intervalMs;
    this.fire = fire;
  }

  /** Fires once after the interval, counted from the first call. */
  start(): void {
    if (this.timer !== undefined || this.intervalMs === 0) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.fire();
    }, this.intervalMs);
    this.timer.unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
