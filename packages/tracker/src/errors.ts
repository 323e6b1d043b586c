/**
 * Why a message was refused or an exchange failed.
 *
 * | code | meaning |
 * | --- | --- |
 * | `bad-url` | the tracker's URL cannot be read, or its scheme is none of http, https, udp |
 * | `not-scrapable` | BEP 48: the last part of the path does not begin with `announce` |
 * | `bad-field` | a field given to us cannot be written (a hash that is not 20 bytes, a port above 65535) |
 * | `malformed-request` | a server's side: the query or packet of a client breaks the protocol |
 * | `malformed-reply` | a client's side: the body or packet of a tracker breaks the protocol |
 * | `refused` | the tracker answered with a failure reason or an error packet |
 * | `http-status` | the tracker answered with a status other than 200 |
 * | `target-refused` | a target or redirect that a tracker URL must not lead to |
 * | `too-large` | the reply exceeds the bound on its size |
 * | `no-address` | the host has no address in the family that was asked for |
 * | `unreachable` | no connection, or it broke |
 * | `timed-out` | no whole answer within the time allowed |
 * | `aborted` | the caller's signal ended it |
 *
 * @example
 * ```ts
 * import { TrackerError, decodeUdpReply } from '@unchoke/tracker';
 *
 * try {
 *   decodeUdpReply(new Uint8Array(3), 4);
 * } catch (error) {
 *   if (TrackerError.isInstance(error)) console.log(error.code); // malformed-reply
 * }
 * ```
 */
export type TrackerErrorCode =
  | 'bad-url'
  | 'not-scrapable'
  | 'bad-field'
  | 'malformed-request'
  | 'malformed-reply'
  | 'refused'
  | 'http-status'
  | 'target-refused'
  | 'too-large'
  | 'no-address'
  | 'unreachable'
  | 'timed-out'
  | 'aborted';

/** What an error can say beside its message. */
export interface TrackerErrorDetails {
  /** Where in the bytes. */
  readonly offset?: number | undefined;
  /** Which field, like `peers[3].port`. */
  readonly path?: string | undefined;
  /** The status of an HTTP answer. */
  readonly httpStatus?: number | undefined;
  /** When the tracker said when to come back: seconds, or never again (BEP 31). */
  readonly retryInS?: number | 'never' | undefined;
  /** What lies underneath. */
  readonly cause?: unknown;
}

// Packages are versioned on their own, so two copies of this class can meet in one program: a brand, not instanceof.
const BRAND = Symbol.for('@unchoke/tracker/error');

/**
 * The one error of this package.
 *
 * @example
 * ```ts
 * import { formatScrapeUrl, TrackerError } from '@unchoke/tracker';
 *
 * try {
 *   formatScrapeUrl('http://tracker.example/a', []);
 * } catch (error) {
 *   if (TrackerError.isInstance(error)) console.log(error.code); // not-scrapable
 * }
 * ```
 */
export class TrackerError extends Error {
  readonly code: TrackerErrorCode;
  readonly offset: number | undefined;
  readonly path: string;
  readonly httpStatus: number | undefined;
  readonly retryInS: number | 'never' | undefined;

  constructor(code: TrackerErrorCode, message: string, details: TrackerErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    Object.defineProperty(this, BRAND, { value: true });
    this.name = 'TrackerError';
    this.code = code;
    this.offset = details.offset;
    this.path = details.path ?? '';
    this.httpStatus = details.httpStatus;
    this.retryInS = details.retryInS;
  }

  /** Tells a `TrackerError` from everything else, also when two versions of this package are installed. */
  static isInstance(error: unknown): error is TrackerError {
    return typeof error === 'object' && error !== null && (error as { [BRAND]?: unknown })[BRAND] === true;
  }
}
