import type { LayerAssembly } from '@unchoke/metainfo';
import type { AnnouncerOptions } from '@unchoke/tracker';
import type { PeerKey } from './events.js';
import type { RandomBelow } from './random.js';
import type { Seat } from './seat.js';

/**
 * What a magnet start is told at birth.
 *
 * @example
 * ```ts
 * import type { MagnetOptions } from '@unchoke/client';
 *
 * const verify: MagnetOptions['verify'] = (metadata) => metadata.length > 0;
 * console.assert(!verify(new Uint8Array(0)));
 * ```
 */
export interface MagnetOptions {
  /** 20 bytes, as on the wire: of a link with a v2 hash alone its first 20 (BEP 52). */
  readonly infoHash: Uint8Array;
  /** Whether these bytes are what the link names, by every hash that it has. */
  readonly verify: (metadata: Uint8Array) => boolean;
  /**
   * Of a link with a v2 hash alone: the piece layers that the torrent needs besides its metadata, and peers have to be asked for
   * (BEP 52, hash request). Must not throw.
   */
  readonly layersOf?: (metadata: Uint8Array) => readonly LayerAssembly[];
  readonly peerId: Uint8Array;
  /** Where we listen, told to peers; 0 when we do not. */
  readonly port: number;
  readonly announcer?: Omit<AnnouncerOptions, 'randomBelow'>;
  readonly peersMax?: number;
  /** Its place in a session, whose limits it shares; without one it is alone. */
  readonly seat?: Seat;
  readonly nextPeerKey: () => PeerKey;
  readonly randomBelow: RandomBelow;
}
