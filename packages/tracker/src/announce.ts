import type { PeerList } from './peer-list.js';

/**
 * What a client tells a tracker happened. No event is a regular announce. `paused` is BEP 21's: the client has all it
 * wants, though not the whole torrent.
 */
export type AnnounceEvent = 'started' | 'completed' | 'stopped' | 'paused';

/**
 * One announce, for both protocols (BEP 3, BEP 15).
 *
 * @example
 * ```ts
 * import type { AnnounceRequest } from '@unchoke/tracker';
 *
 * const request: AnnounceRequest = {
 *   infoHash: new Uint8Array(20).fill(1),
 *   peerId: new Uint8Array(20).fill(2),
 *   port: 6881,
 *   uploaded: 0,
 *   downloaded: 0,
 *   left: 16_384,
 *   event: 'started',
 * };
 * console.log(request.event);
 * ```
 */
export interface AnnounceRequest {
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  readonly port: number;
  readonly uploaded: number;
  readonly downloaded: number;
  /** Bytes still to get; 0 makes a seed. */
  readonly left: number;
  readonly event?: AnnounceEvent;
  /** How many peers to send at most; the tracker decides when absent. */
  readonly numWant?: number;
  /** 32 random bits that stay the same while our address changes (BEP 7). */
  readonly key?: number;
  /** Over HTTP only: what the tracker gave us as `tracker id`, to be said again. */
  readonly trackerId?: Uint8Array;
  /** Over HTTP only: whether peers should come as compact bytes (BEP 23). Absent: not said. */
  readonly compact?: boolean;
  /** Over HTTP only: dictionary peers may omit their ids. */
  readonly noPeerId?: boolean;
  /** The address to announce instead of the one the tracker sees. UDP takes an IPv4 address only. */
  readonly ip?: string;
  /** Over HTTP only (BEP 7): our address, or address and port, in the other family. */
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** Over HTTP only: we speak, or insist on, the encrypted handshake. */
  readonly supportCrypto?: boolean;
  readonly requireCrypto?: boolean;
}

/** What a tracker answers to an announce. */
export type AnnounceReply = AnnouncePeers | AnnounceFailure;

/**
 * A good answer. Numbers stand as the tracker sent them, so an interval may be absurd: whoever waits for it clamps it,
 * as the {@link Announcer} does.
 */
export interface AnnouncePeers {
  readonly type: 'peers';
  /** Seconds until the next regular announce; absent when the tracker forgot it. */
  readonly intervalS?: number;
  /** Seconds before which the tracker does not want to hear from us again. */
  readonly minIntervalS?: number;
  /** Seeds. */
  readonly complete?: number;
  /** Peers that still download. */
  readonly incomplete?: number;
  /** Times the torrent was finished. */
  readonly downloaded?: number;
  /** To be said again in the next announce. */
  readonly trackerId?: Uint8Array;
  /** Our address as the tracker sees it (BEP 24). */
  readonly externalIp?: string;
  /** For the user to read. */
  readonly warning?: string;
  readonly peers: PeerList;
  /** How many entries of the list were no peers; absent when all were. */
  readonly malformedPeerCount?: number;
}

/** A refusal. */
export interface AnnounceFailure {
  readonly type: 'failure';
  readonly reason: string;
  /** BEP 31: try again after so many minutes, or never. */
  readonly retryInMinutes?: number | 'never';
}

/** What a tracker knows of one swarm (BEP 48). */
export interface SwarmCounts {
  readonly complete: number;
  readonly incomplete: number;
  /** Times the torrent was finished; some HTTP trackers do not say. */
  readonly downloaded?: number;
  /** Over HTTP only: the torrent's name, which some trackers add. */
  readonly name?: string;
}
