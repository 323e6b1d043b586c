import type { Usage } from '../measured.js';
import type { Figure } from '../table.js';

export const COLUMNS = ['time', 'rate', 'processor time', 'peak memory', 'its own'];

/** What it took to move so many bytes. */
export function figuresOf(usage: Usage, bytes: number): readonly Figure[] {
  const { elapsedS } = usage;
  return [{ value: elapsedS, unit: 's' }, { value: bytes / elapsedS / 1e6, unit: 'MB/s' }, ...costOf(usage)];
}

/** … and without the time. */
export function costOf({ cpuS, peakBytes, ownBytes }: Usage): readonly Figure[] {
  return [
    { value: cpuS, unit: 's' },
    { value: peakBytes / 1e6, unit: 'MB' },
    { value: ownBytes / 1e6, unit: 'MB' },
  ];
}
