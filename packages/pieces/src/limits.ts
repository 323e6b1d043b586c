/**
 * The block every client requests: 16 KiB. Larger requests are refused by most peers, smaller ones cost more messages
 * (BEP 3 names 2^14; requests above 2^17 have closed connections since 2002).
 */
export const BLOCK_BYTES = 16_384;

/**
 * The longest piece: 1 GiB. No torrent in the wild comes near; a longer one would only serve to make us keep
 * megabytes of block bookkeeping for a single piece.
 */
export const PIECE_BYTES_MAX: number = 2 ** 30;

/**
 * The most pieces: 2^23, so that every size a number can hold exactly (2^53 − 1 bytes) still fits with the longest
 * piece. A peer costs one bit a piece (1 MiB at this bound), the picker about 20 bytes a piece (160 MiB).
 */
export const PIECE_COUNT_MAX: number = 2 ** 23;

/**
 * From how many peers one block may be requested at once, in endgame: three. Two copies leave the last block to the
 * slower of two slow peers now and then; each further copy costs a block of download for less and less time saved.
 */
export const ENDGAME_COPIES_MAX = 3;

/**
 * Requests a peer may have when it is asked for what another was asked for: two keep its line busy from one to the
 * next. More would be given up again anyway, by then too late to be taken back.
 */
export const ENDGAME_REQUESTS_MAX = 2;

/**
 * A block is asked for once more where it is expected in less than this part of the time its peer still needs for it:
 * a quarter. Estimates are off by a factor of two, and a copy that is not clearly first crosses the other on the way.
 */
export const ENDGAME_TIME_SHARE = 0.25;

/** Pieces taken at random before rarest-first begins, so that a newcomer soon has something to give (BEP 3 practice). */
export const RANDOM_FIRST_PIECES = 4;

/**
 * Pieces in progress beyond which a peer helps with one of them rather than beginning another. A piece in progress
 * costs its blocks in a buffer or a half-written place on disk.
 */
export const PARTIAL_PIECES_MAX = 2_048;

/**
 * Pieces with a deadline at one time. Every pick may look at each of them once, so this bounds a pick; a player that
 * buffers a minute ahead needs a few dozen.
 */
export const DEADLINE_PIECES_MAX = 256;

/**
 * Requests of a peer that we gave up and that may still be answered: those answers are late, not unrequested. More
 * than the deepest pipeline of any client we know (2,000).
 */
export const LATE_BLOCKS_MAX = 2_048;

/** Pieces a choking peer lets us request all the same (BEP 6 suggests 10); announcements beyond this are ignored. */
export const ALLOWED_FAST_MAX = 64;

/** Pieces named in one explanation; the count is always exact. */
export const NAMED_PIECES_MAX = 16;

/**
 * Looks at single pieces, in order of rarity, before a peer falls back to a list of its own. A peer that holds one
 * piece in ten finds a rarest one within 32 looks 29 times of 30.
 */
export const RAREST_LOOKS_MAX = 32;

/** The shortest list of candidates worth making for a peer. */
export const SHORTLIST_MIN = 64;

/**
 * A list of candidates may always have one in so many of all pieces: at 8 bytes each that is the memory of the peer's
 * bitfield once more, and it makes reading the bitfield (32 pieces a step) never dearer than what it finds.
 */
export const SHORTLIST_TORRENT_SHARE = 64;

/** And one in so many of the pieces the peer could begin. */
export const SHORTLIST_SHARE = 8;

/**
 * Digests kept to find out who lied, over all pieces: enough for the longest piece. 20 bytes each and 8 for the
 * supplier, so at most 1.8 MB; the oldest rejection makes room, and it only costs the chance to name its liar.
 */
export const BLAME_DIGESTS_MAX = 65_536;
