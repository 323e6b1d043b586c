/** An answer may take so long; over loopback a healthy tracker needs a few milliseconds, and a loaded machine some seconds. */
export const ANSWER_MS = 30_000;

/** The most that is read of one answer: whatever sends more sends without bound. */
export const ANSWER_BYTES_MAX: number = 4 * 1024 * 1024;

/** Peers that one answer may sensibly hold. Known trackers stop at 50 to 200. */
export const PEERS_IN_ANSWER_MAX = 1_000;

/** A started tracker is asked so long until it answers. */
export const START_MS = 30_000;

/** Bytes of a request head, or of a path, that are more than any tracker needs. */
export const HUGE_HEAD_BYTES: number = 1024 * 1024;
