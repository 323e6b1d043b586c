import type { Metainfo } from '@unchoke/metainfo';
import type { PeerAddress } from '../address-book.js';
import type { TorrentNotice } from '../events.js';
import type { RateLimits } from '../seat.js';
import type { TorrentStatus } from '../torrent-status.js';

/**
 * What to do with a torrent.
 *
 * @example
 * ```ts
 * import type { AddOptions } from '@unchoke/client/node';
 *
 * const options: AddOptions = { path: 'downloads', peers: [{ host: '127.0.0.1', port: 6881 }] };
 * console.assert(options.path === 'downloads');
 * ```
 */
export interface AddOptions {
  /** The folder that its files go to. */
  readonly path: string;
  /** Peers to try, beside those that trackers name. */
  readonly peers?: readonly PeerAddress[];
  /** Trackers instead of the torrent's own. */
  readonly trackers?: readonly (readonly string[])[];
  readonly strategy?: 'rarest-first' | 'sequential';
  /**
   * The files wanted, by index in `metainfo.files`, or what says so once these are known, as for a magnet link. Default: all,
   * or those that a magnet link selects (BEP 53).
   */
  readonly select?: readonly number[] | ((metainfo: Metainfo) => readonly number[] | undefined);
  /** Bytes of blocks a second, of this torrent alone. */
  readonly maxDownloadRate?: number;
  readonly maxUploadRate?: number;
  /** Ends `add` while it fetches, waits for metadata or opens files. A torrent that was added is ended by `remove`. */
  readonly signal?: AbortSignal;
}

/**
 * A torrent in a client.
 *
 * @example
 * ```ts
 * import type { ClientTorrent } from '@unchoke/client/node';
 *
 * const describe = ({ metainfo, status }: ClientTorrent) => `${metainfo.name}: ${status.why}`;
 * console.assert(typeof describe === 'function');
 * ```
 */
export interface ClientTorrent {
  readonly metainfo: Metainfo;
  /** Settles when everything wanted is verified; rejects when the torrent is removed before that. */
  readonly done: Promise<void>;
  readonly status: TorrentStatus;
  /** Called with everything worth knowing; answers a function that ends it. */
  onNotice(listen: (notice: TorrentNotice) => void): () => void;
  /** The same to be read at one's own pace, until the torrent is removed: `for await (const notice of torrent.events())`. */
  events(): AsyncIterableIterator<TorrentNotice>;
  /** Its limits from now on, both of them: what is not named is without limit. */
  setLimits(limits: RateLimits): void;
  /** Parts with all peers and says so to trackers, until `resume`. */
  pause(): void;
  resume(): void;
  /** The piece is needed so soon: it comes before all others, and from several peers once it is late. */
  setDeadline(piece: number, withinMs: number): void;
  /** Stops and forgets it; its files stay. */
  remove(): Promise<void>;
}
