import type { KnownTorrents } from './known-torrents.js';

/** A tracker, as the kit sees it: where it listens. */
export interface TrackerSubject {
  readonly name: string;
  readonly http?: TrackerAddress;
  readonly udp?: TrackerAddress;
  /** It takes these torrents only. */
  readonly known?: KnownTorrents;
}

/** Where announces go. */
export interface TrackerAddress {
  readonly host: string;
  readonly port: number;
  /** Path and query of the announce URL: `/announce`, `/passkey/announce`. */
  readonly path: string;
}
