/** What happens to one connection. */
export type PeerEvent =
  | { readonly type: 'connection-opened' }
  /** The bytes are only looked at during the call. */
  | { readonly type: 'bytes-received'; readonly bytes: Uint8Array }
  /** The socket has taken everything it was given. */
  | { readonly type: 'bytes-drained' }
  | { readonly type: 'connection-closed'; readonly reason: string }
  /** Another connection of the same peer completed a piece. */
  | { readonly type: 'piece-held'; readonly piece: number }
  /** Addresses to tell this peer of by ut_pex. */
  | { readonly type: 'peers-known'; readonly peers: readonly PeerAddress[] }
  | { readonly type: 'time-passed' };

/** What is to be done for it, in order. */
export type PeerAction =
  /** `apart`: as a write of its own, so that the cut is seen on the wire. The bytes belong to whoever performs it. */
  | { readonly type: 'send-bytes'; readonly bytes: Uint8Array; readonly apart: boolean }
  | { readonly type: 'close-connection'; readonly how: 'end' | 'half' | 'reset'; readonly reason: string }
  | { readonly type: 'pause-reading' | 'resume-reading' }
  | { readonly type: 'vanish'; readonly forMs: number }
  /** Dial the other end: at its announced port, or the given one. */
  | { readonly type: 'dial-back'; readonly port: number | undefined }
  | { readonly type: 'store-piece'; readonly piece: number; readonly bytes: Uint8Array }
  | { readonly type: 'notify'; readonly notice: LinkNotice };

/** What a person or a test may want to know. */
export type LinkNotice =
  | { readonly type: 'handshake-received'; readonly peerId: Uint8Array; readonly reserved: Uint8Array }
  | { readonly type: 'piece-verified' | 'piece-rejected'; readonly piece: number }
  | { readonly type: 'completed' }
  | { readonly type: 'rule-fired'; readonly rule: number; readonly name: string | undefined }
  /** The other side did what a careful one does not; nothing follows from it here. */
  | { readonly type: 'oddity-seen'; readonly oddity: Oddity; readonly detail: string };

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

/** An IPv4 or IPv6 address and a port. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}
