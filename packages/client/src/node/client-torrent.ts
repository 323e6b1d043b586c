import type { Metainfo } from '@unchoke/metainfo';
import type { PeerAddress } from '../address-book.js';
import type { TorrentNotice } from '../events.js';
import type { RateLimits } from '../seat.js';
import type { TorrentStatus } from '../torrent-status.js';
import type { FilePriority, FileStatus } from './file-choice.js';

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
  /**
   * The files that are wanted, by their index in `metainfo.files`; or a function that says it once these are known, as for a magnet
   * link, and answers `undefined` for all, or those that the link names (BEP 53). Without it those that were wanted last count, if
   * the client has a state folder.
   */
  readonly select?: readonly number[] | ((metainfo: Metainfo) => readonly number[] | undefined);
  readonly strategy?: 'rarest-first' | 'sequential';
  /** Bytes of blocks a second, of this torrent alone. */
  readonly maxDownloadRate?: number;
  readonly maxUploadRate?: number;
  /**
   * When to stop seeding, whichever comes first: so many bytes given for each byte taken (for each byte of the torrent, when
   * none was taken), and after so long. Counted over all runs with the same `stateFolder`; without one, over this one.
   */
  readonly seedRatio?: number;
  readonly seedTimeMs?: number;
  /** Adds it without starting it; `resume` does. */
  readonly paused?: boolean;
  /** Called now and then while what is there already is hashed: for a large torrent that takes minutes. */
  readonly onChecking?: (progress: { readonly hashedBytes: number; readonly totalBytes: number }) => void;
  /** Ends `add` while it fetches, waits for metadata or opens files. A torrent that was added is ended by `remove`. */
  readonly signal?: AbortSignal;
}

/**
 * How a torrent stands, and each of its files.
 *
 * @example
 * ```ts
 * import type { ClientTorrentStatus } from '@unchoke/client/node';
 *
 * const skipped = ({ files }: ClientTorrentStatus) => files.filter(({ priority }) => priority === 'skip').length;
 * console.assert(typeof skipped === 'function');
 * ```
 */
export interface ClientTorrentStatus extends TorrentStatus {
  /** One for each of `metainfo.files`. */
  readonly files: readonly FileStatus[];
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
  /** Settles when everything wanted is verified, for the first time; rejects when the torrent is removed before that. */
  readonly done: Promise<void>;
  /** Settles when a seed goal is reached and the torrent stops; rejects when it is removed before that. */
  readonly seeded: Promise<void>;
  readonly status: ClientTorrentStatus;
  /** Called with everything worth knowing; answers a function that ends it. */
  onNotice(listen: (notice: TorrentNotice) => void): () => void;
  /** The same to be read at one's own pace, until the torrent is removed: `for await (const notice of torrent.events())`. */
  events(): AsyncIterableIterator<TorrentNotice>;
  /**
   * These files are wanted from now on, and no others. One that is not is not made, unless pieces of it are here already; what
   * it shares with its neighbours waits beside them in a file of its own.
   */
  select(files: readonly number[]): void;
  /** How much one file is wanted: before or after others, or not at all. */
  prioritize(file: number, priority: FilePriority): void;
  /** Its limits from now on, both of them: what is not named is without limit. */
  setLimits(limits: RateLimits): void;
  /** Parts with all peers and says so to trackers, until `resume`. */
  pause(): void;
  /** Also after its seed goal: then it seeds for ever. */
  resume(): void;
  /** The piece is needed so soon: it comes before all others, and from several peers once it is late. */
  setDeadline(piece: number, withinMs: number): void;
  /** Hashes all that is on disk, and goes on with what is found; when the signal ends it, with what was known before. */
  recheck(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Moves the files to another folder, where nothing is overwritten; when that fails or the signal ends it they are where they
   * were.
   */
  move(path: string, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Stops it and forgets what was remembered of it. Its files stay, or go with `deleteData`: only they, and the folders of theirs that
   * are empty then and were not there before the torrent.
   */
  remove(options?: { readonly deleteData?: boolean }): Promise<void>;
}
