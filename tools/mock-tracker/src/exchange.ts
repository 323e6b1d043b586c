/** One request and what was answered, as the log writes it: a line of JSON. */
export interface Exchange {
  /** On the tracker's clock, which starts with it. */
  readonly atMs: number;
  readonly protocol: 'http' | 'udp';
  /** `127.0.0.1:50312`, `[::1]:50312`. */
  readonly from: string;
  readonly request: ExchangeRequest;
  /** The rule that decided, if one did. */
  readonly rule: string | null;
  readonly reply: ExchangeReply;
}

/** What was asked. Only what the request really carried is there. */
export interface ExchangeRequest {
  readonly kind: 'announce' | 'scrape' | 'connect' | 'stats' | 'unknown' | 'malformed';
  /** HTTP: path and query exactly as they were sent. UDP: what BEP 41 sent along. */
  readonly target?: string;
  readonly userAgent?: string;
  /** Hexadecimal digits. */
  readonly infoHash?: string;
  readonly infoHashes?: readonly string[];
  /** Letters as they are, other bytes as `%00`. */
  readonly peerId?: string;
  readonly port?: number;
  /** As text when a number could not hold it. */
  readonly uploaded?: number | string;
  readonly downloaded?: number | string;
  readonly left?: number | string;
  readonly event?: string;
  readonly numWant?: number;
  readonly key?: string | number;
  readonly trackerId?: string;
  readonly compact?: boolean;
  /** UDP. */
  readonly transactionId?: number;
  readonly connectionId?: string;
}

/** What was answered. */
export interface ExchangeReply {
  /** `scripted`: a rule sent something that is no answer of a tracker at all: a status, a redirect, silence, other bytes. */
  readonly type: 'peers' | 'scrape' | 'failure' | 'connect' | 'stats' | 'refused' | 'scripted' | 'none';
  /** HTTP. */
  readonly status?: number;
  /** What a failure, an error packet or a refusal says. */
  readonly reason?: string;
  readonly intervalS?: number;
  readonly complete?: number;
  readonly incomplete?: number;
  /** How many peers the book gave; a rule may have sent others. */
  readonly ipv4Peers?: number;
  readonly ipv6Peers?: number;
  /** Bytes sent at once; less than all when a rule stretches the answer. */
  readonly bytes?: number;
}
