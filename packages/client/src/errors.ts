/**
 * What can go wrong when a client is used.
 *
 * @example
 * ```ts
 * import type { ClientErrorCode } from '@unchoke/client';
 *
 * const code: ClientErrorCode = 'closed';
 * console.assert(code.length > 0);
 * ```
 */
export type ClientErrorCode = 'bad-torrent' | 'already-added' | 'closed' | 'aborted' | 'bad-option' | 'bad-source';

const BRAND = Symbol.for('@unchoke/client/error');

/**
 * The error of this package. Its message says what happened and what to do.
 *
 * @example
 * ```ts
 * import { ClientError } from '@unchoke/client';
 *
 * const error = new ClientError('closed', 'the client is closed: make another');
 * console.assert(ClientError.isInstance(error) && error.code === 'closed');
 * ```
 */
export class ClientError extends Error {
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.name = 'ClientError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Tells a `ClientError` from everything else, also when two versions of this package are installed. */
  static isInstance(error: unknown): error is ClientError {
    return typeof error === 'object' && error !== null && BRAND in error;
  }
}
