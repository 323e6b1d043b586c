/** From nothing to all of the pieces that a cell stands for. */
const SHADES = ['·', '░', '▒', '▓', '█'] as const;

/**
 * The pieces in so many cells: one cell stands for one piece, or for several. Only a cell whose pieces are all there is full,
 * and only one with none of them is empty.
 *
 * @param have - one bit for each piece, the first in the highest bit of the first byte.
 */
export function pieceMap(have: Uint8Array, pieceCount: number, cellCountMax: number): string {
  const cellCount = Math.min(pieceCount, Math.max(0, cellCountMax));
  let map = '';
  for (let cell = 0; cell < cellCount; cell++) {
    const first = Math.floor((cell * pieceCount) / cellCount);
    const end = Math.floor(((cell + 1) * pieceCount) / cellCount);
    map += shadeOf(countBits(have, first, end), end - first);
  }
  return map;
}

function shadeOf(haveCount: number, count: number): string {
  if (haveCount === count) return SHADES[4];
  if (haveCount === 0) return SHADES[0];
  return SHADES[1 + Math.min(2, Math.floor((haveCount * 3) / count))]!;
}

function countBits(bits: Uint8Array, first: number, end: number): number {
  let count = 0;
  for (let index = first; index < end; index++) {
    if (((bits[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0) count++;
  }
  return count;
}
