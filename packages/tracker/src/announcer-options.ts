import type { AddressFamily, PeerAddress } from './address.js';

/** What an {@link Announcer} is told at birth. */
export interface AnnouncerOptions {
  /** BEP 12: the tiers of the torrent's `announce-list`. */
  readonly tiers?: readonly (readonly string[])[];
  /** BEP 3: the torrent's `announce`, which counts only when there is no list. */
  readonly announce?: string;
  /** BEP 27: one tracker at a time, and its peers only. */
  readonly isPrivate?: boolean;
  /**
   * `first-answer` is BEP 12: later tiers are for when the earlier ones fail. `every-tier` wants an answer from each tier,
   * as many clients do; never for private torrents. Default `first-answer`.
   */
  readonly announceTo?: 'first-answer' | 'every-tier';
  /** BEP 7: announce in each of these families. Default: one announce, over whichever family comes first. */
  readonly families?: readonly AddressFamily[];
  /** Our own addresses, to be left out of what trackers tell. */
  readonly own?: readonly PeerAddress[];
  /** Our port, with which the address that a tracker sees us at (BEP 24) is our own, too. */
  readonly port?: number;
  /** The lowest port of a peer to be dialled. Default 1. */
  readonly peerPortMin?: number;
  /** How long an announce may take. Default 30 seconds. */
  readonly timeoutMs?: number;
  /** How long stopping may take. Default 4 seconds. */
  readonly stopTimeoutMs?: number;
  /** An integer from 0 to below `bound`, by chance. */
  readonly randomBelow: (bound: number) => number;
}
