const FRAME_BYTES_MAX = 1024 * 1024;
const MIB = 1024 * 1024;
/** Payloads of fixed size, by message id. */
const SIZES: Readonly<Record<number, number>> = {
  0: 0,
  1: 0,
  2: 0,
  3: 0,
  4: 4,
  6: 12,
  8: 12,
  9: 2,
  13: 4,
  14: 0,
  15: 0,
  16: 12,
  17: 4,
};

/** What is wrong with the length of a frame, as far as its id is there to tell. */
export function oddLength(length: number, id: number | undefined): { kind: string; isLong: boolean } | undefined {
  if (length === 0) return undefined;
  if (length > FRAME_BYTES_MAX) return { kind: `prefix-of-${Math.floor(length / MIB)}-mib`, isLong: true };
  const size = id === undefined ? undefined : SIZES[id];
  if (size === undefined || length === size + 1) return undefined;
  return { kind: `size-of-${id}-${sizeName(length, size + 1)}`, isLong: false };
}

/** Ids that have a size are told apart by how far they are from it. */
function sizeName(length: number, expected: number): string {
  if (length < expected) return 'short';
  return length > 64 * 1024 ? 'huge' : 'long';
}
