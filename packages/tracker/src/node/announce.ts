import type { AnnounceFailure, AnnouncePeers, AnnounceRequest } from '../announce.js';
import { decodeAnnounceReply } from '../announce-reply.js';
import { dialablePeers } from '../dialable-peers.js';
import { TrackerError } from '../errors.js';
import { formatAnnounceUrl } from '../request-url.js';
import { splitTrackerUrl } from '../tracker-url.js';
import { type HttpAnswer, httpGet } from './http-get.js';
import type { AnnounceOptions } from './options.js';
import { withinLimits } from './time-limit.js';
import { askByUdp } from './udp-ask.js';

/** What a tracker answered, with the peers that may be dialled. */
export interface Announced extends AnnouncePeers {
  /** The address that answered; not known behind a proxy. */
  readonly trackerHost: string | undefined;
  /** Peers that were left out: malformed, unreachable by their address, our own, local ones from afar, too many. */
  readonly droppedPeerCount: number;
}

const TIMEOUT_MS = 30_000;

/**
 * Announces to a tracker over HTTP, HTTPS or UDP and gives its answer. The peers have been through `dialablePeers`.
 *
 * @throws {TrackerError} (rejects) for everything that goes wrong; `refused` when the tracker says no.
 * @example
 * ```ts no-run
 * import { announce } from '@unchoke/tracker/node';
 *
 * const hash = new Uint8Array(20);
 * const request = { infoHash: hash, peerId: hash, port: 6881, uploaded: 0, downloaded: 0, left: 1 };
 * const { peers } = await announce('udp://tracker.example:6969/announce', request);
 * for (const { host, port } of peers) console.log(host, port);
 * ```
 */
export async function announce(
  url: string,
  request: AnnounceRequest,
  options: AnnounceOptions = {},
): Promise<Announced> {
  const { scheme } = splitTrackerUrl(url);
  return withinLimits(options.timeoutMs ?? TIMEOUT_MS, options.signal, (signal) =>
    scheme === 'udp' ? announceByUdp(url, request, options, signal) : announceByHttp(url, request, options, signal),
  );
}

async function announceByUdp(
  url: string,
  request: AnnounceRequest,
  options: AnnounceOptions,
  signal: AbortSignal,
): Promise<Announced> {
  const { answer, trackerHost } = await askByUdp(
    url,
    (urlData) => ({ type: 'announce', request, urlData }),
    options,
    signal,
  );
  if (answer.type !== 'announce') throw new TrackerError('malformed-reply', 'the tracker answered something else');
  return withDialable(answer.reply, trackerHost, options);
}

async function announceByHttp(
  url: string,
  request: AnnounceRequest,
  options: AnnounceOptions,
  signal: AbortSignal,
): Promise<Announced> {
  // BEP 23: everybody sends compact lists nowadays; a caller that wants dictionaries says so.
  const answer = await httpGet(formatAnnounceUrl(url, { compact: true, ...request }), options, signal);
  checkStatus(answer);
  const reply = decodeAnnounceReply(answer.body);
  if (reply.type === 'failure') throw refusal(reply);
  return withDialable(reply, answer.remoteAddress, options);
}

/** Many trackers explain a refusal in a body beside the status; the status still decides. */
export function checkStatus(answer: HttpAnswer): void {
  if (answer.status === 200) return;
  const failure = failureIn(answer.body);
  const reason = failure === undefined ? '' : `: ${failure.reason}`;
  throw new TrackerError('http-status', `the tracker answered with HTTP status ${answer.status}${reason}`, {
    httpStatus: answer.status,
    retryInS: failure === undefined ? answer.retryAfterS : (retryInS(failure) ?? answer.retryAfterS),
  });
}

export function refusal(failure: AnnounceFailure): TrackerError {
  return new TrackerError('refused', `the tracker refused: ${failure.reason}`, { retryInS: retryInS(failure) });
}

function failureIn(body: Uint8Array): AnnounceFailure | undefined {
  try {
    const reply = decodeAnnounceReply(body);
    return reply.type === 'failure' ? reply : undefined;
  } catch (error) {
    if (TrackerError.isInstance(error)) return undefined;
    throw error;
  }
}

function retryInS({ retryInMinutes }: AnnounceFailure): number | 'never' | undefined {
  return typeof retryInMinutes === 'number' ? retryInMinutes * 60 : retryInMinutes;
}

function withDialable(reply: AnnouncePeers, trackerHost: string | undefined, options: AnnounceOptions): Announced {
  const { own, peersMax: countMax, peerPortMin: portMin } = options;
  const peers = dialablePeers(reply.peers, { trackerHost, own, countMax, portMin });
  const toldCount = reply.peers.count + (reply.malformedPeerCount ?? 0);
  return { ...reply, peers, trackerHost, droppedPeerCount: toldCount - peers.count };
}
