import type { Doing } from './behaviour.js';

/**
 * What happens to one connection.
 *
 * @example
 * const hear = (core: MockPeerCore, bytes: Uint8Array, nowMs: number) => core.handle({ type: 'bytes-received', bytes }, nowMs);
 */
export type PeerEvent =
  | { readonly type: 'connection-opened' }
  /** The bytes are only looked at during the call. */
  | { readonly type: 'bytes-received'; readonly bytes: Uint8Array }
  /** The socket has taken everything it was given. */
  | { readonly type: 'bytes-drained' }
  | { readonly type: 'connection-closed'; readonly reason: string }
  /** Another connection of the same peer completed a piece. */
  | { readonly type: 'piece-held'; readonly piece: number }
  /** Another connection of the same peer gave back what it was fetching: it may be fetched here. */
  | { readonly type: 'pieces-released' }
  /** Addresses to tell this peer of by ut_pex. */
  | { readonly type: 'peers-known'; readonly peers: readonly PeerAddress[] }
  /** To be done now, as if a rule said so. */
  | { readonly type: 'told'; readonly doings: readonly Doing[] }
  | { readonly type: 'time-passed' };

/**
 * What is to be done for it, in order.
 *
 * @example
 * const sentLength = (core: MockPeerCore) =>
 *   core.handle({ type: 'connection-opened' }, 0).reduce((sum, action) => {
 *     return action.type === 'send-bytes' ? sum + action.bytes.length : sum;
 *   }, 0);
 */
export type PeerAction =
  /** `apart`: as a write of its own, so that the cut is seen on the wire. The bytes belong to whoever performs it. */
  | { readonly type: 'send-bytes'; readonly bytes: Uint8Array; readonly apart: boolean }
  | { readonly type: 'close-connection'; readonly how: 'end' | 'half' | 'reset'; readonly reason: string }
  | { readonly type: 'pause-reading' | 'resume-reading' }
  | { readonly type: 'vanish'; readonly forMs: number }
  /** Dial the other end: at its announced port, or the given one. */
  | { readonly type: 'dial-back'; readonly port: number | undefined }
  | { readonly type: 'store-piece'; readonly piece: number; readonly bytes: Uint8Array }
  /** What was being fetched here is free; the other connections are to be told. */
  | { readonly type: 'pieces-released' }
  | { readonly type: 'notify'; readonly notice: LinkNotice };

/**
 * What a person or a test may want to know.
 *
 * @example
 * const { torrent, content } = randomTorrent('1MiB:42');
 * const onNotice = (notice: { type: string }) => console.log(notice.type); // connection-opened, handshake-received, …
 * const seed = await startMockPeer({ torrent, content, onNotice });
 * await seed.close();
 */
export type LinkNotice =
  | { readonly type: 'handshake-received'; readonly peerId: Uint8Array; readonly reserved: Uint8Array }
  | { readonly type: 'piece-verified' | 'piece-rejected'; readonly piece: number }
  | { readonly type: 'completed' }
  | { readonly type: 'rule-fired'; readonly rule: number; readonly name: string | undefined }
  /** The other side did what a careful one does not; nothing follows from it here. */
  | { readonly type: 'oddity-seen'; readonly oddity: Oddity; readonly detail: string };

/**
 * What the other side did that a careful client does not do.
 *
 * @example
 * const onNotice = (notice: { type: string; oddity?: string }) => {
 *   if (notice.oddity === 'unasked-block') console.log('it sent what nobody asked for');
 * };
 * const seed = await startMockPeer({ ...randomTorrent('1MiB:42'), onNotice });
 */
export type Oddity =
  | 'wrong-protocol'
  | 'unknown-info-hash'
  | 'broken-frame'
  | 'malformed-message'
  | 'request-while-choked'
  | 'request-out-of-range'
  | 'request-for-missing-piece'
  | 'too-many-requests'
  | 'unasked-block'
  | 'have-out-of-range'
  | 'wrong-bitfield';

/**
 * An IPv4 or IPv6 address and a port.
 *
 * @example
 * const { torrent } = randomTorrent('1MiB:42');
 * const leech = await startMockPeer({ torrent, role: 'leech', peers: [{ host: '127.0.0.1', port: 6881 }] });
 * await leech.close();
 */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}
