import { concat, fromLatin1, latin1 } from './bytes.js';
import { MockPeerError } from './errors.js';
import { BENCODE_DEPTH_MAX } from './limits.js';

/** Bencoded data as this package holds it. Dictionary keys have one char per byte. */
export type Bencode = number | bigint | Uint8Array | readonly Bencode[] | ReadonlyMap<string, Bencode>;

/** Lenient on purpose: key order and leading zeros are somebody else's test. Throws `MockPeerError` on anything unreadable. */
export function readBencode(bytes: Uint8Array): { readonly value: Bencode; readonly end: number } {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  return { value, end: reader.at };
}

/** The exact bytes of one value of the outermost dictionary: an info-hash is made of the bytes that stand in the file. */
export function rawValueOf(bytes: Uint8Array, key: string): Uint8Array | undefined {
  const reader = new Reader(bytes);
  if (bytes[0] !== DICT) return undefined;
  reader.at = 1;
  while (bytes[reader.at] !== END) {
    const name = latin1(reader.string());
    const start = reader.at;
    reader.value(1);
    if (name === key) return bytes.subarray(start, reader.at);
  }
  return undefined;
}

/** Writes in the order given, a dictionary's keys sorted by byte. */
export function writeBencode(value: Bencode): Uint8Array {
  const chunks: Uint8Array[] = [];
  write(value, chunks);
  return concat(chunks);
}

const DICT = 0x64;
const END = 0x65;
const INTEGER = 0x69;
const LIST = 0x6c;
const COLON = 0x3a;

class Reader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  value(depth: number): Bencode {
    if (depth > BENCODE_DEPTH_MAX) throw this.#error(`nested deeper than ${BENCODE_DEPTH_MAX}`);
    const first = this.#bytes[this.at];
    if (first === INTEGER) return this.#integer();
    if (first !== LIST && first !== DICT) return this.string();
    this.at++;
    return first === LIST ? this.#list(depth + 1) : this.#dict(depth + 1);
  }

  string(): Uint8Array {
    const colon = this.#bytes.indexOf(COLON, this.at);
    const digits = latin1(this.#bytes.subarray(this.at, Math.min(colon, this.at + 16)));
    if (!/^\d{1,15}$/.test(digits)) throw this.#error('expected a string length');
    const start = colon + 1;
    const end = start + Number(digits);
    if (end > this.#bytes.length) throw this.#error(`a string of ${digits} bytes does not fit`);
    this.at = end;
    return this.#bytes.subarray(start, end);
  }

  #integer(): number | bigint {
    const end = this.#bytes.indexOf(END, this.at);
    const digits = latin1(this.#bytes.subarray(this.at + 1, Math.min(end, this.at + 32)));
    if (!/^-?\d{1,20}$/.test(digits)) throw this.#error('expected an integer of at most 20 digits');
    this.at = end + 1;
    return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
  }

  #list(depth: number): readonly Bencode[] {
    const items: Bencode[] = [];
    while (!this.#atEnd()) items.push(this.value(depth));
    return items;
  }

  #dict(depth: number): ReadonlyMap<string, Bencode> {
    const entries = new Map<string, Bencode>();
    while (!this.#atEnd()) {
      const key = latin1(this.string());
      entries.set(key, this.value(depth));
    }
    return entries;
  }

  #atEnd(): boolean {
    if (this.at >= this.#bytes.length) throw this.#error('the data ends in the middle');
    if (this.#bytes[this.at] !== END) return false;
    this.at++;
    return true;
  }

  #error(message: string): MockPeerError {
    return new MockPeerError('bad-torrent', `${message} (offset ${this.at})`);
  }
}

function write(value: Bencode, chunks: Uint8Array[]): void {
  if (typeof value === 'number' || typeof value === 'bigint') {
    chunks.push(fromLatin1(`i${value}e`));
  } else if (value instanceof Uint8Array) {
    chunks.push(fromLatin1(`${value.length}:`), value);
  } else if (isList(value)) {
    chunks.push(fromLatin1('l'));
    for (const item of value) write(item, chunks);
    chunks.push(fromLatin1('e'));
  } else {
    chunks.push(fromLatin1('d'));
    for (const key of [...value.keys()].sort()) {
      chunks.push(fromLatin1(`${key.length}:${key}`));
      write(value.get(key)!, chunks);
    }
    chunks.push(fromLatin1('e'));
  }
}

function isList(value: readonly Bencode[] | ReadonlyMap<string, Bencode>): value is readonly Bencode[] {
  return Array.isArray(value);
}
