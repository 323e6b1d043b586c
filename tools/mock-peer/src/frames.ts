import { concat, readU32 } from './bytes.js';
import { FRAME_BYTES_MAX } from './limits.js';
import { PROTOCOL } from './message.js';

/** BEP 3: the length of the protocol name and the name, then 48 bytes. */
const GREETING = concat([Uint8Array.of(PROTOCOL.length), PROTOCOL]);
const HANDSHAKE_BYTES = 68;

/** What a stream of bytes turned out to hold. Views are good until the next `push`. */
export type Frame =
  | { readonly type: 'handshake' | 'frame'; readonly bytes: Uint8Array }
  /** What came first is no BitTorrent handshake; nothing after it is read. */
  | { readonly type: 'stranger'; readonly bytes: Uint8Array }
  | { readonly type: 'broken'; readonly bytes: Uint8Array; readonly problem: string };

/**
 * Cuts a stream into a handshake and frames, however TCP cut it. Only a partial unit is ever held, and memory for it grows
 * with the bytes that really came, never with what a prefix declares.
 */
export class FrameReader {
  #partial: Uint8Array = new Uint8Array(256);
  #partialLength = 0;
  #isGreeted: boolean;
  #isBroken = false;

  /** `isGreeted`: false when the stream begins with a handshake. */
  constructor(isGreeted = false) {
    this.#isGreeted = isGreeted;
  }

  push(chunk: Uint8Array): readonly Frame[] {
    const frames: Frame[] = [];
    let rest = chunk;
    if (!this.#isGreeted && !this.#isBroken) this.#judgeGreeting(chunk, frames);
    while (rest.length > 0 && !this.#isBroken) {
      if (this.#partialLength === 0) {
        const length = this.#unitLength(rest, frames);
        if (length !== undefined && length <= rest.length) {
          this.#emit(rest.subarray(0, length), frames);
          rest = rest.subarray(length);
          continue;
        }
      }
      rest = this.#collect(rest, frames);
    }
    return frames;
  }

  /** Bytes of the unit that has begun but not ended. */
  get buffered(): Uint8Array {
    return this.#partial.subarray(0, this.#partialLength);
  }

  /** Not before the whole handshake is there, but at the first wrong byte: encrypted greetings wait for an answer. */
  #judgeGreeting(chunk: Uint8Array, frames: Frame[]): void {
    const known = this.#partialLength;
    for (let i = known; i < GREETING.length && i - known < chunk.length; i++) {
      if (chunk[i - known] === GREETING[i]) continue;
      this.#isBroken = true;
      frames.push({ type: 'stranger', bytes: concat([this.buffered, chunk]) });
      return;
    }
  }

  /** Takes from `rest` what the partial unit lacks: first its length, then its body. */
  #collect(rest: Uint8Array, frames: Frame[]): Uint8Array {
    const need = this.#unitLength(this.buffered, frames) ?? this.#partialLength + 1;
    const taken = Math.min(need - this.#partialLength, rest.length);
    this.#append(rest.subarray(0, taken));
    if (this.#unitLength(this.buffered, frames) === this.#partialLength && !this.#isBroken) {
      const whole = this.#partial.slice(0, this.#partialLength);
      this.#partialLength = 0;
      this.#emit(whole, frames);
    }
    return rest.subarray(taken);
  }

  /** Length of the unit at the start of `bytes`, as soon as enough of it is there to know. */
  #unitLength(bytes: Uint8Array, frames: Frame[]): number | undefined {
    if (!this.#isGreeted) return HANDSHAKE_BYTES;
    if (bytes.length < 4) return undefined;
    const length = readU32(bytes, 0);
    if (length <= FRAME_BYTES_MAX) return 4 + length;
    if (!this.#isBroken) {
      frames.push({ type: 'broken', bytes: bytes.slice(0, 16), problem: `a frame of ${length} bytes was declared` });
    }
    this.#isBroken = true;
    return undefined;
  }

  #emit(bytes: Uint8Array, frames: Frame[]): void {
    frames.push(this.#isGreeted ? { type: 'frame', bytes: bytes.subarray(4) } : { type: 'handshake', bytes });
    this.#isGreeted = true;
  }

  #append(bytes: Uint8Array): void {
    const length = this.#partialLength + bytes.length;
    if (length > this.#partial.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#partial.length));
      larger.set(this.buffered);
      this.#partial = larger;
    }
    this.#partial.set(bytes, this.#partialLength);
    this.#partialLength = length;
  }
}
