const BLOCK_BYTES = 16_384;
/** 4 MiB are kept for the next blocks; what is beyond goes to the collector. */
const KEPT_COUNT_MAX = 256;

/** Memory for blocks that wait for the disk, used again: a new array for each would leave up to a gibibyte of garbage a gibibyte. */
export class BlockPool {
  readonly #free: Uint8Array[] = [];

  take(length: number): Uint8Array {
    const bytes = length === BLOCK_BYTES ? this.#free.pop() : undefined;
    return bytes ?? new Uint8Array(length);
  }

  /** Nobody may look at the bytes any more. */
  giveBack(bytes: Uint8Array): void {
    if (bytes.length === BLOCK_BYTES && this.#free.length < KEPT_COUNT_MAX) this.#free.push(bytes);
  }
}
