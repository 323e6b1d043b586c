import { EXIT } from './exit-codes.js';
import { Failure } from './failure.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first signal ends a run in good order; the second ends the process. */
export class StopSignals {
  /** Settles with the exit code when the first comes. */
  readonly caught: Promise<number>;
  readonly #abort = new AbortController();
  readonly #catch: (exitCode: number) => void;
  readonly #onSignal: (name: NodeJS.Signals) => void;
  #exitCode: number | undefined;

  constructor() {
    let settle: (exitCode: number) => void = () => undefined;
    this.caught = new Promise((resolve) => {
      settle = resolve;
    });
    this.#catch = settle;
    this.#onSignal = (name) => {
      const exitCode = name === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
      if (this.#exitCode !== undefined) process.exit(this.#exitCode);
      this.#exitCode = exitCode;
      this.#abort.abort();
      this.#catch(exitCode);
    };
    for (const name of SIGNALS) process.on(name, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** What ended because of the signal is no failure of its own. */
  failureFor(error: unknown): unknown {
    return this.#exitCode === undefined ? error : new Failure(this.#exitCode, 'interrupted');
  }

  ignore(): void {
    for (const name of SIGNALS) process.off(name, this.#onSignal);
  }
}
