import type { HostPort } from './metainfo.js';

/**
 * A file to be written into a torrent; a `TorrentFile` is one.
 *
 * @example
 * ```ts
 * import type { FileSpec } from '@unchoke/metainfo';
 *
 * const file: FileSpec = { path: ['album', 'one.flac'], length: 1_000_000 };
 * console.assert(file.path[0] === 'album');
 * ```
 */
export interface FileSpec {
  /** The torrent's name and the names below it; the name alone for a torrent of one file without a folder. */
  readonly path: readonly string[];
  readonly length: number;
  readonly isPad?: boolean;
  readonly isExecutable?: boolean;
  readonly isHidden?: boolean;
  readonly symlinkTarget?: readonly string[] | undefined;
  readonly md5sum?: string | undefined;
  readonly sha1?: Uint8Array | undefined;
  readonly piecesRoot?: Uint8Array | undefined;
  readonly pieceLayer?: Uint8Array | undefined;
}

/**
 * What stands around the info dictionary and can be changed without changing the info-hash.
 *
 * @example
 * ```ts
 * import type { OutsideSpec } from '@unchoke/metainfo';
 *
 * const spec: OutsideSpec = { trackerTiers: [['udp://tracker.example:6969']], comment: 'hello' };
 * console.assert(spec.trackerTiers?.length === 1);
 * ```
 */
export interface OutsideSpec {
  readonly trackerTiers?: readonly (readonly string[])[];
  readonly webSeeds?: readonly string[];
  readonly httpSeeds?: readonly string[];
  readonly nodes?: readonly HostPort[];
  readonly comment?: string | undefined;
  readonly createdBy?: string | undefined;
  readonly creationDate?: number | undefined;
  readonly encoding?: string | undefined;
}

/**
 * What {@link buildMetainfo} writes; a `Metainfo` is one.
 *
 * @example
 * ```ts
 * import type { MetainfoSpec } from '@unchoke/metainfo';
 *
 * const spec: MetainfoSpec = {
 *   name: 'a.txt',
 *   pieceLength: 16_384,
 *   files: [{ path: ['a.txt'], length: 5 }],
 *   pieceHashes: new Uint8Array(20),
 * };
 * console.assert(spec.files.length === 1);
 * ```
 */
export interface MetainfoSpec extends OutsideSpec {
  readonly name: string;
  readonly pieceLength: number;
  /** In the order of the pieces. For v2 and hybrid that is the order of the bytes of the names, folder by folder. */
  readonly files: readonly FileSpec[];
  /** v1 and hybrid: 20 bytes for each piece. */
  readonly pieceHashes?: Uint8Array | undefined;
  /** Without it: v1 with `pieceHashes`, v2 with roots, hybrid with both. */
  readonly version?: 'v1' | 'v2' | 'hybrid';
  readonly isPrivate?: boolean;
  readonly source?: string | undefined;
}
