import { TrackerError } from './errors.js';

/** The schemes trackers are reached by. */
export type TrackerScheme = 'http' | 'https' | 'udp';

// Control characters and spaces have no place in a URL and could split a request line in two; they are refused, not escaped.
const URL_PARTS = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]+)([^?#]*)(\?[^#]*)?(#.*)?$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN = /[\u0000-\u0020\u007f\\]/;

/** A tracker's URL in the parts that matter; everything stays as it was written. */
export interface TrackerUrlParts {
  readonly scheme: TrackerScheme;
  /** Host and port, and a user and password if there are any. */
  readonly authority: string;
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
}

/** Splits a tracker's URL, or throws `bad-url`. The fragment is dropped: it is never sent. */
export function splitTrackerUrl(url: string): TrackerUrlParts {
  const parts = FORBIDDEN.test(url) ? null : URL_PARTS.exec(url);
  if (parts === null) throw new TrackerError('bad-url', `${JSON.stringify(url)} is not a URL of a tracker`);
  const scheme = parts[1]!.toLowerCase();
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'udp') {
    throw new TrackerError('bad-url', `trackers are reached by http, https or udp, not by ${scheme}`);
  }
  return { scheme, authority: parts[2]!, path: parts[3]!, query: parts[4] ?? '' };
}

/** A URL of ours on top of a tracker's: its own query stays in front, byte for byte. */
export function extendUrl({ scheme, authority, path, query }: TrackerUrlParts, parameters: string): string {
  const joint = query === '' ? '?' : query === '?' || query.endsWith('&') ? '' : '&';
  return `${scheme}://${authority}${path === '' ? '/' : path}${query}${parameters === '' ? '' : joint}${parameters}`;
}

const SECRET_LENGTH_MIN = 16;

/**
 * A tracker's URL as it may be shown or logged: passkeys, which are as good as passwords, are hidden. That is what stands
 * in the query, before an `@`, and every long part of the path.
 *
 * @example
 * ```ts
 * import { redactTrackerUrl } from '@unchoke/tracker';
 *
 * const url = 'https://tracker.example/0123456789abcdef0123456789abcdef/announce?uid=7';
 * console.assert(redactTrackerUrl(url) === 'https://tracker.example/…/announce?…');
 * ```
 */
export function redactTrackerUrl(url: string): string {
  const parts = URL_PARTS.exec(url);
  if (parts === null) return '…';
  const authority = parts[2]!.replace(/^.*@/, '…@');
  const path = parts[3]!.split('/').map((part) => (part.length >= SECRET_LENGTH_MIN ? '…' : part));
  return `${parts[1]}://${authority}${path.join('/')}${parts[4] === undefined ? '' : '?…'}`;
}
