import { createHash } from 'node:crypto';

/** What inputs are written in: text is taken one character per byte. */
export type Hand = number | bigint | string | readonly Hand[] | { readonly [key: string]: Hand } | Verbatim;

/** Bytes that stand as they are, for what is not bencode. */
export class Verbatim {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Bencode, one character per byte, with sorted keys. */
export function bencode(value: Hand): string {
  if (value instanceof Verbatim) return value.text;
  if (typeof value === 'number' || typeof value === 'bigint') return `i${value}e`;
  if (typeof value === 'string') return `${value.length}:${value}`;
  if (isList(value)) return `l${value.map(bencode).join('')}e`;
  const keys = Object.keys(value).sort();
  return `d${keys.map((key) => bencode(key) + bencode(value[key]!)).join('')}e`;
}

/** A dictionary whose keys stand in the given order, repeats and all. */
export function unsorted(...pairs: readonly (readonly [string, Hand])[]): Verbatim {
  return new Verbatim(`d${pairs.map(([key, value]) => bencode(key) + bencode(value)).join('')}e`);
}

export function sha1Hex(bytes: string): string {
  return createHash('sha1').update(bytes, 'latin1').digest('hex');
}

export function sha256(bytes: string): string {
  return createHash('sha256').update(bytes, 'latin1').digest('binary');
}

function isList(value: Hand): value is readonly Hand[] {
  return Array.isArray(value);
}
