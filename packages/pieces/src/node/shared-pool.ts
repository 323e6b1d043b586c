/** Memory that threads share, in stretches of any length, at most `bytesMax` together. What is given back is used again. */
export class SharedPool {
  readonly bytesMax: number;
  private readonly dropped: (bytes: Uint8Array) => void;
  private readonly free = new Map<number, Uint8Array[]>();
  private allocated = 0;
  private peak = 0;

  /** `dropped` is told of memory that is given up for good. */
  constructor(bytesMax: number, dropped: (bytes: Uint8Array) => void) {
    this.bytesMax = bytesMax;
    this.dropped = dropped;
  }

  /** Bytes allocated at the worst moment. */
  get peakBytes(): number {
    return this.peak;
  }

  /** Undefined when memory is used up. What was in it before still is. */
  take(length: number): Uint8Array | undefined {
    return this.free.get(length)?.pop() ?? this.allocate(length);
  }

  giveBack(bytes: Uint8Array): void {
    const list = this.free.get(bytes.length);
    if (list === undefined) this.free.set(bytes.length, [bytes]);
    else list.push(bytes);
  }

  private allocate(length: number): Uint8Array | undefined {
    while (this.allocated + length > this.bytesMax && this.dropFree());
    if (this.allocated + length > this.bytesMax) return undefined;
    this.allocated += length;
    this.peak = Math.max(this.peak, this.allocated);
    return new Uint8Array(new SharedArrayBuffer(length));
  }

  /** Lets go of free memory of a length nobody asks for now. */
  private dropFree(): boolean {
    for (const [length, list] of this.free) {
      const bytes = list.pop();
      if (bytes === undefined) continue;
      this.dropped(bytes);
      this.allocated -= length;
      return true;
    }
    return false;
  }
}
