import { BLOCK_BYTES } from '../limits.js';
import { copyBytes } from './copy-bytes.js';
import { BLOCK_HEADROOM_BYTES } from './limits.js';

/**
 * Blocks of a piece as they lie in memory to be sent: before each of them there is room for the header of its message, so that
 * what is asked for in order goes out as it lies, in one stretch and without a copy.
 *
 *     | room | block 0 | room | block 1 | …
 */
const SLOT_BYTES = BLOCK_HEADROOM_BYTES + BLOCK_BYTES;

/** Memory that so many bytes of blocks need. */
export function runMemoryFor(length: number): number {
  return length + Math.ceil(length / BLOCK_BYTES) * BLOCK_HEADROOM_BYTES;
}

/** The blocks in that memory, the last of which may be shorter. */
export function blocksIn(memory: Uint8Array): Uint8Array[] {
  const count = Math.ceil(memory.length / SLOT_BYTES);
  return Array.from({ length: count }, (_, index) =>
    memory.subarray(index * SLOT_BYTES + BLOCK_HEADROOM_BYTES, (index + 1) * SLOT_BYTES),
  );
}

/** Bytes of blocks in that memory. */
export function lengthIn(memory: Uint8Array): number {
  return memory.length - Math.ceil(memory.length / SLOT_BYTES) * BLOCK_HEADROOM_BYTES;
}

/** The block at a place of the 16 KiB grid, as it lies. */
export function blockAt(memory: Uint8Array, begin: number, length: number): Uint8Array {
  const start = (begin / BLOCK_BYTES) * SLOT_BYTES + BLOCK_HEADROOM_BYTES;
  return memory.subarray(start, start + length);
}

/** Any stretch of the blocks, without what lies between them. */
export function copyFrom(memory: Uint8Array, begin: number, into: Uint8Array): void {
  for (let copied = 0; copied < into.length; ) {
    const inBlock = (begin + copied) % BLOCK_BYTES;
    const length = Math.min(BLOCK_BYTES - inBlock, into.length - copied);
    const block = blockAt(memory, begin + copied - inBlock, inBlock + length);
    copyBytes(block.subarray(inBlock), into, copied);
    copied += length;
  }
}

/** Memory of its own for a stretch, with the same room before it. */
export function withHeadroom(length: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(BLOCK_HEADROOM_BYTES + length), BLOCK_HEADROOM_BYTES);
}

export function copyWithHeadroom(block: Uint8Array): Uint8Array {
  const copy = withHeadroom(block.length);
  copyBytes(block, copy, 0);
  return copy;
}
