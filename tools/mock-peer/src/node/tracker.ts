import { request } from 'node:http';
import { type Bencode, readBencode } from '../bencode.js';
import { concat, latin1 } from '../bytes.js';
import { MockPeerError } from '../errors.js';
import type { PeerAddress } from '../events.js';
import { TRACKER_PEERS_MAX, TRACKER_REPLY_BYTES_MAX, TRACKER_TIMEOUT_MS } from '../limits.js';

/** What an announce says of the peer. */
export interface Announcement {
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  readonly port: number;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number;
  readonly event?: 'started' | 'completed' | 'stopped';
}

/** What a tracker answered. */
export interface TrackerAnswer {
  readonly intervalS: number;
  readonly peers: readonly PeerAddress[];
}

/** One BEP 3 announce over plain HTTP. Rejects with a `MockPeerError` that says what came instead of an answer. */
export function announce(url: string, announcement: Announcement, signal: AbortSignal): Promise<TrackerAnswer> {
  const query = queryOf(announcement);
  return new Promise((resolve, reject) => {
    const fail = (message: string): void => reject(new MockPeerError('bad-tracker-reply', `${url}: ${message}`));
    const sent = request(
      `${url}${url.includes('?') ? '&' : '?'}${query}`,
      { signal, timeout: TRACKER_TIMEOUT_MS },
      (reply) => {
        const chunks: Uint8Array[] = [];
        let length = 0;
        reply.on('data', (chunk: Uint8Array) => {
          length += chunk.length;
          if (length > TRACKER_REPLY_BYTES_MAX)
            reply.destroy(new Error(`answers more than ${TRACKER_REPLY_BYTES_MAX} bytes`));
          else chunks.push(chunk);
        });
        reply.on('error', (error) => fail(error.message));
        reply.on('end', () => {
          try {
            resolve(readAnswer(concat([new Uint8Array(0), ...chunks])));
          } catch (error) {
            fail((error as Error).message);
          }
        });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer in ${TRACKER_TIMEOUT_MS / 1000} s`)));
    sent.on('error', (error) => fail(error.message));
    sent.end();
  });
}

function queryOf(announcement: Announcement): string {
  const { infoHash, peerId, port, uploaded, downloaded, left, event } = announcement;
  const fields = [
    `info_hash=${escaped(infoHash)}`,
    `peer_id=${escaped(peerId)}`,
    `port=${port}`,
    `uploaded=${uploaded}`,
    `downloaded=${downloaded}`,
    `left=${left}`,
    'compact=1',
  ];
  if (event !== undefined) fields.push(`event=${event}`);
  return fields.join('&');
}

function escaped(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

function readAnswer(body: Uint8Array): TrackerAnswer {
  const { value } = readBencode(body);
  if (!(value instanceof Map)) throw new Error('the answer is no dictionary');
  const answer: ReadonlyMap<string, Bencode> = value;
  const failure = answer.get('failure reason');
  if (failure instanceof Uint8Array) throw new Error(`it says "${latin1(failure)}"`);
  const interval = answer.get('interval');
  const peers = answer.get('peers');
  return {
    intervalS: typeof interval === 'number' ? interval : 1800,
    peers: (peers instanceof Uint8Array ? compactPeers(peers) : []).slice(0, TRACKER_PEERS_MAX),
  };
}

function compactPeers(bytes: Uint8Array): readonly PeerAddress[] {
  return Array.from({ length: Math.floor(bytes.length / 6) }, (_, i) => {
    const [a, b, c, d, high, low] = bytes.subarray(6 * i, 6 * i + 6);
    return { host: `${a}.${b}.${c}.${d}`, port: (high! << 8) | low! };
  });
}
