/**
 * What was used wrongly. Facts told by peers are never an error: they go through `Geometry` and `Bitfield.fromWire`,
 * which answer `undefined`.
 *
 * | code | meaning |
 * | --- | --- |
 * | `bad-geometry` | lengths that are not integers in range, or more pieces than the limit |
 * | `bad-length` | two bitfields of different lengths, or a bitmap that does not fit its piece |
 * | `out-of-range` | an index or an offset outside the torrent |
 * | `bad-option` | an option outside its range |
 * | `unknown-peer` | a fact about a peer that never joined, or has left |
 * | `known-peer` | a peer that joined twice |
 * | `wrong-state` | a verdict on a piece that is not being verified, and the like |
 * | `too-many` | a list would outgrow its limit |
 *
 * @example
 * ```ts
 * import { Geometry, PiecesError, type PiecesErrorCode } from '@unchoke/pieces';
 *
 * let code: PiecesErrorCode | undefined;
 * try {
 *   new Geometry({ totalLength: 100, pieceLength: 0 });
 * } catch (error) {
 *   if (PiecesError.isInstance(error)) code = error.code;
 * }
 * console.assert(code === 'bad-geometry');
 * ```
 */
export type PiecesErrorCode =
  | 'bad-geometry'
  | 'bad-length'
  | 'out-of-range'
  | 'bad-option'
  | 'unknown-peer'
  | 'known-peer'
  | 'wrong-state'
  | 'too-many';

// Packages are versioned on their own, so two copies of this class can meet in one program: a brand, not instanceof.
const BRAND = Symbol.for('@unchoke/pieces/error');

/**
 * The one error of the core: it was used wrongly. The message says what, where, and what to do instead.
 *
 * @example
 * ```ts
 * import { PiecesError } from '@unchoke/pieces';
 *
 * console.assert(PiecesError.isInstance(new PiecesError('bad-option', 'strategy "fastest": expected ...')));
 * console.assert(!PiecesError.isInstance(new Error('another')));
 * ```
 */
export class PiecesError extends Error {
  override readonly name: string = 'PiecesError';
  readonly code: PiecesErrorCode;

  constructor(code: PiecesErrorCode, message: string) {
    super(message);
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for a `PiecesError` of any copy of this package, where `instanceof` would fail. */
  static isInstance(error: unknown): error is PiecesError {
    return typeof error === 'object' && error !== null && BRAND in error;
  }
}
