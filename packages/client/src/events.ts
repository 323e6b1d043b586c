import type { Block, PartialPiece, PieceIndex, ReadonlyBitfield } from '@unchoke/pieces';
import type { AnnounceAction, AnnouncerEvent } from '@unchoke/tracker';
import type { Handshake } from '@unchoke/wire';
import type { PeerAddress } from './address-book.js';
import type { RateLimits } from './seat.js';

/**
 * How a torrent calls a connection. Never used twice.
 *
 * @example
 * ```ts
 * import type { PeerKey } from '@unchoke/client';
 *
 * const first: PeerKey = 1;
 * console.assert(first > 0);
 * ```
 */
export type PeerKey = number;

/**
 * Why a connection ended: a closed list, so that every end can be counted and explained.
 *
 * @example
 * ```ts
 * import type { CloseReason } from '@unchoke/client';
 *
 * const ours = new Set<CloseReason>(['torrent-stopped', 'both-complete']);
 * console.assert(ours.has('both-complete'));
 * ```
 */
export type CloseReason =
  | 'protocol-violated'
  | 'wrong-data'
  | 'own-peer-id'
  | 'already-connected'
  | 'banned'
  | 'no-room'
  /** A useless one, for a newcomer. */
  | 'replaced'
  /** There are as many from its address as may be. */
  | 'same-host'
  | 'dial-failed'
  | 'handshake-timeout'
  | 'idle-timeout'
  | 'flood'
  | 'both-complete'
  | 'no-metadata'
  | 'metadata-complete'
  | 'pieces-lost'
  | 'tracker-changed'
  | 'torrent-stopped'
  | 'remote-closed';

/**
 * Everything that can happen to a torrent: one inbox.
 *
 * @example
 * ```ts
 * import type { TorrentEvent } from '@unchoke/client';
 *
 * const event: TorrentEvent = { type: 'peers-found', addresses: [{ host: '127.0.0.1', port: 6881 }] };
 * console.assert(event.type === 'peers-found');
 * ```
 */
export type TorrentEvent =
  | { readonly type: 'torrent-started' }
  | { readonly type: 'torrent-stopped' }
  | { readonly type: 'time-passed' }
  /** Addresses of peers, from a tracker, a magnet link or a person. */
  | { readonly type: 'peers-found'; readonly addresses: Iterable<PeerAddress> }
  /** A dial that was asked for succeeded. */
  | { readonly type: 'socket-opened'; readonly peer: PeerKey }
  /** Somebody dialled us and has sent this handshake. */
  | {
      readonly type: 'peer-accepted';
      readonly peer: PeerKey;
      readonly address: PeerAddress;
      readonly handshake: Handshake;
    }
  /** The bytes are only valid until `handle` has returned and its actions were performed. */
  | { readonly type: 'bytes-received'; readonly peer: PeerKey; readonly bytes: Uint8Array }
  /** The socket has sent everything, after it had more than it could take. */
  | { readonly type: 'socket-drained'; readonly peer: PeerKey }
  | { readonly type: 'socket-crowded'; readonly peer: PeerKey }
  | { readonly type: 'socket-closed'; readonly peer: PeerKey; readonly reason: 'dial-failed' | 'remote-closed' }
  /** A block that was to be read is here; `undefined` when it could not be read. */
  | {
      readonly type: 'block-loaded';
      readonly peer: PeerKey;
      readonly block: Block;
      readonly bytes: Uint8Array | undefined;
    }
  /** The hash of a piece is known. `blockDigests` are those of its blocks, one after the other, when they are known. */
  | {
      readonly type: 'piece-verified';
      readonly piece: PieceIndex;
      readonly isValid: boolean;
      readonly blockDigests: Uint8Array | undefined;
    }
  /** Verified pieces are no longer on disk as they were. */
  | { readonly type: 'pieces-lost'; readonly pieces: readonly PieceIndex[] }
  /** How much each piece is wanted: from 0, not at all, to `PRIORITY_MAX`. */
  | { readonly type: 'pieces-prioritized'; readonly priorities: ArrayLike<number> }
  /** Somebody waits for the piece: it comes before all others, from several peers once it is late. */
  | { readonly type: 'piece-needed'; readonly piece: PieceIndex; readonly withinMs: number }
  /** What a stopped torrent has was looked at anew. */
  | {
      readonly type: 'pieces-rechecked';
      readonly have: ReadonlyBitfield;
      readonly partials: Iterable<PartialPiece>;
    }
  /** The disk takes no more, for this reason … */
  | { readonly type: 'storage-stalled'; readonly problem: string | undefined }
  /** … and takes more again. */
  | { readonly type: 'storage-ready' }
  /** How an announce went, as `performAnnounce` of the tracker package tells it. */
  | { readonly type: 'tracker-answered'; readonly event: AnnouncerEvent }
  /** Other torrents of the session have less than their share of the connections. */
  | { readonly type: 'room-needed' }
  /** What a person allows this torrent. Also said, with the same rates, when those of its session have changed. */
  | ({ readonly type: 'limits-changed' } & RateLimits);

/**
 * What a torrent wants done.
 *
 * @example
 * ```ts
 * import type { TorrentAction } from '@unchoke/client';
 *
 * const describe = (action: TorrentAction) => ('peer' in action ? `${action.type} ${action.peer}` : action.type);
 * console.assert(describe({ type: 'cancel-announce', exchange: 1 }) === 'cancel-announce');
 * ```
 */
export type TorrentAction =
  | { readonly type: 'open-socket'; readonly peer: PeerKey; readonly address: PeerAddress }
  /** `payload` goes out right behind `bytes`: a block, from where it lies. */
  | { readonly type: 'send-bytes'; readonly peer: PeerKey; readonly bytes: Uint8Array; readonly payload?: Uint8Array }
  | { readonly type: 'close-socket'; readonly peer: PeerKey; readonly reason: CloseReason }
  /** Keep the bytes: they are only valid while this action is performed. */
  | { readonly type: 'store-block'; readonly block: Block; readonly bytes: Uint8Array }
  /** Sees every `store-block` of the piece before it. */
  | { readonly type: 'verify-piece'; readonly piece: PieceIndex; readonly blockDigests: boolean }
  | { readonly type: 'load-block'; readonly peer: PeerKey; readonly block: Block }
  /** Bytes of a `block-loaded` that nobody wants any more; those that are sent are the payload of a `send-bytes`. */
  | { readonly type: 'drop-block'; readonly bytes: Uint8Array }
  | { readonly type: 'announce'; readonly announce: AnnounceAction }
  | { readonly type: 'cancel-announce'; readonly exchange: number }
  | { readonly type: 'notify'; readonly notice: TorrentNotice };

/**
 * What people and programs may want to know.
 *
 * @example
 * ```ts
 * import type { TorrentNotice } from '@unchoke/client';
 *
 * const notice: TorrentNotice = { type: 'torrent-completed' };
 * console.assert(notice.type === 'torrent-completed');
 * ```
 */
export type TorrentNotice =
  | { readonly type: 'piece-completed'; readonly piece: PieceIndex }
  | { readonly type: 'torrent-completed' }
  /** Enough was given, or for long enough: the torrent stops. `ratio` and `seedingMs` are over all its runs. */
  | { readonly type: 'seed-goal-reached'; readonly ratio: number; readonly seedingMs: number }
  | { readonly type: 'peer-connected'; readonly peer: PeerKey; readonly address: PeerAddress }
  | {
      readonly type: 'peer-closed';
      readonly peer: PeerKey;
      readonly address: PeerAddress;
      /** As it said in its handshake; empty when it never did. */
      readonly peerId: Uint8Array;
      readonly reason: CloseReason;
      readonly detail: string;
      /** Bytes of blocks over the whole connection. */
      readonly received: number;
      readonly sent: number;
    }
  | { readonly type: 'peer-banned'; readonly peer: PeerKey; readonly address: PeerAddress; readonly reason: string }
  | { readonly type: 'piece-rejected'; readonly piece: PieceIndex }
  | { readonly type: 'tracker-reported'; readonly url: string; readonly problem: string | undefined }
  | { readonly type: 'storage-stalled'; readonly problem: string }
  | { readonly type: 'storage-ready' }
  /** In a stream of notices: its reader was too slow for so many. */
  | { readonly type: 'notices-dropped'; readonly count: number }
  | { readonly type: 'torrent-stopped'; readonly unreachedTrackers: number };
