/** Bytes that mean something in bencode, and the ones next to them. */
const TELLING = Array.from('0123456789ield:-+. \0/;', (character) => character.charCodeAt(0)).concat(0x7f, 0x80, 0xff);

/** The bytes with one to four things done to them, as `chance` says: a byte changed, removed, repeated, a part moved or cut. */
export function mutated(original: Uint8Array, chance: Iterator<number>): Uint8Array {
  const bytes = Array.from(original);
  const below = (bound: number): number => (bound === 0 ? 0 : (chance.next().value as number) % bound);
  for (let count = 1 + below(4); count > 0; count--) {
    const at = below(bytes.length + 1);
    const kind = below(6);
    if (kind === 0) bytes[Math.min(at, Math.max(0, bytes.length - 1))] = TELLING[below(TELLING.length)]!;
    else if (kind === 1) bytes.splice(at, 1 + below(3));
    else if (kind === 2) bytes.splice(at, 0, TELLING[below(TELLING.length)]!);
    else if (kind === 3) bytes.splice(at, 0, ...bytes.slice(at, at + below(20)));
    else if (kind === 4) bytes.splice(below(bytes.length + 1), 0, ...bytes.splice(at, below(12)));
    else bytes.length = at;
  }
  return Uint8Array.from(bytes);
}
