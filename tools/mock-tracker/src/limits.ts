/** Every bound of the tracker, with its reason. All are checked before anything is allocated or kept. */

/** Torrents remembered at once. An empty one makes room for a new one, so scanning for hashes costs nothing that lasts. */
export const SWARMS_MAX = 50_000;

/** Peers of one torrent. Above this a newcomer gets a failure reason, so that a flood cannot push honest peers out. */
export const SWARM_PEERS_MAX = 50_000;

/** Peers in all. Measured: 480 bytes for a peer and 660 for a torrent, so that a full book stays below 140 MB. */
export const PEERS_MAX = 200_000;

/** Peers in one answer when the client does not say, as most trackers do. */
export const NUMWANT_DEFAULT = 50;

/** Peers in one answer at most: 200 compact IPv4 peers still fit one UDP datagram on an Ethernet path. */
export const NUMWANT_MAX = 200;

/** Bytes of a UDP answer: what fits an IPv6 packet of 1,500 bytes, so that an answer is never fragmented. */
export const UDP_REPLY_BYTES_MAX = 1_452;

/** Info-hashes in one HTTP scrape; about what fits the request head. */
export const SCRAPE_HASHES_MAX = 100;

/** Bytes of a request line with all headers. A real announce has a few hundred. */
export const HEAD_BYTES_MAX = 8_192;

/** Header lines in one request at most; a client sends a handful. */
export const HEADER_LINES_MAX = 64;

/** HTTP connections open at once; one more is told so and closed. */
export const CONNECTIONS_MAX = 4_000;

/** From the first byte of a request to the end of its head: a total, not per byte, so that dripping does not help. */
export const HEAD_TIME_MAX_MS = 10_000;

/** A kept-alive connection without a request, or a client that does not read its answer, is closed after this. */
export const IDLE_TIME_MAX_MS = 60_000;

/** Time for a client to take its last answer and close its side; what it still sends meanwhile is thrown away. */
export const CLOSE_TIME_MAX_MS = 5_000;

/** A connection that a scenario holds in silence is closed after this, if the client waits that long. */
export const HOLD_TIME_MAX_MS = 3_600_000;

/** Answer bytes waiting for a client that does not read; above this we stop reading its requests. */
export const UNSENT_BYTES_MAX = 262_144;

/** Exchanges kept in memory for `requests`; the log file has all of them. */
export const EXCHANGES_KEPT = 10_000;

/** Log lines that wait for a slow disk; above this some are dropped, and the log says how many. */
export const UNWRITTEN_LOG_BYTES_MAX = 67_108_864;

/** UDP datagrams that wait for their time (delayed, reordered) at once; more are sent at once. */
export const DATAGRAMS_WAITING_MAX = 10_000;

/** Rules of one scenario: every request may have to be held against each of them. */
export const RULES_MAX = 1_000;

/** Peers or torrents a rule counts separately (`nthPer`). The one counted longest ago is forgotten first. */
export const COUNTERS_PER_RULE_MAX = 10_000;

/** Peers that a rule may make up for one answer. */
export const MADE_UP_PEERS_MAX = 200_000;

/** Bytes a rule may add to one answer (padding, nesting); endless bodies are sent piecewise instead. */
export const ADDED_BYTES_MAX = 67_108_864;
