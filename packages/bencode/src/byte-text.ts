/** Strings of this length and below are remembered: keys repeat, and a remembered one is neither built nor hashed again. */
const REMEMBERED_LENGTH_MAX = 24;
const REMEMBERED_COUNT = 512;
const remembered: string[] = new Array(REMEMBERED_COUNT).fill('');

/** More arguments than this in one call can overflow the stack. */
const CHARACTERS_PER_CALL = 4096;

/** The bytes as text with one character per byte (Latin-1). Lossless, and `<` compares as the bytes compare. */
export function byteText(bytes: Uint8Array, start: number, length: number): string {
  if (length > REMEMBERED_LENGTH_MAX) return buildText(bytes, start, length);
  if (length === 0) return '';
  const first = bytes[start]!;
  const middle = bytes[start + (length >> 1)]!;
  const last = bytes[start + length - 1]!;
  const slot = (first * 7 + middle * 31 + last * 131 + length * 17) & (REMEMBERED_COUNT - 1);
  const candidate = remembered[slot]!;
  if (matchesText(bytes, start, length, candidate)) return candidate;
  const text = buildText(bytes, start, length);
  remembered[slot] = text;
  return text;
}

/** Whether the bytes are those that a text with one character per byte stands for. */
export function matchesText(bytes: Uint8Array, start: number, length: number, text: string): boolean {
  if (text.length !== length) return false;
  for (let index = 0; index < length; index++) {
    if (text.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}

function buildText(bytes: Uint8Array, start: number, length: number): string {
  let text = '';
  for (let from = start; from < start + length; from += CHARACTERS_PER_CALL) {
    const to = Math.min(from + CHARACTERS_PER_CALL, start + length);
    text += String.fromCharCode.apply(null, bytes.subarray(from, to) as unknown as number[]);
  }
  return text;
}
