/**
 * Memory of the write path: all piece buffers of one `Disk`, whatever the number of torrents. 16 MiB are 64 pieces of
 * 256 KiB: enough to keep two threads busy while hundreds of peers fill others.
 */
export const BUFFER_BYTES_DEFAULT: number = 16 * 2 ** 20;

/**
 * Filled buffers that wait for a thread, at most; but always two of them. Enough that no thread is ever idle, little enough to
 * stay in the processor's cache on the way from the socket to the hash.
 */
export const LEAVING_BYTES_MAX: number = 4 * 2 ** 20;

/**
 * The longest single buffer. A longer piece travels in several and is hashed as it goes, so that memory never follows
 * the piece length a stranger chose; shorter ones would split the 4 MiB pieces that are common in large torrents.
 */
export const BUFFER_BYTES_MAX: number = 4 * 2 ** 20;

/** Descriptors open at once over all threads: far below the 1,024 (256 on macOS) that a process gets without asking. */
export const DESCRIPTOR_COUNT_DEFAULT = 64;

/** The fewest a thread can work with: a file, its neighbour, and the parts file. */
export const DESCRIPTOR_COUNT_MIN = 4;

/**
 * Threads that write, at most, by default: one takes in 1 GB/s, and two keep up with anything. One core is left for the
 * thread that receives: on two cores a second one costs 20 MB and brings nothing.
 */
export const THREAD_COUNT_DEFAULT = 2;

/** Short-lived objects of a thread, in MiB: it makes few, and V8 would let them grow to 32 before it looks. 9 MB less were resident. */
export const THREAD_YOUNG_MIB = 2;

/** Threads that check what is on disk, at most, by default: a disk that feeds more is rare. */
export const CHECK_THREAD_COUNT_DEFAULT = 8;

/** More threads than this is a mistake in a configuration. */
export const THREAD_COUNT_MAX = 64;

/** Read cache for uploads, of all storages of a `Disk`: 31 runs of 256 KiB, two for each of 15 peers that are served at once. */
export const READ_CACHE_BYTES_DEFAULT: number = 8 * 2 ** 20;

/** One read from disk: large enough that a disk's seek is spread over 16 blocks, small enough not to starve others. */
export const READ_RUN_BYTES: number = 256 * 2 ** 10;

/** Before each block that is read to be sent: the header of a `piece` message (BEP 3). */
export const BLOCK_HEADROOM_BYTES = 13;

/**
 * Runs that are lent, as a share of the read cache; beyond it blocks are copied. A peer that asks and never reads keeps what it was
 * lent: the others must still find room.
 */
export const READ_LENT_SHARE = 0.75;

/**
 * Runs kept of which every byte was asked for: 1 MiB for others that may ask for the same. Each piece is asked for once by a
 * peer, and further than that the system's own cache goes: with all of 8 MiB kept, a seed of one leech took 7 MB more.
 */
export const READ_SPENT_RUN_COUNT_MAX = 4;

/** Hashing reads this much at a time, so that the bytes are still in the second-level cache when they are hashed. */
export const HASH_RUN_BYTES: number = 256 * 2 ** 10;

/** A check is handed to a thread in pieces worth this much, so that an abort is felt and threads end together. */
export const CHECK_BATCH_BYTES: number = 8 * 2 ** 20;

/** The state is saved after this many verified bytes at the latest: what a power cut can cost in re-verification. */
export const FLUSH_BYTES_DEFAULT: number = 64 * 2 ** 20;

/** … and after this long at the latest. */
export const FLUSH_INTERVAL_MS_DEFAULT = 2_000;

/** After a fault the disk is tried again by itself this often, so that freed space is noticed without a person. */
export const RETRY_INTERVAL_MS_DEFAULT = 10_000;

/** Files that move to another device are copied this much at a time, so that an abort is felt. */
export const COPY_RUN_BYTES: number = 2 ** 20;

/** Directory levels of one path; libtorrent has the same bound. */
export const PATH_DEPTH_MAX = 100;

/** Calls that were interrupted (EINTR), or wrote nothing, are repeated this often before they count as failed. */
export const REPEAT_COUNT_MAX = 16;

/** Hashes of pieces longer than a buffer that a thread carries at once; what falls out is read back from disk. */
export const RUNNING_HASH_COUNT_MAX = 16;
