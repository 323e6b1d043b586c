import { joinBytes } from './join-bytes.js';
import { utf8Bytes } from './text.js';

/** A dictionary of encoded values; its keys have one character per byte and are sorted as bytes. */
export function joinDict(spans: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [utf8Bytes('d')];
  for (const key of [...spans.keys()].sort()) {
    parts.push(
      utf8Bytes(`${key.length}:`),
      Uint8Array.from(key, (character) => character.charCodeAt(0)),
      spans.get(key)!,
    );
  }
  parts.push(utf8Bytes('e'));
  return joinBytes(parts);
}
