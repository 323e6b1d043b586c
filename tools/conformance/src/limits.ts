/** A case that waits for nothing special: long enough for a slow machine, short enough to notice a program that hangs. */
export const CASE_MS = 90_000;

/** After a case, a subject has this long to close what it opened before it is killed. */
export const CLOSE_MS = 5_000;

/** What is kept of a subject's own output for the transcript: the end of it is what explains a failure. */
export const OUTPUT_BYTES_KEPT: number = 64 * 1024;

/** Lines of a transcript of one case; a flood is written down by its beginning. */
export const TRANSCRIPT_LINES_MAX = 20_000;
