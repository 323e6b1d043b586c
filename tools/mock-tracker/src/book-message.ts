/** What a client tells the tracker, whichever protocol it came by. */
export interface AnnounceRequest {
  readonly type: 'announce';
  /** 20 characters, one per byte: `byteText(bytes)`. */
  readonly infoHash: string;
  /** Likewise. */
  readonly peerId: string;
  /** Where it can be reached: 6 bytes, address and port as compact lists write them. */
  readonly ipv4?: Uint8Array | undefined;
  /** Likewise over IPv6: 18 bytes. */
  readonly ipv6?: Uint8Array | undefined;
  /** Whether nothing is left to download. */
  readonly isSeed: boolean;
  readonly event?: AnnounceEvent | undefined;
  /** Peers wanted. Without it, or below zero, the tracker decides. */
  readonly numWant?: number | undefined;
}

/** BEP 3 events, and `paused` of BEP 21. */
export type AnnounceEvent = 'started' | 'completed' | 'stopped' | 'paused';

/** A question about counts only (BEP 48). */
export interface ScrapeRequest {
  readonly type: 'scrape';
  /** 20 characters each, one per byte. */
  readonly infoHashes: readonly string[];
}

/** Everything a {@link TrackerBook} can be asked. */
export type BookRequest = AnnounceRequest | ScrapeRequest;

/** A peer as it is handed out. */
export interface HandedPeer {
  /** 6 or 18 bytes. Owned by the book: copy it to keep it. */
  readonly endpoint: Uint8Array;
  /** 20 characters, one per byte. */
  readonly peerId: string;
}

/** How a swarm is doing. */
export interface SwarmCounts {
  /** Seeds. */
  readonly complete: number;
  /** Everybody else. */
  readonly incomplete: number;
  /** How often a download was reported as finished. */
  readonly downloaded: number;
}

/** A good answer to an announce: when to come back, how the swarm is doing, whom to talk to. */
export interface AnnounceAnswer extends SwarmCounts {
  readonly type: 'announce';
  readonly intervalS: number;
  readonly minIntervalS: number | undefined;
  readonly ipv4: readonly HandedPeer[];
  readonly ipv6: readonly HandedPeer[];
}

/** A good answer to a scrape, one file for each hash that was asked for, in that order. */
export interface ScrapeAnswer {
  readonly type: 'scrape';
  readonly files: readonly ScrapedFile[];
}

/** One torrent of a scrape; all counts are 0 when nobody knows it. */
export interface ScrapedFile extends SwarmCounts {
  readonly infoHash: string;
}

/** Why there is no answer, in words for people. */
export interface FailureAnswer {
  readonly type: 'failure';
  readonly reason: string;
}

/** Everything a {@link TrackerBook} can answer. */
export type BookAnswer = AnnounceAnswer | ScrapeAnswer | FailureAnswer;
