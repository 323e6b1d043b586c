import { decodeFrame, KEEP_ALIVE_MESSAGE } from './decode-frame.js';
import { RemoteProtocolError } from './errors.js';
import { extendedBreach, type FrameLimits, frameBreach, longestFrame } from './frame-lengths.js';
import { FRAME_BYTES_AT_ONCE, LIMITS } from './limits.js';
import { EXTENDED } from './message-ids.js';
import type { Message } from './messages.js';
import { readU32 } from './u32.js';

/** What a decoder may be told; the bounds are those of `LIMITS` otherwise. */
export interface FrameDecoderOptions {
  /** Pieces of the torrent: a bitfield then has exactly ⌈n/8⌉ bytes. */
  readonly pieceCount?: number;
  /** Longest block that is taken, up to `LIMITS.blockBytesCeiling`. */
  readonly blockBytesMax?: number;
  /** Longest payload by the extended message ids that we gave out. */
  readonly extendedBytesMax?: ReadonlyMap<number, number>;
}

const NO_MESSAGES: readonly Message[] = Object.freeze([]);
const PREFIX_LENGTH = 4;
/** Room for the beginning of a frame whose length cannot be judged yet. Every message of fixed size fits. */
const HEAD_CAPACITY = 64;

/**
 * Cuts the bytes after the handshake into messages, wherever TCP has cut them. A frame that lies in one chunk is not copied; of
 * one that does not, the part that is here is held, and never more than that one.
 *
 * Bytes in a message are views into the chunk or into the decoder's buffer: they hold until the next `push`, and whoever keeps
 * them copies them. It never throws: after bytes that no peer may send, `violation` says why, and everything later is ignored.
 *
 * @example
 * ```ts
 * import { encodeMessage, FrameDecoder } from '@unchoke/wire';
 *
 * const decoder = new FrameDecoder({ pieceCount: 12 });
 * const bytes = encodeMessage({ type: 'have', piece: 11 });
 * console.assert(decoder.push(bytes.subarray(0, 6)).length === 0 && decoder.heldBytes === 6);
 * console.assert(decoder.push(bytes.subarray(6))[0]?.type === 'have');
 * ```
 */
export class FrameDecoder {
  #limits: FrameLimits;
  #longest: number;
  #violation: RemoteProtocolError | undefined;
  /** The frame that is not complete yet, its prefix included. */
  #partial: Uint8Array | undefined;
  /** How much of it is here, and how long it will be; the latter is 0 until the length is judged. */
  #filled = 0;
  #expected = 0;
  /** The buffer that the caller has views of until the next `push`, and one that is free: a download uses two in turn. */
  #lent: Uint8Array | undefined;
  #free: Uint8Array | undefined;

  constructor(options: FrameDecoderOptions = {}) {
    this.#limits = {
      pieceCount: options.pieceCount,
      blockBytesMax: Math.min(options.blockBytesMax ?? LIMITS.blockBytesMax, LIMITS.blockBytesCeiling),
      extendedBytesMax: options.extendedBytesMax ?? new Map(),
    };
    this.#longest = longestFrame(this.#limits);
  }

  /** Why nothing more is read, once that is so. */
  get violation(): RemoteProtocolError | undefined {
    return this.#violation;
  }

  /** Bytes of the one partial frame that are here. */
  get heldBytes(): number {
    return this.#filled;
  }

  /** From the next frame on, bitfields are held against this count: for torrents whose metadata comes from peers (BEP 9). */
  learnPieceCount(pieceCount: number): void {
    this.#limits = { ...this.#limits, pieceCount };
    this.#longest = longestFrame(this.#limits);
  }

  /** Takes the next bytes of the stream and gives the messages that are complete with them. */
  push(bytes: Uint8Array): readonly Message[] {
    if (this.#violation !== undefined || bytes.length === 0) return NO_MESSAGES;
    const chunk = plain(bytes);
    this.#free ??= this.#lent;
    this.#lent = undefined;
    const messages: Message[] = [];
    let at = this.#filled === 0 ? 0 : this.#complete(chunk, messages);
    while (at < chunk.length && this.#violation === undefined) {
      const available = chunk.length - at;
      const length = this.#lengthAt(chunk, at, available);
      if (length === undefined || available < PREFIX_LENGTH + length) {
        if (this.#violation === undefined) this.#hold(chunk, at, length);
        break;
      }
      messages.push(length === 0 ? KEEP_ALIVE_MESSAGE : decodeFrame(chunk, at + PREFIX_LENGTH, length));
      at += PREFIX_LENGTH + length;
    }
    // A quiet link keeps no buffer.
    if (this.#filled === 0) this.#forgetBuffers();
    return messages;
  }

  /** The judged length of the frame at `at`, of which `available` bytes are here; `undefined` while it cannot be judged. */
  #lengthAt(bytes: Uint8Array, at: number, available: number): number | undefined {
    if (available < PREFIX_LENGTH) return undefined;
    const length = readU32(bytes, at);
    if (length === 0) return 0;
    if (length > this.#longest) {
      const problem = `a length prefix of ${length}; the longest message here has ${this.#longest} bytes`;
      return this.#violate(new RemoteProtocolError('frame-too-long', problem));
    }
    if (available < PREFIX_LENGTH + 1) return undefined;
    const messageId = bytes[at + PREFIX_LENGTH]!;
    const breach = frameBreach(length, messageId, this.#limits);
    if (breach !== undefined) return this.#violate(breach);
    if (messageId !== EXTENDED) return length;
    if (available < PREFIX_LENGTH + 2) return undefined;
    const tooLong = extendedBreach(length, bytes[at + PREFIX_LENGTH + 1]!, this.#limits);
    return tooLong === undefined ? length : this.#violate(tooLong);
  }

  #violate(violation: RemoteProtocolError): undefined {
    this.#violation = violation;
    this.#filled = 0;
    this.#forgetBuffers();
  }

  #forgetBuffers(): void {
    this.#partial = undefined;
    this.#lent = undefined;
    this.#free = undefined;
  }

  /** Keeps the beginning of a frame that ends in a later chunk. */
  #hold(chunk: Uint8Array, at: number, length: number | undefined): void {
    this.#expected = length === undefined ? 0 : PREFIX_LENGTH + length;
    this.#append(chunk.subarray(at));
  }

  /** Goes on with the partial frame; gives where in the chunk the next frame begins. */
  #complete(chunk: Uint8Array, messages: Message[]): number {
    let at = 0;
    // At most six bytes: the prefix, the id and the extended id.
    while (this.#expected === 0) {
      if (at === chunk.length) return at;
      this.#append(chunk.subarray(at, ++at));
      const length = this.#lengthAt(this.#partial!, 0, this.#filled);
      if (this.#violation !== undefined) return at;
      if (length !== undefined) this.#expected = PREFIX_LENGTH + length;
    }
    const end = at + this.#expected - this.#filled;
    if (end > at) this.#append(chunk.subarray(at, end));
    if (this.#filled < this.#expected) return chunk.length;

    const length = this.#expected - PREFIX_LENGTH;
    messages.push(length === 0 ? KEEP_ALIVE_MESSAGE : decodeFrame(this.#partial!, PREFIX_LENGTH, length));
    this.#lent = this.#partial;
    this.#partial = undefined;
    this.#filled = 0;
    return end;
  }

  #append(part: Uint8Array): void {
    const needed = this.#filled + part.length;
    if (this.#partial === undefined || this.#partial.length < needed) this.#grow(needed);
    this.#partial!.set(part, this.#filled);
    this.#filled = needed;
  }

  /** A buffer of the judged length; beyond `FRAME_BYTES_AT_ONCE` only twice what is here, so that a mere claim costs little. */
  #grow(needed: number): void {
    const whole = this.#expected === 0 ? HEAD_CAPACITY : this.#expected;
    const capacity = Math.min(whole, Math.max(2 * needed, FRAME_BYTES_AT_ONCE));
    const isReusable = this.#free !== undefined && this.#free.length >= capacity;
    const next = isReusable ? this.#free! : new Uint8Array(capacity);
    if (isReusable) this.#free = undefined;
    if (this.#partial !== undefined) next.set(this.#partial.subarray(0, this.#filled));
    this.#partial = next;
  }
}

/** Node's `Buffer` is a subclass whose `slice` does not copy: nobody who is given bytes here should have to know. */
function plain(bytes: Uint8Array): Uint8Array {
  if (Object.getPrototypeOf(bytes) === Uint8Array.prototype) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
