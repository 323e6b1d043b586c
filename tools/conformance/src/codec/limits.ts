/** An answer may take so long: bombs of a million values are read or refused well within it, also by a slow machine. */
export const ANSWER_MS = 60_000;

/** From the start of a command to its `hello`: an interpreter may have to be loaded. */
export const HELLO_MS = 60_000;

/** The longest answer, in characters: the largest vector is a tenth of it, and a tool that prints without end is stopped. */
export const ANSWER_CHARACTERS_MAX: number = 32 * 1024 * 1024;

/** Of what a tool says on standard error, the end is kept to explain why it ended. */
export const COMPLAINT_CHARACTERS_KEPT = 2_000;
