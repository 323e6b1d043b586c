import type { LinkEvent } from '../index.js';

/** Events that wait to be iterated, counted with the bytes they keep. */
export class EventQueue {
  readonly #waiting: LinkEvent[] = [];
  #head = 0;
  #bytes = 0;
  #isEnded = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  readonly #onTaken: () => void;

  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

  get count(): number {
    return this.#waiting.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the event over with its own copy of all bytes: those of a link hold only until its next `receive`. */
  push(event: LinkEvent): void {
    this.#waiting.push(owned(event));
    this.#bytes += weigh(event);
    this.#wake?.();
  }

  /** After what waits, iteration ends, or throws. */
  end(failure: Error | undefined): void {
    this.#isEnded = true;
    this.#failure = failure;
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<LinkEvent, undefined>> {
    while (this.count === 0 && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        const others = this.#wake;
        this.#wake = () => {
          others?.();
          resolve();
        };
      });
      this.#wake = undefined;
    }
    if (this.count === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      return { done: true, value: undefined };
    }
    const event = this.#waiting[this.#head++]!;
    if (this.#head === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#head = 0;
    }
    this.#bytes -= weigh(event);
    this.#onTaken();
    return { done: false, value: event };
  }
}

function owned<T>(value: T): T {
  if (value instanceof Uint8Array) return new Uint8Array(value) as T;
  const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, owned(field)])) as T;
}

function weigh(event: LinkEvent): number {
  return event.type === 'piece' ? event.block.length : 64;
}
