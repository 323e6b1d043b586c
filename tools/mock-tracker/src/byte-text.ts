/**
 * Bytes as text, one character per byte (latin1). Map keys, and answers that are put together by hand, are in this
 * form: it loses nothing, and compares and sorts like the bytes.
 *
 * @example
 * ```ts
 * import { byteText } from '@unchoke/mock-tracker';
 *
 * console.assert(byteText(Uint8Array.of(0x61, 0xff)) === 'a\u00ff');
 * ```
 */
export function byteText(bytes: Uint8Array): string {
  let text = '';
  // In pieces: the argument list of a call is bounded.
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE_BYTES));
  }
  return text;
}

/**
 * The bytes back. Only the low eight bits of each character count.
 *
 * @example
 * ```ts
 * import { textBytes } from '@unchoke/mock-tracker';
 *
 * console.assert(textBytes('a\u00ff').join() === '97,255');
 * ```
 */
export function textBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** Bytes as lower-case hexadecimal text. */
export function hexText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte >> 4]! + HEX[byte & 15]!;
  return text;
}

/** Hexadecimal text as bytes; undefined when it is not. */
export function hexBytes(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16);
  return bytes;
}

/** Byte text for people: letters, digits and `-._~` as they are, all else as `%00`. */
export function printable(text: string): string {
  return text.replace(/[^\w.~-]/g, (character) => `%${hexText(Uint8Array.of(character.charCodeAt(0)))}`);
}

const HEX = '0123456789abcdef';
const PIECE_BYTES = 4_096;
