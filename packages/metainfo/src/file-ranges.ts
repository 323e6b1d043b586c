import { LIMITS } from './limits.js';
import type { FileRange } from './magnet.js';

/** BEP 53: `0,2,4,6-8`. Sorted, with touching ranges joined; `undefined` when any part of it makes no sense. */
export function parseFileRanges(text: string): readonly FileRange[] | undefined {
  const ranges: FileRange[] = [];
  for (const part of text.split(',')) {
    const match = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part.trim());
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : Number(match[2]);
    if (last < first) return undefined;
    ranges.push({ first, last });
  }
  return joinRanges(ranges);
}

export function formatFileRanges(ranges: readonly FileRange[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** Sorted and without overlaps, as several `so` and hasty links can have them; `undefined` when there are too many. */
export function joinRanges(ranges: readonly FileRange[]): readonly FileRange[] | undefined {
  const joined: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].sort((one, other) => one.first - other.first)) {
    const previous = joined.at(-1);
    if (previous !== undefined && first <= previous.last + 1) previous.last = Math.max(previous.last, last);
    else joined.push({ first, last });
  }
  return joined.length > LIMITS.fileRangeCountMax ? undefined : joined;
}
