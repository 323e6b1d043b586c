import { EXIT } from './exit-codes.js';

/** Timers that end a run. All stop together. */
export class Watchdogs {
  readonly #timers: NodeJS.Timeout[] = [];

  /** Settles with the exit code after so long. */
  timeout(timeoutMs: number | undefined): Promise<number> {
    return new Promise((resolve) => {
      if (timeoutMs !== undefined) this.#timers.push(setTimeout(() => resolve(EXIT.timeout), timeoutMs));
    });
  }

  /** Settles with the exit code once nothing was received for so long. What is `undefined` waits for nothing. */
  stall(receivedBytesNow: () => number | undefined, timeoutMs: number | undefined): Promise<number> {
    return new Promise((resolve) => {
      if (timeoutMs === undefined) return;
      let lastBytes: number | undefined;
      let lastMs = performance.now();
      const look = () => {
        const receivedBytes = receivedBytesNow();
        const nowMs = performance.now();
        if (receivedBytes === undefined || receivedBytes !== lastBytes) lastMs = nowMs;
        lastBytes = receivedBytes;
        if (nowMs - lastMs >= timeoutMs) resolve(EXIT.tooSlow);
      };
      look();
      this.#timers.push(setInterval(look, Math.min(1_000, timeoutMs / 4)));
    });
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}
