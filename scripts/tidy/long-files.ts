import type { LongFile } from './file-size.js';

/** Files over 400 lines, each with the reason why cutting it would make it worse. */
export const LONG_FILES: Readonly<Record<string, LongFile>> = {};
