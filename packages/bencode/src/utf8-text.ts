/** Below this, characters put together one by one are faster than a call of the platform's decoder. */
const SHORT_BYTES_MAX = 32;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes as text, if they are UTF-8; nothing is replaced, and a byte order mark is kept. */
export function utf8Text(bytes: Uint8Array, start: number, length: number): string | undefined {
  if (length <= SHORT_BYTES_MAX) {
    const text = shortAscii(bytes, start, length);
    if (text !== undefined) return text;
  }
  try {
    return decoder.decode(bytes.subarray(start, start + length));
  } catch {
    return undefined;
  }
}

function shortAscii(bytes: Uint8Array, start: number, length: number): string | undefined {
  let text = '';
  for (let index = start; index < start + length; index++) {
    const byte = bytes[index]!;
    if (byte > 0x7f) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}
