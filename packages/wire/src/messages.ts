/** A range of bytes inside one piece. */
export interface BlockSpan {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
}

/** Which hashes of a v2 file's tree are meant (BEP 52, `hash request`). */
export interface HashRange {
  /** Root of the file's tree, 32 bytes. */
  readonly piecesRoot: Uint8Array;
  /** Layers above the leaves at which the list starts. */
  readonly baseLayer: number;
  readonly index: number;
  readonly length: number;
  readonly proofLayers: number;
}

/** A message without anything in it. */
export interface SignalMessage {
  readonly type: 'keep-alive' | 'choke' | 'unchoke' | 'interested' | 'not-interested' | 'have-all' | 'have-none';
}

/** A message about one piece. */
export interface PieceIndexMessage {
  readonly type: 'have' | 'suggest' | 'allowed-fast';
  readonly piece: number;
}

/** Ask for a block, take that back, or refuse it. */
export interface BlockMessage extends BlockSpan {
  readonly type: 'request' | 'cancel' | 'reject';
}

/** A block of content. */
export interface PieceMessage {
  readonly type: 'piece';
  readonly piece: number;
  readonly begin: number;
  readonly block: Uint8Array;
}

/**
 * Everything that can stand in a frame. The numbers of a decoded message are what the peer wrote; only a `PeerLink` has held
 * them against the torrent. Bytes of a decoded message are views that hold until the next `push` or `receive`.
 *
 * @example
 * ```ts
 * import { encodeMessage, type Message } from '@unchoke/wire';
 *
 * const message: Message = { type: 'request', piece: 7, begin: 0, length: 16_384 };
 * console.assert(encodeMessage(message).length === 17);
 * ```
 */
export type Message =
  | SignalMessage
  | PieceIndexMessage
  | BlockMessage
  | PieceMessage
  | { readonly type: 'bitfield'; readonly bits: Uint8Array }
  | { readonly type: 'port'; readonly port: number }
  | { readonly type: 'extended'; readonly id: number; readonly payload: Uint8Array }
  | ({ readonly type: 'hash-request' | 'hash-reject' } & HashRange)
  | ({ readonly type: 'hashes'; readonly hashes: Uint8Array } & HashRange)
  | { readonly type: 'unknown'; readonly id: number; readonly payload: Uint8Array };

/** The name of a message. */
export type MessageType = Message['type'];
