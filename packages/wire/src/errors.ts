import type { OddityCode } from './oddities.js';
import { VIOLATIONS, type ViolationCode } from './violations.js';

// Packages are versioned on their own, so two copies of these classes can meet in one program: a brand, not instanceof.
const BRAND = Symbol.for('@unchoke/wire/error');

/**
 * The peer's fault. Machines hand it over in an event; the payload parsers, which are codecs, throw it.
 *
 * @example
 * ```ts
 * import { FrameDecoder, RemoteProtocolError } from '@unchoke/wire';
 *
 * const decoder = new FrameDecoder();
 * decoder.push(new Uint8Array([0xff, 0xff, 0xff, 0xff]));
 * console.assert(RemoteProtocolError.isInstance(decoder.violation) && decoder.violation.code === 'frame-too-long');
 * ```
 */
export class RemoteProtocolError extends Error {
  readonly code: ViolationCode;
  /** BEP and section of the rule that was broken. */
  readonly rule: string;

  constructor(code: ViolationCode, problem: string, options?: { readonly cause: unknown }) {
    super(`${problem} [${code}: ${VIOLATIONS[code].rule}]`, options);
    this.name = 'RemoteProtocolError';
    this.code = code;
    this.rule = VIOLATIONS[code].rule;
    Object.defineProperty(this, BRAND, { value: 'remote' });
  }

  /** Tells it from everything else, also when two versions of this package are installed. */
  static isInstance(error: unknown): error is RemoteProtocolError {
    return brandOf(error) === 'remote';
  }
}

/**
 * Why our own command was refused. Beside the codes that judge a peer, which judge us by the same table:
 *
 * | code | meaning |
 * | --- | --- |
 * | `not-greeted` | a message before `greet()` or before the peer's handshake |
 * | `already-greeted` | a second handshake |
 * | `link-closed` | a command after a violation or after `close()` |
 * | `must-reject` | with the fast extension a request cannot be dropped silently (BEP 6) |
 * | `extension-not-offered` | the peer has not named this extension, or has disabled it |
 * | `torrent-known` | the shape of the torrent was given before |
 * | `bad-argument` | a number or length that the wire cannot carry |
 *
 * @example
 * ```ts
 * import type { LocalErrorCode } from '@unchoke/wire';
 *
 * const code: LocalErrorCode = 'not-greeted';
 * console.assert(code.length > 0);
 * ```
 */
export type LocalErrorCode =
  | ViolationCode
  | OddityCode
  | 'not-greeted'
  | 'already-greeted'
  | 'link-closed'
  | 'must-reject'
  | 'extension-not-offered'
  | 'torrent-known'
  | 'bad-argument';

/**
 * Our own fault: a bug in the program that uses this package. Nothing was sent and nothing changed.
 *
 * @example
 * ```ts
 * import { encodeMessage, LocalProtocolError } from '@unchoke/wire';
 *
 * let caught: unknown;
 * try {
 *   encodeMessage({ type: 'have', piece: -1 });
 * } catch (error) {
 *   caught = error;
 * }
 * console.assert(LocalProtocolError.isInstance(caught) && caught.code === 'bad-argument');
 * ```
 */
export class LocalProtocolError extends Error {
  readonly code: LocalErrorCode;

  constructor(code: LocalErrorCode, problem: string) {
    super(`${problem} [${code}]`);
    this.name = 'LocalProtocolError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: 'local' });
  }

  /** Tells it from everything else, also when two versions of this package are installed. */
  static isInstance(error: unknown): error is LocalProtocolError {
    return brandOf(error) === 'local';
  }
}

function brandOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? (error as Record<symbol, unknown>)[BRAND] : undefined;
}
