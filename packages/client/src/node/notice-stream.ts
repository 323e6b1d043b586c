import type { TorrentNotice } from '../events.js';
import { LIMITS } from '../limits.js';

type Step = IteratorResult<TorrentNotice, undefined>;

const END: Step = { done: true, value: undefined };

/**
 * Notices for somebody who reads them at his own pace. It does not grow without bound: who is too slow loses the oldest ones,
 * and is told how many.
 */
export class NoticeStream implements AsyncIterableIterator<TorrentNotice> {
  readonly #waiting: TorrentNotice[] = [];
  readonly #readers: ((step: Step) => void)[] = [];
  readonly #onEnd: () => void;
  #droppedCount = 0;
  #isEnded = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  push(notice: TorrentNotice): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ done: false, value: notice });
      return;
    }
    this.#waiting.push(notice);
    if (this.#waiting.length <= LIMITS.noticesMax) return;
    this.#waiting.shift();
    this.#droppedCount++;
  }

  /** Nothing more will come; what waits is still given. */
  end(): void {
    this.#isEnded = true;
    for (const reader of this.#readers.splice(0)) reader(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    if (this.#droppedCount > 0) {
      const value: TorrentNotice = { type: 'notices-dropped', count: this.#droppedCount };
      this.#droppedCount = 0;
      return Promise.resolve({ done: false, value });
    }
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#isEnded) return Promise.resolve(END);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** The reader has left its loop. */
  return(): Promise<Step> {
    this.#waiting.length = 0;
    this.#droppedCount = 0;
    this.end();
    this.#onEnd();
    return Promise.resolve(END);
  }
}
