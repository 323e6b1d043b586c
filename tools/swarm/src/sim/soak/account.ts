/** What one process says at its end. */
export interface Verdict {
  readonly failed: number;
  readonly cpuS: number;
  readonly peakMiB: number;
}

/** What several processes took together. */
export class Account {
  readonly #what: string;
  count = 0;
  failed = 0;
  #cpuS = 0;
  #peakMiB = 0;

  constructor(what: string) {
    this.#what = what;
  }

  add({ failed, cpuS, peakMiB }: Verdict): void {
    this.count++;
    this.failed += failed;
    this.#cpuS += cpuS;
    this.#peakMiB = Math.max(this.#peakMiB, peakMiB);
  }

  get line(): string {
    const cost = `${this.#cpuS.toFixed(0)} CPU seconds, at most ${this.#peakMiB.toFixed(0)} MiB in one process`;
    return `${this.#what}: ${this.failed} failed; ${cost}`;
  }
}
