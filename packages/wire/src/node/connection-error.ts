/**
 * Why a connection ended, or never began.
 *
 * | code | meaning |
 * | --- | --- |
 * | `closed-by-us` | `close()` was called |
 * | `closed-by-peer` | the peer ended it |
 * | `aborted` | the `signal` was aborted |
 * | `handshake-timeout` | no complete handshake in time |
 * | `idle-timeout` | nothing came for longer than a keep-alive may take |
 * | `protocol-violated` | the peer broke a rule; `cause` is the `RemoteProtocolError` |
 * | `peer-not-reading` | the peer does not read what we send |
 * | `socket-failed` | the network says no; `cause` is its error |
 *
 * @example
 * ```ts
 * import type { CloseCode } from '@unchoke/wire/node';
 *
 * const code: CloseCode = 'closed-by-peer';
 * console.assert(code.startsWith('closed'));
 * ```
 */
export type CloseCode =
  | 'closed-by-us'
  | 'closed-by-peer'
  | 'aborted'
  | 'handshake-timeout'
  | 'idle-timeout'
  | 'protocol-violated'
  | 'peer-not-reading'
  | 'socket-failed';

const BRAND = Symbol.for('@unchoke/wire/error');

/**
 * The end of a connection as an error.
 *
 * @example
 * ```ts
 * import { connectPeer, PeerConnectionError } from '@unchoke/wire/node';
 *
 * const signal = AbortSignal.abort();
 * const caught = await connectPeer({ host: '127.0.0.1', port: 1, infoHash: new Uint8Array(20), signal }).catch(
 *   (error: unknown) => error,
 * );
 * console.assert(PeerConnectionError.isInstance(caught) && caught.code === 'aborted');
 * ```
 */
export class PeerConnectionError extends Error {
  readonly code: CloseCode;

  constructor(code: CloseCode, problem: string, options?: { readonly cause: unknown }) {
    super(`${problem} [${code}]`, options);
    this.name = 'PeerConnectionError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: 'connection' });
  }

  /** Tells it from everything else, also when two versions of this package are installed. */
  static isInstance(error: unknown): error is PeerConnectionError {
    return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[BRAND] === 'connection';
  }
}
