import { closeSync, existsSync, openSync, readSync } from 'node:fs';

export interface LoopDelay {
  /** 99th percentile of how much later than asked for the event loop came round. */
  readonly loopP99Ms: number;
  /** The same without the time in which this thread was ready to run and another had the processor. */
  readonly loopP99OwnMs: number;
}

const INTERVAL_MS = 5;
/** Linux: nanoseconds on a processor, nanoseconds of waiting for one, and how often. The first thread has the process's id. */
const SCHEDULE = `/proc/self/task/${process.pid}/schedstat`;

/** Watches how long the event loop is held up, and by whom: on a machine that others use, too, it mostly waits for them. */
export class LoopWatch {
  readonly #delays: { readonly all: number; readonly own: number }[] = [];
  readonly #file = existsSync(SCHEDULE) ? openSync(SCHEDULE, 'r') : undefined;
  readonly #text = Buffer.alloc(64);
  #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = this.#watch();
  }

  /** Up to now. */
  get delay(): LoopDelay {
    return {
      loopP99Ms: percentile99(this.#delays.map(({ all }) => all)),
      loopP99OwnMs: percentile99(this.#delays.map(({ own }) => own)),
    };
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#file !== undefined) closeSync(this.#file);
  }

  #watch(): NodeJS.Timeout {
    const [startMs, waitedMs] = [performance.now(), this.#waitedMs()];
    return setTimeout(() => {
      const all = Math.max(0, performance.now() - startMs - INTERVAL_MS);
      this.#delays.push({ all, own: Math.max(0, all - (this.#waitedMs() - waitedMs)) });
      this.#timer = this.#watch();
    }, INTERVAL_MS);
  }

  #waitedMs(): number {
    if (this.#file === undefined) return 0;
    const length = readSync(this.#file, this.#text, 0, this.#text.length, 0);
    return Number(this.#text.toString('latin1', 0, length).split(' ')[1]) / 1e6;
  }
}

function percentile99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length * 0.99)] ?? 0) * 10) / 10;
}
