import type { PieceLayer } from '@unchoke/metainfo';
import type { TorrentAction, TorrentEvent } from './events.js';

/**
 * What can happen to a magnet link: as to a torrent, without what needs its content.
 *
 * @example
 * ```ts
 * import type { MagnetEvent } from '@unchoke/client';
 *
 * const event: MagnetEvent = { type: 'torrent-started' };
 * console.assert(event.type === 'torrent-started');
 * ```
 */
export type MagnetEvent = Exclude<
  TorrentEvent,
  { readonly type: 'block-loaded' | 'piece-verified' | 'pieces-lost' | 'storage-stalled' | 'storage-ready' }
>;

/**
 * What it wants done; the last thing is always `deliver-metadata`: the info dictionary, and the piece layers that `layersOf` asked for,
 * verified.
 *
 * @example
 * ```ts
 * import type { MagnetAction } from '@unchoke/client';
 *
 * const isLast = (action: MagnetAction) => action.type === 'deliver-metadata';
 * console.assert(isLast({ type: 'deliver-metadata', metadata: new Uint8Array(0), pieceLayers: [] }));
 * ```
 */
export type MagnetAction =
  | Exclude<TorrentAction, { readonly type: 'store-block' | 'verify-piece' | 'load-block' | 'drop-block' }>
  | {
      readonly type: 'deliver-metadata';
      readonly metadata: Uint8Array;
      readonly pieceLayers: readonly PieceLayer[];
    };
