/**
 * The bounds of the edge. Times are options of `connectPeer` and `listenForPeers` as well.
 *
 * @example
 * ```ts
 * import { CONNECTION_LIMITS } from '@unchoke/wire/node';
 *
 * console.assert(CONNECTION_LIMITS.handshakeTimeoutMs === 15_000);
 * ```
 */
export const CONNECTION_LIMITS = {
  /** From dialling or accepting to the last byte of the handshake, however it drips. */
  handshakeTimeoutMs: 15_000,
  /** BEP 3, peer protocol: keep-alives are sent once every two minutes. */
  keepAliveMs: 120_000,
  /** A peer that keeps to that is heard from in time, with a minute for the network. */
  idleTimeoutMs: 180_000,
  /** Events waiting for whoever iterates; then the socket is read no further, and the peer has to wait. */
  queuedEventsMax: 256,
  /** Bytes in these events: the same, for a stream of blocks. */
  queuedBytesMax: 1_048_576,
  /** Bytes written that the peer does not read. Beyond it the connection is closed: it would only take memory. */
  unsentBytesMax: 4_194_304,
  /** Accepted sockets that have not sent a whole handshake yet: each costs a file descriptor and a timer. */
  halfOpenMax: 200,
  /** Accepted connections that nobody has taken from the listener yet. */
  acceptedMax: 200,
} as const;
