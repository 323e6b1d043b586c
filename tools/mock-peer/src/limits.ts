/** A frame longer than this is not collected, whatever its prefix declares: the longest honest one is a bitfield of 2^24 pieces. */
export const FRAME_BYTES_MAX: number = 2 * 1024 * 1024 + 1;

/** BEP 3: requests are for 16 KiB; clients close on larger ones. The last block of a piece may be shorter. */
export const BLOCK_BYTES: number = 16_384;

/** BEP 9: metadata travels in pieces of 16 KiB. */
export const METADATA_PIECE_BYTES: number = 16_384;

/** What a socket has not taken yet, per connection; above it nothing more is produced, so a reader that stops costs 1 MiB. */
export const UNSENT_BYTES_MAX: number = 1024 * 1024;

/** How many requests of one peer wait at most. Announced as `reqq`; later ones are rejected. */
export const REQUEST_QUEUE_MAX: number = 2_000;

/** Requests a leech keeps in flight on one connection: 2 MiB, enough for loopback, below every `reqq` seen in the wild (250 and more). */
export const PIPELINE_DEPTH: number = 128;

/** A leech gives the pieces of a connection back after this long without a block, so that one liar cannot stop it. */
export const BLOCK_TIMEOUT_MS = 20_000;

/** BEP 3: peers send something every two minutes. Ten seconds early, for slow networks. */
export const KEEP_ALIVE_MS = 110_000;

/** Nesting of bencoded input. Torrents need 5; a recursive reader must stop long before its stack does. */
export const BENCODE_DEPTH_MAX = 64;

/** A .torrent file larger than this is refused: 2^20 pieces need 20 MiB of hashes. */
export const TORRENT_BYTES_MAX: number = 64 * 1024 * 1024;

/** What a tracker may answer, in bytes. */
export const TRACKER_REPLY_BYTES_MAX: number = 1024 * 1024;

/** A tracker that has not answered by then has failed. */
export const TRACKER_TIMEOUT_MS = 15_000;

/** Peers dialled out of one tracker answer. */
export const TRACKER_PEERS_MAX = 200;

/** Generated blocks kept for the next request of the same one: 4 MiB however many peers share the content. */
export const GENERATED_BLOCKS_KEPT = 256;

/** Longest byte string a behaviour may describe: enough for any length bomb, too small to hurt the machine that sends it. */
export const SPEC_BYTES_MAX: number = 64 * 1024 * 1024;

/** Rules in one behaviour. Every message is compared with each of them. */
export const RULES_MAX = 1_000;

/** Connections one behaviour may dial. A process has 65,536 descriptors at most on common systems. */
export const DIALLED_MAX = 20_000;

/** BEP 11 names 50 peers a message at most; a well-behaved mock keeps to it. */
export const PEX_PEERS_MAX = 50;

/** BEP 11: at most one message a minute. */
export const PEX_INTERVAL_MS = 60_000;
