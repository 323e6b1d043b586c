import type { Agent } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import type { AddressFamily, PeerAddress } from '../address.js';
import type { UdpTransport } from './udp-transport.js';

/**
 * How to reach a tracker. Everything is optional.
 *
 * @example
 * ```ts
 * import type { TrackerOptions } from '@unchoke/tracker/node';
 *
 * const options: TrackerOptions = { timeoutMs: 5_000, signal: AbortSignal.timeout(60_000), family: 4 };
 * console.log(options.timeoutMs);
 * ```
 */
export interface TrackerOptions {
  /** Ends the exchange; the promise rejects with `aborted`. */
  readonly signal?: AbortSignal;
  /** For the whole of it: names, redirects, retransmissions, the last byte. Default 30 seconds. */
  readonly timeoutMs?: number;
  /** Reach the tracker over this family only. Default: whichever comes first. */
  readonly family?: AddressFamily;
  /** HTTP only. An agent, or one for each URL: that is where a proxy goes. Default: Node's own, which keep connections alive. */
  readonly agent?: Agent | ((url: URL) => Agent);
  /** HTTPS only. Certificates are verified unless told otherwise here. */
  readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>;
  /** HTTP only. How many redirects to follow, 5 unless told otherwise. */
  readonly redirectsMax?: number;
  /** HTTP only. How long a reply may be, unpacked. Default (and most) 2 MiB. */
  readonly replyBytesMax?: number;
  /** HTTP only. Default `Unchoke`. */
  readonly userAgent?: string;
  /**
   * HTTP only. A URL in a torrent file is a stranger's wish, so this machine and this network are asked only what a tracker
   * is asked: a path that ends in `announce…` or `scrape…` and no parameters but the protocol's. `true` lifts that rule, for
   * trackers that you know.
   */
  readonly allowLocalTargets?: boolean;
  /** UDP only. Sockets and connection ids to share with other exchanges. Default: a socket of its own. */
  readonly udp?: UdpTransport;
}

/** Also how to treat the peers that come back. */
export interface AnnounceOptions extends TrackerOptions {
  /** Our own addresses, to be dropped from the peers. */
  readonly own?: readonly PeerAddress[];
  /** How many peers to keep. Default (and most) 2,000. */
  readonly peersMax?: number;
  /** The lowest port a peer may have. Default 1. */
  readonly peerPortMin?: number;
}
