import { MetainfoError } from './errors.js';
import { fromHex } from './hex.js';

/** The hash that an `xt` names, or `undefined` for one of another network. */
export type ExactTopic =
  | { readonly type: 'v1'; readonly hash: Uint8Array }
  | { readonly type: 'v2'; readonly hash: Uint8Array }
  | undefined;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const HEX_LENGTH = 40;
const BASE32_LENGTH = 32;
/** Multihash: function 0x12 is SHA2-256, and its digest has 0x20 bytes. */
const SHA256_PREFIX = '1220';

/** Reads `urn:btih:` (BEP 9: hexadecimal, or base32 in old links) and `urn:btmh:` (BEP 52: a multihash). */
export function readExactTopic(xt: string, offset: number): ExactTopic {
  const [urn, kind, value = '', ...rest] = xt.split(':');
  if (urn?.toLowerCase() !== 'urn') throw badXt(`must begin with "urn:", is ${quoted(xt)}`, offset);
  const topic = kind?.toLowerCase();
  if (topic !== 'btih' && topic !== 'btmh') return undefined;
  if (rest.length > 0) throw badXt(`has a colon too many: ${quoted(xt)}`, offset);
  return topic === 'btih' ? { type: 'v1', hash: btih(value, offset) } : { type: 'v2', hash: btmh(value, offset) };
}

function btih(value: string, offset: number): Uint8Array {
  const hash =
    value.length === HEX_LENGTH ? fromHex(value) : value.length === BASE32_LENGTH ? fromBase32(value) : undefined;
  if (hash !== undefined) return hash;
  const problem = `btih needs 40 hexadecimal digits or 32 of base32, has ${value.length} characters: ${quoted(value)}`;
  throw badXt(problem, offset);
}

function btmh(value: string, offset: number): Uint8Array {
  const bytes = fromHex(value);
  if (bytes === undefined) throw badXt(`btmh needs a multihash in hexadecimal digits, is ${quoted(value)}`, offset);
  if (!value.startsWith(SHA256_PREFIX)) {
    throw badXt(`btmh must be SHA2-256, a multihash that begins with ${SHA256_PREFIX}: ${quoted(value)}`, offset);
  }
  if (bytes.length === 34) return bytes.subarray(2);
  throw badXt(`btmh needs 64 digits after ${SHA256_PREFIX}, has ${value.length - SHA256_PREFIX.length}`, offset);
}

/** RFC 4648, five bits a letter, in either case; 32 letters are exactly 20 bytes, so there is no padding. */
function fromBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array((text.length * 5) / 8);
  let bits = 0;
  let bitCount = 0;
  let used = 0;
  for (const letter of text.toUpperCase()) {
    const value = BASE32.indexOf(letter);
    if (value === -1) return undefined;
    bits = ((bits << 5) | value) & 0xfff;
    bitCount += 5;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[used++] = (bits >>> bitCount) & 0xff;
  }
  return bytes;
}

function badXt(problem: string, offset: number): MetainfoError {
  return new MetainfoError('bad-xt', problem, 'xt', offset);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
