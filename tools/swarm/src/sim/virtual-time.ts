interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Time that only passes when something happens: a heap of what is due, in the order of time and then of asking. */
export class VirtualTime {
  nowMs = 0;
  readonly #heap: Due[] = [];
  #order = 0;

  /** What happens, happens at the earliest now. */
  at(dueMs: number, run: () => void): void {
    const due: Due = { atMs: dueMs > this.nowMs ? dueMs : this.nowMs, order: this.#order++, run };
    const heap = this.#heap;
    let index = heap.length;
    heap.push(due);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(due, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = due;
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.nowMs + delayMs, run);
  }

  /** Goes on to the next thing that is due; false when there is none before `endMs`, and time stands there then. */
  step(endMs: number): boolean {
    const first = this.#heap[0];
    if (first === undefined || first.atMs > endMs) {
      this.nowMs = Math.max(this.nowMs, endMs);
      return false;
    }
    this.#dropFirst();
    this.nowMs = first.atMs;
    first.run();
    return true;
  }

  #dropFirst(): void {
    const heap = this.#heap;
    const moved = heap.pop()!;
    const { length } = heap;
    if (length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, moved)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = moved;
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
