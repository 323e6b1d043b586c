import { TrackerError } from '../errors.js';
import { httpGet } from './http-get.js';
import type { TrackerOptions } from './options.js';
import { withinLimits } from './time-limit.js';

const TIMEOUT_MS = 60_000;

/** How to fetch a document, and how long it may be. */
export interface DocumentOptions
  extends Pick<TrackerOptions, 'signal' | 'agent' | 'tls' | 'redirectsMax' | 'userAgent'> {
  /** For the whole of it. Default 60 seconds. */
  readonly timeoutMs?: number;
  /** How long it may be, unpacked. */
  readonly bytesMax: number;
}

/**
 * Fetches a document whose URL a person gave, such as a torrent file. Unlike a tracker's, this URL may lead into this network;
 * its redirects are a stranger's and keep the rules of trackers: never from the Internet to a local address, and on local
 * addresses no further than from one to the next.
 *
 * @throws {TrackerError} (rejects) for everything that goes wrong; `http-status` for another status than 200.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { fetchDocument } from '@unchoke/tracker/node';
 *
 * const server = createServer((_request, response) => void response.end('hello'));
 * await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
 * const { port } = server.address() as { port: number };
 * const bytes = await fetchDocument(`http://127.0.0.1:${port}/a.torrent`, { bytesMax: 1000 });
 * console.assert(bytes.length === 5);
 * await new Promise((resolve) => void server.close(resolve));
 * ```
 */
export async function fetchDocument(url: string, options: DocumentOptions): Promise<Uint8Array> {
  const { bytesMax, signal, timeoutMs = TIMEOUT_MS } = options;
  return withinLimits(timeoutMs, signal, async (ended) => {
    const { status, body } = await httpGet(url, options, ended, { bytesMax, isLocalAllowed: true });
    if (status === 200) return body;
    throw new TrackerError('http-status', `the server answered with HTTP status ${status}`, { httpStatus: status });
  });
}
