/** Bencoded data with one character for each byte. */
export type Bencode = number | string | readonly Bencode[] | ReadonlyMap<string, Bencode>;

/** What a tracker sent, and whether it is canonical: sorted keys, no leading zeros, nothing behind it. */
export interface Decoded {
  readonly value: Bencode;
  readonly isCanonical: boolean;
}

const DEPTH_MAX = 20;

/** Reads what a tracker sent; `undefined` when it is not bencode. */
export function decodeBencode(bytes: string): Decoded | undefined {
  const reader = new Reader(bytes);
  try {
    const value = reader.value(0);
    return { value, isCanonical: reader.isCanonical && reader.at === bytes.length };
  } catch (error) {
    if (error instanceof NotBencode) return undefined;
    throw error;
  }
}

class NotBencode extends Error {}

class Reader {
  at = 0;
  isCanonical = true;
  readonly #bytes: string;

  constructor(bytes: string) {
    this.#bytes = bytes;
  }

  value(depth: number): Bencode {
    if (depth > DEPTH_MAX) throw new NotBencode();
    const head = this.#bytes[this.at];
    if (head === 'i') return this.#integer();
    if (head !== 'l' && head !== 'd') return this.#string();
    this.at++;
    return head === 'l' ? this.#list(depth) : this.#dict(depth);
  }

  #integer(): number {
    const end = this.#bytes.indexOf('e', this.at);
    const digits = end === -1 ? '' : this.#bytes.slice(this.at + 1, end);
    if (!/^-?\d{1,30}$/.test(digits)) throw new NotBencode();
    if (!/^(0|-?[1-9]\d*)$/.test(digits)) this.isCanonical = false;
    this.at = end + 1;
    return Number(digits);
  }

  #string(): string {
    const colon = this.#bytes.indexOf(':', this.at);
    const digits = colon === -1 ? '' : this.#bytes.slice(this.at, colon);
    const end = colon + 1 + Number(digits);
    if (!/^\d{1,10}$/.test(digits) || end > this.#bytes.length) throw new NotBencode();
    if (!/^(0|[1-9]\d*)$/.test(digits)) this.isCanonical = false;
    this.at = end;
    return this.#bytes.slice(colon + 1, end);
  }

  #list(depth: number): readonly Bencode[] {
    const items: Bencode[] = [];
    while (!this.#atEnd()) items.push(this.value(depth + 1));
    return items;
  }

  #dict(depth: number): ReadonlyMap<string, Bencode> {
    const entries = new Map<string, Bencode>();
    let before: string | undefined;
    while (!this.#atEnd()) {
      const key = this.#string();
      if (before !== undefined && key <= before) this.isCanonical = false;
      before = key;
      entries.set(key, this.value(depth + 1));
    }
    return entries;
  }

  #atEnd(): boolean {
    if (this.at >= this.#bytes.length) throw new NotBencode();
    if (this.#bytes[this.at] !== 'e') return false;
    this.at++;
    return true;
  }
}
