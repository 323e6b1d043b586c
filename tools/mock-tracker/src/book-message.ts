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

export type BookRequest = AnnounceRequest | ScrapeRequest;

/** A peer as it is handed out. */
export interface HandedPeer {
  /** 6 or 18 bytes. Owned by the book: copy it to keep it. */
  readonly endpoint: Uint8Array;
  /** 20 characters, one per byte. */
  readonly peerId: string;
}

export interface SwarmCounts {
  /** Seeds. */
  readonly complete: number;
  /** Everybody else. */
  readonly incomplete: number;
  /** How often a download was reported as finished. */
  readonly downloaded: number;
}

export interface AnnounceAnswer extends SwarmCounts {
  readonly type: 'announce';
  readonly intervalS: number;
  readonly minIntervalS: number | undefined;
  readonly ipv4: readonly HandedPeer[];
  readonly ipv6: readonly HandedPeer[];
}

export interface ScrapeAnswer {
  readonly type: 'scrape';
  readonly files: readonly ScrapedFile[];
}

export interface ScrapedFile extends SwarmCounts {
  readonly infoHash: string;
}

export interface FailureAnswer {
  readonly type: 'failure';
  readonly reason: string;
}

export type BookAnswer = AnnounceAnswer | ScrapeAnswer | FailureAnswer;
