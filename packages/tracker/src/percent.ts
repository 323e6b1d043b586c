const HEX_DIGITS = '0123456789ABCDEF';

/** What RFC 3986 calls unreserved stands for itself; every other byte is escaped, so a hash survives any proxy. */
const ESCAPED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9._~-]/.test(character) ? character : `%${HEX_DIGITS[byte >> 4]}${HEX_DIGITS[byte & 15]}`;
});

const PERCENT = 0x25;

/** Bytes as the value of a query parameter. */
export function percentEncode(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += ESCAPED[byte];
  return text;
}

/**
 * The bytes that a parameter stands for, or `undefined` when an escape is broken or a character is no byte. A plus stays
 * a plus: this is a URL (RFC 3986), not a form.
 */
export function percentDecode(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    let byte = text.charCodeAt(index);
    if (byte === PERCENT) {
      byte = (hexDigit(text.charCodeAt(index + 1)) << 4) | hexDigit(text.charCodeAt(index + 2));
      index += 2;
    }
    if (byte < 0 || byte > 0xff) return undefined;
    bytes[length++] = byte;
  }
  return length === bytes.length ? bytes : bytes.slice(0, length);
}

/** -1 for what is no digit, and for the NaN beyond the end: the or of two digits is then negative. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
