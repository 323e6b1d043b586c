import { LIMITS as METAINFO_LIMITS } from '@unchoke/metainfo';
import { TrackerError } from '@unchoke/tracker';
import { fetchDocument } from '@unchoke/tracker/node';
import { ClientError } from '../errors.js';
import { LIMITS } from '../limits.js';

const DICTIONARY = 'd'.charCodeAt(0);

/**
 * The bytes of a torrent file from the web. The first host is the user's choice, whatever it is; a redirect goes only where a
 * stranger may send us, and what comes is bounded before it is unpacked and looked at.
 */
export async function fetchTorrent(url: string, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = await fetched(url, signal);
  if (bytes[0] === DICTIONARY) return bytes;
  throw new ClientError('bad-source', `${hostOf(url)} does not send a torrent file there: is it a page to look at?`);
}

async function fetched(url: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    return await fetchDocument(url, {
      signal,
      timeoutMs: LIMITS.fetchTimeoutMs,
      bytesMax: Math.min(LIMITS.fetchBytesMax, METAINFO_LIMITS.torrentBytesMax),
    });
  } catch (error) {
    if (ClientError.isInstance(signal.reason)) throw signal.reason;
    if (!TrackerError.isInstance(error)) throw error;
    const isAborted = error.code === 'aborted';
    const message = isAborted ? 'ended while fetching the torrent' : `cannot fetch the torrent: ${error.message}`;
    throw new ClientError(isAborted ? 'aborted' : 'bad-source', message, { cause: error });
  }
}

/** Links to torrents often carry a passkey. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the server';
}
