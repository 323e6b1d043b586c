import { lossyText, utf8Bytes } from './text.js';

/** RFC 3986: the bytes that stand for themselves everywhere. */
const UNRESERVED = /[A-Za-z0-9\-._~]/;

/** Undoes percent-encoding. A `%` without two digits stands for itself, and bytes that are not UTF-8 stay `%XX`. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  const source = utf8Bytes(text);
  const bytes = new Uint8Array(source.length);
  let used = 0;
  for (let index = 0; index < source.length; index++) {
    const value = source[index] === 0x25 ? byteOf(source, index + 1) : undefined;
    bytes[used++] = value ?? source[index]!;
    if (value !== undefined) index += 2;
  }
  return lossyText(bytes.subarray(0, used));
}

export function percentEncode(text: string): string {
  const parts: string[] = [];
  for (const byte of utf8Bytes(text)) {
    const character = String.fromCharCode(byte);
    parts.push(UNRESERVED.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`);
  }
  return parts.join('');
}

function byteOf(bytes: Uint8Array, index: number): number | undefined {
  const high = digitOf(bytes[index]);
  const low = digitOf(bytes[index + 1]);
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

function digitOf(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined;
}
