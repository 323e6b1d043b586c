import { Torrent } from '@unchoke/client';
import { Bitfield, Geometry } from '@unchoke/pieces';

/** The code that is simulated: the real one, or a copy with something changed on purpose. */
export interface Cores {
  readonly Torrent: typeof Torrent;
  readonly Geometry: typeof Geometry;
  readonly Bitfield: typeof Bitfield;
}

export const CORES: Cores = { Torrent, Geometry, Bitfield };
