import { SHORT_BYTES_MAX, shortText } from './byte-text.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes as text, if they are UTF-8; nothing is replaced, and a byte order mark is kept. */
export function utf8Text(bytes: Uint8Array, start: number, length: number): string | undefined {
  if (length <= SHORT_BYTES_MAX) {
    const text = shortText(bytes, start, length, ASCII_MAX);
    if (text !== undefined) return text;
  }
  try {
    return decoder.decode(bytes.subarray(start, start + length));
  } catch {
    return undefined;
  }
}

const ASCII_MAX = 0x7f;
