/** A torrent, or a magnet link on its way to be one. */
interface Machine<Event, Action> {
  handle(event: Event | { readonly type: 'time-passed' }, nowMs: number): readonly Action[];
  readonly deadlineMs: number | undefined;
}

const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * Runs a torrent: hands it events one at a time, has its actions performed, and comes back when it wants to. An event that
 * arises while actions are performed waits until they are done, so that bytes in them stay valid as promised.
 */
export class Shell<Event, Action> {
  readonly #machine: Machine<Event, Action>;
  readonly #perform: (action: Action) => void;
  readonly #afterTurn: () => void;
  readonly #waiting: (Event | { readonly type: 'time-passed' })[] = [];
  #isDelivering = false;
  #isEnding = false;
  #timer: NodeJS.Timeout | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(machine: Machine<Event, Action>, perform: (action: Action) => void, afterTurn: () => void) {
    this.#machine = machine;
    this.#perform = perform;
    this.#afterTurn = afterTurn;
  }

  /** False when it was closed before. */
  deliver(event: Event | { readonly type: 'time-passed' }): boolean {
    if (this.#isClosed) return false;
    if (this.#isDelivering) {
      this.#waiting.push(event);
      return true;
    }
    this.#isDelivering = true;
    try {
      this.#handle(event);
      while (this.#waiting.length > 0) this.#handle(this.#waiting.shift()!);
    } finally {
      this.#isDelivering = false;
    }
    if (this.#isEnding) return true;
    this.#isEnding = true;
    process.nextTick(() => this.#endTurn());
    return true;
  }

  #handle(event: Event | { readonly type: 'time-passed' }): void {
    for (const action of this.#machine.handle(event, performance.now())) this.#perform(action);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** When all that came at once was dealt with: sixteen blocks out of one read are one write, and one look at the clock. */
  #endTurn(): void {
    this.#isEnding = false;
    this.#afterTurn();
    this.#wakeAt(this.#machine.deadlineMs ?? Number.POSITIVE_INFINITY);
  }

  /** Keeps one timer, and leaves it alone while it is early enough: it is set for every turn, but rarely moves forward. */
  #wakeAt(deadlineMs: number): void {
    if (this.#isClosed || (this.#timer !== undefined && this.#timerMs <= deadlineMs)) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (deadlineMs === Number.POSITIVE_INFINITY) return;
    this.#timerMs = deadlineMs;
    const delayMs = Math.min(TIMER_MS_MAX, Math.max(1, Math.ceil(deadlineMs - performance.now())));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.deliver({ type: 'time-passed' });
    }, delayMs);
  }
}
