const COLON = 0x3a;
const ZERO = 0x30;

const FIRST_BUFFER_BYTES = 4096;
/** A buffer that once grew beyond this is given back, so that one large value does not cost memory for ever. */
const KEPT_BUFFER_BYTES = 1024 * 1024;
/** Longer byte strings are not copied into the buffer: they are copied once, straight into the result. */
const BUFFERED_STRING_BYTES_MAX = 2048;
/** Below this a loop is faster than the call of `set` with its view. */
const LOOPED_STRING_BYTES_MAX = 24;

interface LongString {
  /** Where in the buffered bytes it belongs. */
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** Collects bytes in a buffer that grows, and gives them as one array. */
export class Writer {
  #buffer: Uint8Array = new Uint8Array(FIRST_BUFFER_BYTES);
  #position = 0;
  #longStrings: LongString[] = [];
  #longBytes = 0;

  byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#position++] = byte;
  }

  /** Text with one character per byte, without a length. */
  characters(text: string): void {
    this.#reserve(text.length);
    const buffer = this.#buffer;
    const position = this.#position;
    for (let index = 0; index < text.length; index++) buffer[position + index] = text.charCodeAt(index);
    this.#position = position + text.length;
  }

  /** A byte string, given as text with one character per byte. */
  stringOfCharacters(text: string): void {
    this.#length(text.length);
    this.characters(text);
  }

  /** A byte string. The bytes must not change before {@link finish}. */
  string(bytes: Uint8Array): void {
    const { length } = bytes;
    this.#length(length);
    if (length > BUFFERED_STRING_BYTES_MAX) {
      this.#longStrings.push({ position: this.#position, bytes });
      this.#longBytes += length;
      return;
    }
    this.#reserve(length);
    const buffer = this.#buffer;
    const position = this.#position;
    if (length > LOOPED_STRING_BYTES_MAX) buffer.set(bytes, position);
    else for (let index = 0; index < length; index++) buffer[position + index] = bytes[index]!;
    this.#position = position + length;
  }

  /** A safe integer, in decimal. */
  integer(value: number): void {
    if (value < 0 || value > 0x7fffffff) this.characters(`${value}`);
    else this.#decimal(value);
  }

  /** Everything written, in memory of its own. */
  finish(): Uint8Array {
    const result = new Uint8Array(this.#position + this.#longBytes);
    let from = 0;
    let to = 0;
    for (const { position, bytes } of this.#longStrings) {
      result.set(this.#buffer.subarray(from, position), to);
      to += position - from;
      result.set(bytes, to);
      to += bytes.length;
      from = position;
    }
    result.set(this.#buffer.subarray(from, this.#position), to);
    return result;
  }

  /** Forgets everything, to be used again. */
  reset(): void {
    if (this.#buffer.length > KEPT_BUFFER_BYTES) this.#buffer = new Uint8Array(FIRST_BUFFER_BYTES);
    this.#position = 0;
    if (this.#longStrings.length > 0) this.#longStrings = [];
    this.#longBytes = 0;
  }

  #length(length: number): void {
    this.#decimal(length);
    this.byte(COLON);
  }

  #decimal(value: number): void {
    let digits = 1;
    for (let bound = 10; value >= bound; bound *= 10) digits++;
    this.#reserve(digits);
    let rest = value;
    for (let index = this.#position + digits - 1; index >= this.#position; index--) {
      const next = Math.trunc(rest / 10);
      this.#buffer[index] = ZERO + rest - next * 10;
      rest = next;
    }
    this.#position += digits;
  }

  #reserve(length: number): void {
    const needed = this.#position + length;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#position));
    this.#buffer = grown;
  }
}
