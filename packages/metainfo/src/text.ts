const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Bytes as text, whatever they are: UTF-8 where they are UTF-8, and `%XX` for each byte that is not. Two different
 * strings of bad bytes stay different, which a replacement character would not keep, and the text is always well-formed.
 */
export function lossyText(bytes: Uint8Array): string {
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < bytes.length; ) {
    const length = sequenceLength(bytes, index);
    if (length > 0) {
      index += length;
      continue;
    }
    if (index > start) parts.push(decoder.decode(bytes.subarray(start, index)));
    parts.push(`%${bytes[index]!.toString(16).toUpperCase().padStart(2, '0')}`);
    index++;
    start = index;
  }
  if (start < bytes.length) parts.push(decoder.decode(bytes.subarray(start)));
  return parts.join('');
}

/** Bytes as text if they are UTF-8. Looked at first, because a decoder that throws takes ten times as long. */
export function strictText(bytes: Uint8Array): string | undefined {
  for (let index = 0; index < bytes.length; ) {
    const length = sequenceLength(bytes, index);
    if (length === 0) return undefined;
    index += length;
  }
  return decoder.decode(bytes);
}

export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** How many bytes a text takes in UTF-8. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(index + 1))) {
      length += 2;
      index++;
    } else length += 2;
  }
  return length;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** How many bytes the one well-formed UTF-8 sequence at `index` takes; 0 when there is none (Unicode, table 3-7). */
function sequenceLength(bytes: Uint8Array, index: number): number {
  const lead = bytes[index]!;
  if (lead < 0x80) return 1;
  const count =
    lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  if (count === 0 || index + count > bytes.length) return 0;
  const second = bytes[index + 1]!;
  const min = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const max = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < min || second > max) return 0;
  for (let offset = 2; offset < count; offset++) {
    if ((bytes[index + offset]! & 0xc0) !== 0x80) return 0;
  }
  return count;
}
