/** BEP 3: an info-hash and a peer id are 20 bytes. */
export const HASH_BYTES = 20;

/** BEP 15: "up to about 74 torrents": 8 + 74 * 12 = 896 bytes of reply, 16 + 74 * 20 = 1496 of request, one Ethernet frame. */
export const UDP_SCRAPE_HASHES_MAX = 74;

/** A datagram we write stays below the payload that passes every IPv6 link unfragmented and leaves room for tunnels. */
export const UDP_URL_DATA_BYTES_MAX = 1024;

/** An error packet's text is for people: what is longer is cut. */
export const ERROR_TEXT_BYTES_MAX = 512;

/** Peers taken from one reply. Trackers give 50 to 200; the client holds some thousands in all (libtorrent: 3,000). */
export const PEERS_PER_REPLY_MAX = 2_000;

/** A reply body. 100,000 compact peers are 600 kB; libtorrent takes 1 MiB, rain 2 MiB. */
export const REPLY_BYTES_MAX: number = 2 * 1024 * 1024;

/** Values in a reply: as many as fit, two bytes being the smallest value. The tape they are read on stays below 10 MB. */
export const REPLY_VALUES_MAX = 1_048_576;

/** Dictionary peers made into objects; the rest of a longer list is not looked at. Honest trackers list 50 to 200. */
export const LISTED_PEERS_MAX = 10_000;

/** A reply is a dictionary of lists of dictionaries; deeper nesting has no use. */
export const REPLY_DEPTH_MAX = 16;

/** A query string a server reads. 74 hashes take 5.4 kB, and Node refuses headers above 16 KiB anyway. */
export const QUERY_LENGTH_MAX: number = 16 * 1024;

/** Parameters in a query, known or not. */
export const QUERY_PARAMETERS_MAX = 512;

/** BEP 15: a client uses a connection id for one minute after it has received it. */
export const CONNECTION_ID_LIFETIME_MS = 60_000;

/** BEP 15: the first answer is awaited for 15 seconds, and twice as long after each of at most 8 retransmissions. */
export const UDP_FIRST_WAIT_MS = 15_000;
export const UDP_RETRANSMISSIONS_MAX = 8;

/** Exchanges under way in one UDP client. A session of 10,000 torrents announces them over half an hour, not at once. */
export const UDP_EXCHANGES_MAX = 4_096;

/** Trackers whose connection ids are remembered at once. */
export const UDP_TRACKERS_MAX = 1_024;

/** Trackers of one torrent that are ever asked; torrents with thousands of trackers exist to have them knocked at. */
export const TRACKERS_MAX = 256;

/** Announce intervals are kept between these, whatever a tracker says: no hammering, and no silence for a year. */
export const INTERVAL_MS_MIN = 60_000;
export const INTERVAL_MS_MAX: number = 24 * 3_600_000;

/** When a tracker forgets to say: what most of them say. */
export const INTERVAL_MS_DEFAULT: number = 30 * 60_000;

/** Peers asked for at once; trackers cut it to their own taste. */
export const NUM_WANT_MAX = 200;
