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
 * piece. A peer costs one bit a piece (1 MiB at this bound), the picker about 15 bytes a piece (120 MiB).
 */
export const PIECE_COUNT_MAX: number = 2 ** 23;
