import type { Scenario } from './scenario.js';

/**
 * A scenario for a tracker.
 *
 * @example
 * ```ts
 * import type { TrackerScenario } from '@unchoke/mock-tracker';
 * const downThenUp: TrackerScenario = {
 *   rules: [{ name: 'down', when: { request: 'announce', nth: { to: 3 } }, do: { http: { status: 503 } } }],
 * };
 * ```
 */
export type TrackerScenario = Scenario<TrackerCondition, Misbehaviour>;

/** Which requests a rule is about. */
export interface TrackerCondition {
  readonly protocol?: 'http' | 'udp';
  readonly request?: 'announce' | 'scrape' | 'connect' | readonly ('announce' | 'scrape' | 'connect')[];
  /** 40 hexadecimal digits, or several. */
  readonly infoHash?: string | readonly string[];
  /** How the peer id starts, like `-TR` or `-lt2080-`, or several; bytes that are no letters as `%00`. */
  readonly peerId?: string | readonly string[];
  /** The address the request came from, without port. */
  readonly address?: string | readonly string[];
  /** Part of the User-Agent header. */
  readonly userAgent?: string;
  /** `none` is a regular announce. */
  readonly event?: AnnounceEventName | readonly AnnounceEventName[];
  /** The tracker id that the announce carries; `null`: none. */
  readonly trackerId?: string | null;
}

/** The events of an announce; `none` is a regular one. */
export type AnnounceEventName = 'started' | 'completed' | 'stopped' | 'paused' | 'none';

/** What is done instead of a good answer. Each part is about one layer; parts for the other protocol do nothing. */
export interface Misbehaviour {
  /** What the answer says, in both protocols. */
  readonly reply?: ReplyChange;
  /** The bytes of the HTTP body. */
  readonly body?: BodyChange;
  /** Status, headers, framing and timing of HTTP. */
  readonly http?: HttpChange;
  /** Datagrams. */
  readonly udp?: UdpChange;
}

/** A whole number of any size: beyond 2^53 as text (`"18446744073709551616"`); `null` leaves the key out. */
export type AnyInteger = number | string;

/** Changes to what an answer says. What is not mentioned stays as it is. */
export interface ReplyChange {
  /** `failure reason`, or an error packet. The book does not hear of the announce. */
  readonly failure?: string;
  /** Keeps peers and interval beside the failure (HTTP). */
  readonly failureWithPeers?: boolean;
  /** BEP 31: minutes, or `never` (HTTP, beside a failure). */
  readonly retryIn?: AnyInteger | 'never';
  /** `warning message` (HTTP). */
  readonly warning?: string;
  /** The low 32 bits over UDP. */
  readonly interval?: AnyInteger | null;
  readonly minInterval?: AnyInteger | null;
  readonly complete?: AnyInteger | null;
  readonly incomplete?: AnyInteger | null;
  readonly downloaded?: AnyInteger | null;
  /** `tracker id` (HTTP). */
  readonly trackerId?: string;
  /** From its second announce on, a peer that does not send `trackerId` back gets a failure instead. */
  readonly trackerIdRequired?: boolean;
  /** BEP 24: `external ip`; an address, or `self` for the one we see. */
  readonly externalIp?: string;
  readonly peers?: PeersChange;
}

/** Changes to the list of peers. Nothing here is filtered: port 0, multicast and the asker itself are sent as told. */
export interface PeersChange {
  /** These instead of the known ones: `127.0.0.1:6881`, `[::1]:6881`, or `self` for the asker itself. */
  readonly only?: readonly string[];
  /** These behind the others. */
  readonly add?: readonly string[];
  /** So many made-up peers behind the others: 198.18.0.0/15 and 2001:db8::/32, which are routed nowhere. */
  readonly madeUp?: number;
  /** Every peer so many times. */
  readonly copies?: number;
  /** Only one family; the other key is left out (HTTP). */
  readonly family?: 'ipv4' | 'ipv6';
  /** Whatever the client asked for (HTTP). */
  readonly form?: 'compact' | 'dictionary' | 'dictionary-without-ids';
  /** Adds entries that are no peers to a dictionary list (HTTP): numbers, texts, missing keys, ports out of range. */
  readonly junk?: boolean;
  /** Takes so many bytes off the end of the compact lists. */
  readonly cutBytes?: number;
  /** Leaves out both keys (HTTP). */
  readonly none?: boolean;
}

/** Bytes: as text in UTF-8, or as hexadecimal digits. */
export type RawBytes = { readonly text: string } | { readonly hex: string };

/** Changes to the bytes of an HTTP body, applied in this order. */
export interface BodyChange {
  /** `unsorted`: keys backwards; `duplicate`: the first key twice. */
  readonly keys?: 'unsorted' | 'duplicate';
  /** Adds a key with so many bytes. */
  readonly padBytes?: number;
  /** Something else entirely. */
  readonly replace?: RawBytes;
  /** So many lists within each other instead of a dictionary. */
  readonly nest?: number;
  /** Keeps so many bytes. */
  readonly cutAt?: number;
  /** Inverts the byte at this offset. */
  readonly flipAt?: number;
  readonly append?: RawBytes;
}

/** Changes to status, headers, framing and timing of an HTTP response. */
export interface HttpChange {
  readonly status?: number;
  /** Sets headers, or with `null` removes them. Values are sent as they are. */
  readonly headers?: { readonly [name: string]: string | null };
  /** `loop`: back to this very URL; else a Location, in which `{url}` is this tracker and `{query}` the query. */
  readonly redirect?: string;
  readonly encoding?: 'gzip' | 'deflate' | 'gzip-corrupt' | 'gzip-cut' | 'gzip-unlabelled' | 'gzip-bomb';
  /** Bytes a bomb unpacks to, in whole steps of 16 MiB; default 1 GiB. */
  readonly bombBytes?: number;
  readonly transfer?: 'length' | 'chunked' | 'chunked-bad-size' | 'chunked-endless' | 'until-close';
  /** What Content-Length claims, whatever is sent. */
  readonly contentLength?: AnyInteger;
  /** Before the first byte. */
  readonly waitMs?: number;
  /** The head in pieces. */
  readonly slowHead?: Pace;
  /** The body in pieces. */
  readonly slowBody?: Pace;
  /** Accepts the request and never answers. The book does not hear of it. */
  readonly silence?: boolean;
  /** After the body, bytes without end (or up to this many), as fast as the client takes them. */
  readonly endless?: boolean | number;
  /** After so many bytes of the response, a TCP reset. */
  readonly resetAt?: number;
  /** After so many bytes of the response, an orderly close. */
  readonly closeAt?: number;
}

/** So many bytes at a time. */
export interface Pace {
  readonly bytes: number;
  readonly everyMs: number;
}

/** Changes to a UDP answer, and to how it travels. */
export interface UdpChange {
  /** `request`: as if it had never arrived; `reply`: counted, but not answered. */
  readonly drop?: 'request' | 'reply';
  /** Sends the answer so many times. */
  readonly copies?: number;
  readonly waitMs?: number;
  /** Holds the answer back until the next one to anybody has been sent: they arrive in the wrong order. */
  readonly holdForNext?: boolean;
  /** `wrong`: another one than asked. */
  readonly transactionId?: 'wrong' | number;
  readonly action?: number;
  /** An error packet with this text. */
  readonly error?: string;
  /** On connect: hands out an id that has expired. On announce and scrape: calls a good id expired. */
  readonly staleConnectionId?: boolean;
  /** Answers from another port. */
  readonly otherPort?: boolean;
  /** So many datagrams of junk before the answer. */
  readonly strays?: number;
  /** Other bytes entirely. */
  readonly replace?: RawBytes;
  /** Keeps so many bytes. */
  readonly cutAt?: number;
  readonly append?: RawBytes;
}
