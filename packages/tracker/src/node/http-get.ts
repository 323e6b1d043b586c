import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { TrackerError } from '../errors.js';
import { REPLY_BYTES_MAX } from '../limits.js';
import { openResponse } from './http-open.js';
import { networkError } from './network-error.js';
import type { TrackerOptions } from './options.js';
import { type Origin, originOf } from './target.js';

const REDIRECTS_MAX = 5;
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where the caller's agent is a proxy, the other end of the socket is not the tracker. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  readonly retryAfterS: number | undefined;
  readonly remoteAddress: string | undefined;
}

/** What is different for a document whose URL a person gave. */
export interface DocumentTerms {
  readonly bytesMax: number;
  /** In this network too, as long as the way there never was outside. */
  readonly isLocalAllowed: boolean;
}

/** Fetches a URL of a tracker: redirects followed within the rules, the body unpacked and bounded. */
export async function httpGet(
  url: string,
  options: TrackerOptions,
  signal: AbortSignal,
  document: DocumentTerms = { bytesMax: REPLY_BYTES_MAX, isLocalAllowed: false },
): Promise<HttpAnswer> {
  let target = parsed(url, undefined);
  let origin: Origin;
  for (let redirectCount = 0; ; redirectCount++) {
    const response = await openResponse(target, origin, termsAt(origin, options, document), signal);
    const { location } = response.headers;
    if (!REDIRECT_STATUSES.has(response.statusCode ?? 0) || location === undefined)
      return answerOf(response, options, target, document.bytesMax);
    const from = remoteAddressOf(response, options, target);
    response.destroy();
    if (redirectCount >= (options.redirectsMax ?? REDIRECTS_MAX)) {
      throw new TrackerError('target-refused', `the tracker redirects more than ${redirectCount} times`);
    }
    // Once outside, never back in: a second hop must not wash the first.
    origin = origin === 'global' ? 'global' : originOf(from);
    target = parsed(location, target);
  }
}

function parsed(url: string, base: URL | undefined): URL {
  const target = URL.canParse(url, base?.href) ? new URL(url, base) : undefined;
  if (target?.protocol === 'http:' || target?.protocol === 'https:') return target;
  if (base === undefined) throw new TrackerError('bad-url', `${JSON.stringify(url)} is not an http or https URL`);
  throw new TrackerError(
    'target-refused',
    `the tracker redirects to ${JSON.stringify(url)}, which is not http or https`,
  );
}

/** The first hop is a person's choice; those after it are a stranger's. */
function termsAt(origin: Origin, options: TrackerOptions, { isLocalAllowed }: DocumentTerms): TrackerOptions {
  return isLocalAllowed ? { ...options, allowLocalTargets: origin !== 'global' } : options;
}

async function answerOf(
  response: IncomingMessage,
  options: TrackerOptions,
  target: URL,
  ceiling: number,
): Promise<HttpAnswer> {
  const bytesMax = Math.min(options.replyBytesMax ?? ceiling, ceiling);
  const remoteAddress = remoteAddressOf(response, options, target);
  const sent = await bodyOf(response, bytesMax, target);
  return {
    status: response.statusCode ?? 0,
    body: await unpacked(sent, response.headers['content-encoding'], bytesMax),
    retryAfterS: retryAfter(response.headers['retry-after']),
    remoteAddress,
  };
}

async function bodyOf(response: IncomingMessage, bytesMax: number, target: URL): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      // Leaving the loop destroys the response, and with it the connection.
      if (length > bytesMax) throw tooLarge(bytesMax);
      chunks.push(chunk);
    }
  } catch (error) {
    throw networkError(error, target.hostname);
  }
  return Buffer.concat(chunks, length);
}

const gunzipAsync = promisify(gunzip);

async function unpacked(body: Uint8Array, encoding: string | undefined, bytesMax: number): Promise<Uint8Array> {
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new TrackerError(
      'malformed-reply',
      `the reply is encoded as ${JSON.stringify(encoding)}, which nobody asked for`,
    );
  }
  try {
    return await gunzipAsync(body, { maxOutputLength: bytesMax });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax);
    throw new TrackerError('malformed-reply', 'the reply says it is gzip, and is not, or is cut short', {
      cause: error,
    });
  }
}

function tooLarge(bytesMax: number): TrackerError {
  return new TrackerError('too-large', `the reply is larger than ${bytesMax} bytes`);
}

/** RFC 9110: seconds. The other form, a date, is not used by trackers. */
function retryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) : undefined;
}

function remoteAddressOf(response: IncomingMessage, options: TrackerOptions, target: URL): string | undefined {
  if (options.agent === undefined) return response.socket.remoteAddress;
  return target.hostname === 'localhost' ? '127.0.0.1' : target.hostname.replace(/^\[|\]$/g, '');
}
