import type { HashFunction, HashTree, LayerAssembly, PieceLayer } from '@unchoke/metainfo';
import type { Geometry, PartialPiece, PickerOptions, ReadonlyBitfield } from '@unchoke/pieces';
import type { Announcer, AnnouncerOptions } from '@unchoke/tracker';
import type { PeerKey } from './events.js';
import type { RandomBelow } from './random.js';
import type { Seat } from './seat.js';
import type { SeedGoals, SeedRecord } from './seed-goal.js';

/** Hashes of a file, and where it lies in the torrent. */
export type SharedTree = readonly [
  piecesRoot: Uint8Array,
  tree: HashTree,
  file?: { readonly offset: number; readonly length: number },
];

/** Piece layers that are not known yet, and what becomes of each that came. */
export interface LayersToFetch {
  readonly assemblies: readonly LayerAssembly[];
  readonly treeOf: (layer: PieceLayer) => SharedTree;
}

/**
 * What a torrent is told at birth.
 *
 * @example
 * ```ts
 * import type { TorrentOptions } from '@unchoke/client';
 *
 * const quiet: Pick<TorrentOptions, 'uploadSlots' | 'peersMax'> = { uploadSlots: 1, peersMax: 5 };
 * console.assert(quiet.peersMax === 5);
 * ```
 */
export interface TorrentOptions {
  /** 20 bytes, as on the wire: of a v2 torrent the first 20 of its hash (BEP 52). */
  readonly infoHash: Uint8Array;
  /** Ours. */
  readonly peerId: Uint8Array;
  /** Where we listen, told to peers; 0 when we do not. */
  readonly port: number;
  readonly geometry: Geometry;
  /** The info dictionary as it stood, for peers that have only a magnet link (BEP 9); without it they are told nothing. */
  readonly metadata?: Uint8Array;
  /**
   * The v2 info-hash cut to 20 bytes, of a torrent that peers may call by it. Of a hybrid it says that we know version 2, to whom we
   * dial by the v1 hash too (BEP 52, upgrade path). Who knows it as well may ask for the hashes of `hashTrees`.
   */
  readonly infoHashV2?: Uint8Array;
  /** By the root of each file of several pieces; with where the file lies, the hashes of its blocks can be given as well. */
  readonly hashTrees?: Iterable<SharedTree>;
  /** Of a hybrid that was a magnet link: peers are asked for these hashes, which then are given like the others. */
  readonly layersToFetch?: LayersToFetch;
  /** SHA-256, for those; without it no hashes of blocks are given. */
  readonly sha256?: HashFunction;
  /** The pieces that are verified already; copied. */
  readonly have: ReadonlyBitfield;
  /** Blocks of other pieces that are on disk. */
  readonly partials?: Iterable<PartialPiece>;
  /** How much each piece is wanted, from 0 to `PRIORITY_MAX`; all the same when nothing is said. */
  readonly priorities?: ArrayLike<number>;
  readonly announcer?: Omit<AnnouncerOptions, 'randomBelow'>;
  /** The announcer of the magnet link that this torrent was, with its trackers; it goes on from there. */
  readonly startedAnnouncer?: Announcer;
  readonly picker?: PickerOptions;
  /** Peers to upload to at once, the optimistic one not counted; without a number it follows from the upload limit. */
  readonly uploadSlots?: number;
  readonly peersMax?: number;
  /** Connections from one host; without a number `LIMITS.peersPerHostMax`, and any number on loopback and private networks. */
  readonly peersPerHostMax?: number;
  /** When it has given enough and stops; without one it seeds for ever. */
  readonly seedGoals?: SeedGoals;
  /** What it has given and taken in earlier runs. */
  readonly seedRecord?: SeedRecord;
  /** Its place in a session, whose limits it shares; without one it is alone. */
  readonly seat?: Seat;
  /** For the pieces that starting peers get while they are choked (BEP 6, Allowed Fast); without it they get none. */
  readonly sha1?: HashFunction;
  /** The next key for a connection; torrents of one session share it. */
  readonly nextPeerKey: () => PeerKey;
  readonly randomBelow: RandomBelow;
}
