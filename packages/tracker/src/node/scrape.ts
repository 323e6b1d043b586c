import type { SwarmCounts } from '../announce.js';
import { TrackerError } from '../errors.js';
import { UDP_SCRAPE_HASHES_MAX } from '../limits.js';
import { formatScrapeUrl } from '../request-url.js';
import { decodeScrapeReply } from '../scrape-reply.js';
import { splitTrackerUrl } from '../tracker-url.js';
import { checkStatus, refusal } from './announce.js';
import { httpGet } from './http-get.js';
import type { TrackerOptions } from './options.js';
import { withinLimits } from './time-limit.js';
import { askByUdp } from './udp-ask.js';

const TIMEOUT_MS = 30_000;

/** Keeps the request line below 4 kB, which every server takes. */
const HTTP_SCRAPE_HASHES_MAX = 50;

/**
 * Asks a tracker about swarms, without joining them. The counts come in the order of the hashes, `undefined` for swarms the
 * tracker did not answer about. More hashes than fit into one request are asked in several, one after the other.
 *
 * @throws {TrackerError} (rejects) for everything that goes wrong.
 * @example
 * ```ts no-run
 * import { scrape } from '@unchoke/tracker/node';
 *
 * const [counts] = await scrape('http://tracker.example:6969/announce', [new Uint8Array(20)]);
 * console.log(counts?.complete);
 * ```
 */
export async function scrape(
  url: string,
  infoHashes: readonly Uint8Array[],
  options: TrackerOptions = {},
): Promise<readonly (SwarmCounts | undefined)[]> {
  const isUdp = splitTrackerUrl(url).scheme === 'udp';
  const batchLength = isUdp ? UDP_SCRAPE_HASHES_MAX : HTTP_SCRAPE_HASHES_MAX;
  const ask = isUdp ? scrapeByUdp : scrapeByHttp;
  return withinLimits(options.timeoutMs ?? TIMEOUT_MS, options.signal, async (signal) => {
    const counts: (SwarmCounts | undefined)[] = [];
    for (let start = 0; start < infoHashes.length; start += batchLength) {
      counts.push(...(await ask(url, infoHashes.slice(start, start + batchLength), options, signal)));
    }
    return counts;
  });
}

type Batch = (
  url: string,
  infoHashes: readonly Uint8Array[],
  options: TrackerOptions,
  signal: AbortSignal,
) => Promise<readonly (SwarmCounts | undefined)[]>;

const scrapeByUdp: Batch = async (url, infoHashes, options, signal) => {
  const { answer } = await askByUdp(url, () => ({ type: 'scrape', infoHashes }), options, signal);
  if (answer.type !== 'scrape') throw new TrackerError('malformed-reply', 'the tracker answered something else');
  return infoHashes.map((_, index) => answer.swarms[index]);
};

const scrapeByHttp: Batch = async (url, infoHashes, options, signal) => {
  const answer = await httpGet(formatScrapeUrl(url, infoHashes), options, signal);
  checkStatus(answer);
  const reply = decodeScrapeReply(answer.body);
  if (reply.type === 'failure') throw refusal(reply);
  const found = new Map(reply.swarms.map(({ infoHash, ...counts }) => [keyOf(infoHash), counts]));
  return infoHashes.map((infoHash) => found.get(keyOf(infoHash)));
};

function keyOf(infoHash: Uint8Array): string {
  return String.fromCharCode(...infoHash);
}
