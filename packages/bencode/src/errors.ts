/**
 * Why bytes were refused, why a value did not have the expected shape, or why a value cannot be encoded.
 *
 * | code | meaning |
 * | --- | --- |
 * | `unexpected-end` | the bytes end inside a value |
 * | `unexpected-byte` | no value, key or end can begin with this byte here |
 * | `bad-integer` | not the one minimal decimal form: `ie`, `i-0e`, `i03e`, `i1.5e` |
 * | `bad-length` | the length of a string is not the one minimal decimal form: `03:abc`, `3x` |
 * | `unsorted-keys` | a key is smaller than the one before it, as raw bytes |
 * | `duplicate-key` | a key stands twice in one dictionary |
 * | `trailing-data` | bytes follow the value |
 * | `depth-exceeded` | more lists and dictionaries inside each other than `depthMax` |
 * | `count-exceeded` | more values than `valueCountMax` |
 * | `string-too-long` | a string declares more bytes than `stringBytesMax` |
 * | `integer-too-long` | an integer has more digits than `integerDigitsMax` |
 * | `unsorted-exceeded` | a dictionary that is not sorted, where that is forgiven, has more keys than `unsortedKeyCountMax` |
 * | `input-too-long` | one value takes more bytes than `bytesMax` |
 * | `wrong-type` | the reader was asked for another type than stands there |
 * | `missing-key` | the reader was asked for a key that is not there |
 * | `out-of-range` | an integer or a length is outside what the reader was told to accept |
 * | `bad-text` | the reader was asked for text and the bytes are not UTF-8 |
 * | `bad-value` | a rule of the caller's own, raised with `node.error()` |
 * | `unsupported-value` | `encode` was given something that has no bencoding |
 * | `cyclic-value` | `encode` was given a value that contains itself |
 *
 * @example
 * ```ts
 * import { BencodeError, decode, type BencodeErrorCode } from '@unchoke/bencode';
 *
 * let code: BencodeErrorCode | undefined;
 * try {
 *   decode(new Uint8Array([0x69, 0x30, 0x33, 0x65])); // i03e
 * } catch (error) {
 *   if (BencodeError.isInstance(error)) code = error.code;
 * }
 * console.assert(code === 'bad-integer');
 * ```
 */
export type BencodeErrorCode =
  | 'unexpected-end'
  | 'unexpected-byte'
  | 'bad-integer'
  | 'bad-length'
  | 'unsorted-keys'
  | 'duplicate-key'
  | 'trailing-data'
  | 'depth-exceeded'
  | 'count-exceeded'
  | 'string-too-long'
  | 'integer-too-long'
  | 'input-too-long'
  | 'unsorted-exceeded'
  | 'wrong-type'
  | 'missing-key'
  | 'out-of-range'
  | 'bad-text'
  | 'bad-value'
  | 'unsupported-value'
  | 'cyclic-value';

// Packages are versioned on their own, so two copies of this class can meet in one program: a brand, not instanceof.
const BRAND = Symbol.for('@unchoke/bencode/error');

/**
 * The only error that bytes from outside can cause here. Its message says where and what:
 * `info.files[3].length: expected an integer, found a string (offset 812)`.
 *
 * @example
 * ```ts
 * import { BencodeError, decode } from '@unchoke/bencode';
 *
 * try {
 *   decode(new Uint8Array([0x6c, 0x69, 0x65, 0x65])); // l i e e
 * } catch (error) {
 *   if (!BencodeError.isInstance(error)) throw error;
 *   console.assert(error.code === 'bad-integer' && error.offset === 2 && error.path === '[0]');
 * }
 * ```
 */
export class BencodeError extends Error {
  readonly code: BencodeErrorCode;
  /** Where in the bytes; `undefined` when a value was being encoded. */
  readonly offset: number | undefined;
  /** What was being read or written, like `info.files[3].length`; empty at the top. */
  readonly path: string;

  constructor(code: BencodeErrorCode, problem: string, path: string, offset: number | undefined) {
    super(`${path === '' ? '' : `${path}: `}${problem}${offset === undefined ? '' : ` (offset ${offset})`}`);
    this.name = 'BencodeError';
    this.code = code;
    this.offset = offset;
    this.path = path;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Tells a `BencodeError` from everything else, also when two versions of this package are installed. */
  static isInstance(error: unknown): error is BencodeError {
    return typeof error === 'object' && error !== null && BRAND in error;
  }
}
