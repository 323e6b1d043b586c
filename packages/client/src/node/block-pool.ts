const BLOCK_BYTES = 16_384;
/** Before each block, for the header of the message that carries it: 13 bytes, and an even place for what is copied behind it. */
const HEADER_ROOM_BYTES = 16;
/** 4 MiB are kept for the next blocks; what is beyond goes to the collector. */
const KEPT_COUNT_MAX = 256;

/** Memory for blocks on their way to peers or to disk, used again: a new array for each would leave a gibibyte of garbage a gibibyte. */
export class BlockPool {
  readonly #free: Uint8Array[] = [];

  take(length: number): Uint8Array {
    const bytes = length === BLOCK_BYTES ? this.#free.pop() : undefined;
    return bytes ?? new Uint8Array(new ArrayBuffer(HEADER_ROOM_BYTES + length), HEADER_ROOM_BYTES);
  }

  /** Nobody may look at the bytes any more. */
  giveBack(bytes: Uint8Array): void {
    if (bytes.length === BLOCK_BYTES && this.#free.length < KEPT_COUNT_MAX) this.#free.push(bytes);
  }
}

/** A message in one stretch: its header goes into the room that the pool has left before the block. */
export function withHeader(header: Uint8Array, block: Uint8Array): Uint8Array {
  const message = Buffer.from(block.buffer, block.byteOffset - header.length, header.length + block.length);
  message.set(header);
  return message;
}
