/** How the answer to one HTTP request is put on the wire. */
export type HttpAnswer =
  | SentAnswer
  /** Piece by piece, in order; the connection takes no other request before the end. */
  | { readonly type: 'deliver'; readonly steps: readonly DeliveryStep[] };

/** Everything at once, as always without a misbehaving rule. */
export interface SentAnswer {
  readonly type: 'send';
  readonly bytes: Buffer;
  readonly keepAlive: boolean;
}

export type DeliveryStep =
  | { readonly type: 'send'; readonly bytes: Buffer }
  | { readonly type: 'wait'; readonly ms: number }
  /** So many bytes at a time. */
  | { readonly type: 'drip'; readonly bytes: Buffer; readonly stepBytes: number; readonly everyMs: number }
  /** The same bytes again and again, as fast as the client reads them, `bytesMax` in all. */
  | { readonly type: 'flood'; readonly bytes: Buffer; readonly bytesMax: number }
  /** Nothing more, until the client gives up. */
  | { readonly type: 'hold' }
  | { readonly type: 'close' }
  | { readonly type: 'reset' };
