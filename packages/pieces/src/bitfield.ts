import { PiecesError } from './errors.js';
import { mintPiece, type PieceIndex } from './geometry.js';
import { PIECE_COUNT_MAX } from './limits.js';

/** A bitfield that may be read and not written. */
export interface ReadonlyBitfield extends Iterable<PieceIndex> {
  readonly length: number;
  readonly count: number;
  readonly isFull: boolean;
  readonly isEmpty: boolean;
  has(piece: PieceIndex): boolean;
  nextSet(from: number): PieceIndex | undefined;
  nextClear(from: number): PieceIndex | undefined;
  and(other: ReadonlyBitfield): Bitfield;
  or(other: ReadonlyBitfield): Bitfield;
  andNot(other: ReadonlyBitfield): Bitfield;
  equals(other: ReadonlyBitfield): boolean;
  clone(): Bitfield;
  toWire(): Uint8Array;
}

/**
 * A set of pieces, kept as it travels (BEP 3): one bit a piece, the first piece in the highest bit of the first byte,
 * spare bits at the end zero. The bytes are viewed a second time as 32-bit words, so that whole-set work takes 32
 * pieces a step; such work never depends on the order of bytes in a word.
 *
 * @example
 * ```ts
 * import { Bitfield, Geometry } from '@unchoke/pieces';
 *
 * const geometry = new Geometry({ totalLength: 10, pieceLength: 1 });
 * const theirs = Bitfield.fromWire(Uint8Array.of(0b1010_0000, 0b0100_0000), geometry.pieceCount)!;
 * [...theirs]; // [0, 2, 9]
 * const ours = Bitfield.empty(geometry.pieceCount);
 * ours.add(geometry.pieceAt(2)!);
 * [...theirs.andNot(ours)]; // [0, 9]
 * Bitfield.fromWire(Uint8Array.of(0, 1), geometry.pieceCount); // undefined: a spare bit is set
 * ```
 */
export class Bitfield implements ReadonlyBitfield {
  /** How many pieces there are, held or not. */
  readonly length: number;
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  private held: number;

  private constructor(length: number, words: Uint32Array, held: number) {
    this.length = length;
    this.words = words;
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    this.held = held;
  }

  /** No piece of `length`. */
  static empty(length: number): Bitfield {
    return new Bitfield(checkedLength(length), new Uint32Array(Math.ceil(length / 32)), 0);
  }

  /** All pieces of `length`. */
  static full(length: number): Bitfield {
    const full = Bitfield.empty(length);
    full.bytes.fill(0xff, 0, length >>> 3);
    if (length % 8 !== 0) full.bytes[length >>> 3] = 0xff & (0xff00 >>> (length % 8));
    full.held = length;
    return full;
  }

  /**
   * The payload of a `bitfield` message; undefined when it has the wrong size or a spare bit is set, which BEP 3 calls
   * an error worth dropping the connection for. The bytes are copied.
   */
  static fromWire(bits: Uint8Array, length: number): Bitfield | undefined {
    const byteCount = Math.ceil(checkedLength(length) / 8);
    if (bits.length !== byteCount) return undefined;
    if (length % 8 !== 0 && (bits[byteCount - 1]! & (0xff >>> (length % 8))) !== 0) return undefined;
    const field = Bitfield.empty(length);
    field.bytes.set(bits);
    field.held = countBits(field.words);
    return field;
  }

  /** The given pieces of `length`. */
  static of(length: number, pieces: Iterable<PieceIndex>): Bitfield {
    const field = Bitfield.empty(length);
    for (const piece of pieces) field.add(piece);
    return field;
  }

  /** How many pieces are held. */
  get count(): number {
    return this.held;
  }

  get isFull(): boolean {
    return this.held === this.length;
  }

  get isEmpty(): boolean {
    return this.held === 0;
  }

  has(piece: PieceIndex): boolean {
    return (this.bytes[piece >>> 3]! & (0x80 >>> (piece & 7))) !== 0;
  }

  /** Adds the piece; false when it was held already. */
  add(piece: PieceIndex): boolean {
    this.check(piece);
    const mask = 0x80 >>> (piece & 7);
    const byte = this.bytes[piece >>> 3]!;
    if ((byte & mask) !== 0) return false;
    this.bytes[piece >>> 3] = byte | mask;
    this.held++;
    return true;
  }

  /** Takes the piece out; false when it was not held. */
  delete(piece: PieceIndex): boolean {
    this.check(piece);
    const mask = 0x80 >>> (piece & 7);
    const byte = this.bytes[piece >>> 3]!;
    if ((byte & mask) === 0) return false;
    this.bytes[piece >>> 3] = byte & ~mask;
    this.held--;
    return true;
  }

  /** Adds every piece of the other one. */
  addAll(other: ReadonlyBitfield): void {
    this.checkSameLength(other);
    const theirs = (other as Bitfield).words;
    for (let word = 0; word < theirs.length; word++) this.words[word]! |= theirs[word]!;
    this.held = countBits(this.words);
  }

  /** The first held piece at or after `from`. */
  nextSet(from: number): PieceIndex | undefined {
    return this.next(from, 0);
  }

  /** The first piece at or after `from` that is not held. */
  nextClear(from: number): PieceIndex | undefined {
    return this.next(from, 0xff);
  }

  /** The first piece at or after `from` that both hold; makes no third bitfield. */
  nextCommon(other: Bitfield, from: number): PieceIndex | undefined {
    this.checkSameLength(other);
    if (!(from < this.length)) return undefined;
    const { bytes, words } = this;
    let at = Math.max(0, from) >>> 3;
    let byte = bytes[at]! & other.bytes[at]! & (0xff >>> (Math.max(0, from) & 7));
    while (byte === 0) {
      at++;
      if ((at & 3) === 0) {
        let word = at >>> 2;
        while (word < words.length && (words[word]! & other.words[word]!) === 0) word++;
        if (word === words.length) return undefined;
        at = word << 2;
      }
      byte = bytes[at]! & other.bytes[at]!;
    }
    return mintPiece(at * 8 + Math.clz32(byte) - 24);
  }

  /** The held pieces, lowest first. Pieces added behind the walk are not seen, those ahead of it are. */
  *[Symbol.iterator](): Generator<PieceIndex, void, undefined> {
    for (let piece = this.nextSet(0); piece !== undefined; piece = this.nextSet(piece + 1)) yield piece;
  }

  /** The pieces both hold. */
  and(other: ReadonlyBitfield): Bitfield {
    return this.combine(other, (a, b) => a & b);
  }

  /** The pieces either holds. */
  or(other: ReadonlyBitfield): Bitfield {
    return this.combine(other, (a, b) => a | b);
  }

  /** The pieces this holds and `other` does not. */
  andNot(other: ReadonlyBitfield): Bitfield {
    return this.combine(other, (a, b) => a & ~b);
  }

  equals(other: ReadonlyBitfield): boolean {
    if (this.length !== other.length || this.held !== other.count) return false;
    const theirs = (other as Bitfield).words;
    return this.words.every((word, index) => word === theirs[index]);
  }

  clone(): Bitfield {
    return new Bitfield(this.length, this.words.slice(), this.held);
  }

  /** A copy of the bytes of a `bitfield` message. */
  toWire(): Uint8Array {
    return this.bytes.slice(0, Math.ceil(this.length / 8));
  }

  private next(from: number, dull: 0 | 0xff): PieceIndex | undefined {
    if (!(from < this.length)) return undefined;
    const { bytes, words } = this;
    const dullWord = dull === 0 ? 0 : 0xffff_ffff;
    let at = Math.max(0, from) >>> 3;
    let byte = (bytes[at]! ^ dull) & (0xff >>> (Math.max(0, from) & 7));
    while (byte === 0) {
      at++;
      if ((at & 3) === 0) {
        let word = at >>> 2;
        while (word < words.length && words[word] === dullWord) word++;
        if (word === words.length) return undefined;
        at = word << 2;
      }
      byte = bytes[at]! ^ dull;
    }
    // Looking for a clear bit can find a spare one.
    const piece = at * 8 + Math.clz32(byte) - 24;
    return piece < this.length ? mintPiece(piece) : undefined;
  }

  private combine(other: ReadonlyBitfield, merge: (a: number, b: number) => number): Bitfield {
    this.checkSameLength(other);
    const theirs = (other as Bitfield).words;
    const words = this.words.map((word, index) => merge(word, theirs[index]!));
    return new Bitfield(this.length, words, countBits(words));
  }

  private check(piece: PieceIndex): void {
    if (piece < this.length) return;
    throw new PiecesError(
      'out-of-range',
      `piece ${piece} in a bitfield of ${this.length}; was it made by another Geometry?`,
    );
  }

  private checkSameLength(other: ReadonlyBitfield): void {
    if (this.length === other.length) return;
    throw new PiecesError('bad-length', `bitfields of ${this.length} and ${other.length} pieces cannot be combined`);
  }
}

function checkedLength(length: number): number {
  if (Number.isInteger(length) && length >= 0 && length <= PIECE_COUNT_MAX) return length;
  throw new PiecesError(
    'bad-length',
    `a bitfield of ${length} pieces: expected an integer from 0 to ${PIECE_COUNT_MAX}`,
  );
}

function countBits(words: Uint32Array): number {
  let count = 0;
  for (let index = 0; index < words.length; index++) {
    let word = words[index]!;
    word -= (word >>> 1) & 0x5555_5555;
    word = (word & 0x3333_3333) + ((word >>> 2) & 0x3333_3333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
  }
  return count;
}
