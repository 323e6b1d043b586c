import { buildValue } from './build.js';
import type { DecodeOptions } from './decode.js';
import { BencodeError } from './errors.js';
import { chosenLimits } from './limits.js';
import { type ScanLimits, Scanner } from './scanner.js';
import type { BencodeValue } from './values.js';

const FIRST_BUFFER_BYTES = 256;
/** A chunk is worked through in slices, so that what is copied ahead of the scanner stays small. */
const SLICE_BYTES = 1024 * 1024;

/**
 * Decodes a stream of values, however it is cut. Only whole values come out, and the work is linear in the bytes even when
 * they come one at a time. At most one value is held, and its memory grows with the bytes that really came.
 *
 * When a chunk holds whole values and then an error, the values are returned, and the error is thrown by the next call;
 * {@link Decoder.failure} tells it at once. After an error every call throws it again.
 *
 * @example
 * ```ts
 * import { Decoder } from '@unchoke/bencode';
 *
 * const decoder = new Decoder();
 * const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
 * console.assert(decoder.push(bytes('i4')).length === 0);
 * console.assert(decoder.push(bytes('2ei7ei')).join() === '42,7');
 * decoder.push(bytes('1e'));
 * decoder.end(); // throws when a value was left incomplete
 * ```
 */
export class Decoder {
  readonly #limits: ScanLimits;
  readonly #options: DecodeOptions | undefined;
  readonly #scanner: Scanner;
  #buffer: Uint8Array = new Uint8Array(FIRST_BUFFER_BYTES);
  #held = 0;
  /** Of those held, the bytes of values that were already given out. */
  #taken = 0;
  #failure: BencodeError | undefined;

  constructor(options?: DecodeOptions) {
    this.#limits = chosenLimits(options);
    this.#options = options;
    this.#scanner = new Scanner(this.#limits, options?.strict ?? true);
    this.#scanner.restart(0);
  }

  /** Bytes of the incomplete value that are held back. */
  get heldBytes(): number {
    return this.#held;
  }

  /** Why the stream cannot go on, as soon as it is known. Offsets count from the beginning of the stream. */
  get failure(): BencodeError | undefined {
    return this.#failure;
  }

  /**
   * Takes the next bytes and gives the values that they complete. The bytes are copied: the chunk stays the caller's. The
   * values are the caller's too: their strings are views into memory that the decoder never touches again.
   *
   * @throws {BencodeError} once the stream is broken.
   */
  push(chunk: Uint8Array): readonly BencodeValue[] {
    if (this.#failure !== undefined) throw this.#failure;
    const values: BencodeValue[] = [];
    try {
      for (let from = 0; from < chunk.length; from += SLICE_BYTES) {
        this.#append(chunk.subarray(from, from + SLICE_BYTES));
        while (this.#scanOne()) values.push(this.#takeValue());
        this.#discardTaken();
      }
    } catch (error) {
      this.#fail(error);
      if (values.length === 0) throw error;
    }
    return values;
  }

  /**
   * Says that no more bytes come.
   *
   * @throws {BencodeError} `unexpected-end` when a value was left incomplete, or the error that had broken the stream.
   */
  end(): void {
    if (this.#failure === undefined && this.#held > 0) this.#fail(this.#scanner.endError(this.#buffer, this.#held));
    if (this.#failure !== undefined) throw this.#failure;
  }

  #append(bytes: Uint8Array): void {
    const needed = this.#held + bytes.length;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, this.#held));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#held);
    this.#held = needed;
  }

  #scanOne(): boolean {
    const end = Math.min(this.#held, this.#taken + this.#limits.bytesMax);
    if (this.#scanner.scan(this.#buffer, end)) return true;
    if (this.#held > end) throw this.#scanner.lengthError(this.#buffer, end);
    return false;
  }

  #takeValue(): BencodeValue {
    const scanner = this.#scanner;
    const value = buildValue(this.#buffer, scanner.tape, 0);
    for (const forgiven of scanner.forgiven) this.#options?.onForgiven?.(forgiven);
    this.#taken = scanner.position;
    scanner.restart(this.#taken);
    return value;
  }

  /** The values that were taken keep the memory they lie in; the rest, never more than what just came, moves out of it. */
  #discardTaken(): void {
    if (this.#taken === 0) return;
    const rest = this.#buffer.subarray(this.#taken, this.#held);
    this.#buffer = new Uint8Array(Math.max(rest.length, FIRST_BUFFER_BYTES));
    this.#buffer.set(rest);
    this.#held = rest.length;
    this.#scanner.origin += this.#taken;
    this.#taken = 0;
    this.#scanner.restart(0);
    this.#scanner.scan(this.#buffer, this.#held);
  }

  #fail(error: unknown): void {
    if (!BencodeError.isInstance(error)) throw error;
    this.#failure = error;
    this.#buffer = new Uint8Array(0);
    this.#held = 0;
  }
}
