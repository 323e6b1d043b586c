import type { AddressFamily } from './address.js';
import type { AnnounceEvent, AnnouncePeers } from './announce.js';
import type { AnnounceProblem } from './back-off.js';
import type { PeerList } from './peer-list.js';

/** What can happen to an {@link Announcer}. */
export type AnnouncerEvent =
  | { readonly type: 'torrent-started' }
  /** The last piece came in during this run. Not for a torrent that was complete when it started. */
  | { readonly type: 'torrent-completed' }
  | { readonly type: 'torrent-stopped' }
  /** How many more peers would be welcome. 0 takes the wish back. */
  | { readonly type: 'peers-needed'; readonly count: number }
  | { readonly type: 'announce-answered'; readonly exchange: number; readonly answer: AnnounceAnswer }
  | { readonly type: 'announce-failed'; readonly exchange: number; readonly problem: AnnounceProblem }
  | { readonly type: 'time-passed' };

/** An answer, and the IP address it came from when that is known: local peers are believed to local trackers only. */
export interface AnnounceAnswer extends AnnouncePeers {
  readonly trackerHost?: string | undefined;
}

/** What an {@link Announcer} wants done. */
export type AnnouncerAction =
  | AnnounceAction
  /** Nobody waits for this announce any more. */
  | { readonly type: 'cancel-announce'; readonly exchange: number }
  /** Peers that may be dialled. */
  | { readonly type: 'add-peers'; readonly url: string; readonly peers: PeerList }
  /** BEP 27: a private torrent goes over to another tracker and has to leave every peer it knows. */
  | { readonly type: 'drop-peers'; readonly url: string }
  /** A tracker began to fail, or works again (`undefined`), or has something to say to the user. */
  | { readonly type: 'report-tracker'; readonly url: string; readonly problem: string | undefined }
  /** `stopped` has been said wherever it could be; so many trackers did not answer in time. */
  | { readonly type: 'finish-stopping'; readonly unreachedCount: number };

/**
 * Announce to a tracker, and say as `announce-answered` or `announce-failed` how it went. Hash, id, port and byte counts are
 * the torrent's; the rest of the request stands here.
 */
export interface AnnounceAction {
  readonly type: 'announce';
  readonly exchange: number;
  readonly url: string;
  /** Over this family only; absent: over any. */
  readonly family?: AddressFamily;
  /** How long the whole exchange may take. */
  readonly timeoutMs: number;
  readonly event?: AnnounceEvent;
  readonly numWant: number;
  readonly key: number;
  readonly trackerId?: Uint8Array;
}

/** One tracker, for people to look at. Times are on the clock that `handle` is called with. */
export interface TrackerStatus {
  readonly url: string;
  readonly tier: number;
  /** `ended`: never asked again, because it said so or because its URL cannot be used. */
  readonly state: 'idle' | 'announcing' | 'working' | 'backing-off' | 'ended';
  /** Why it last failed; absent while it works. */
  readonly problem?: string;
  readonly warning?: string;
  readonly announceCount: number;
  readonly answerCount: number;
  /** Failures in a row. */
  readonly failureCount: number;
  /** Peers it gave that may be dialled, over all announces. */
  readonly peersGiven: number;
  readonly complete?: number;
  readonly incomplete?: number;
  readonly downloaded?: number;
  readonly lastAnswerMs?: number;
  /** Not before this time; absent when it never is, or is under way. */
  readonly nextAnnounceMs?: number;
}
