import type { Picker } from '@unchoke/pieces';
import type { PeerKey } from './events.js';
import type { Peer } from './peer.js';

/**
 * The parts a torrent works with, as they are: for simulations and tests that check what must hold after every event.
 * Look, and change nothing; what belongs to people and programs is in `status`.
 *
 * @example
 * ```ts
 * import type { TorrentInside } from '@unchoke/client';
 *
 * const isFlooded = ({ peers }: TorrentInside) => [...peers.values()].some(({ uploads }) => uploads.length > 500);
 * console.assert(typeof isFlooded === 'function');
 * ```
 */
export interface TorrentInside {
  readonly picker: Picker;
  readonly peers: ReadonlyMap<PeerKey, PeerInside>;
}

/**
 * One connection as its torrent sees it.
 *
 * @example
 * ```ts
 * import type { PeerInside } from '@unchoke/client';
 *
 * const owesUs = ({ link }: PeerInside) => link.local.requestCount > 0;
 * console.assert(typeof owesUs === 'function');
 * ```
 */
export type PeerInside = Readonly<
  Pick<
    Peer,
    | 'key'
    | 'address'
    | 'link'
    | 'isGreeted'
    | 'isJoined'
    | 'isCrowded'
    | 'timeouts'
    | 'restUntilMs'
    | 'paceMs'
    | 'trust'
    | 'unjudgedBlocks'
    | 'cancelled'
    | 'uploads'
    | 'loads'
  >
>;
