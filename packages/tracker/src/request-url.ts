import type { AnnounceRequest } from './announce.js';
import { TrackerError } from './errors.js';
import { checkAnnounce, checkHash } from './fields.js';
import { percentEncode } from './percent.js';
import { textBytes } from './text.js';
import { extendUrl, splitTrackerUrl, type TrackerUrlParts } from './tracker-url.js';

/**
 * The URL that announces over HTTP. The hash is escaped from its raw bytes; the tracker's own query (a passkey, say)
 * stays in front, byte for byte.
 *
 * @throws {TrackerError} `bad-url`, `bad-field`.
 * @example
 * ```ts
 * import { formatAnnounceUrl } from '@unchoke/tracker';
 *
 * const hash = new Uint8Array(20).fill(0x61);
 * const totals = { port: 6881, uploaded: 0, downloaded: 0, left: 1 };
 * const url = formatAnnounceUrl('http://t.example/announce?key=7', { infoHash: hash, peerId: hash, ...totals });
 * console.assert(url.startsWith('http://t.example/announce?key=7&info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id='));
 * ```
 */
export function formatAnnounceUrl(tracker: string, request: AnnounceRequest): string {
  const parts = splitHttpUrl(tracker);
  checkAnnounce(request);
  return extendUrl(parts, announceParameters(request));
}

/**
 * The URL that scrapes over HTTP (BEP 48): `announce` at the beginning of the path's last part becomes `scrape`.
 *
 * @throws {TrackerError} `not-scrapable` when there is no such part; `bad-url`, `bad-field`.
 * @example
 * ```ts
 * import { formatScrapeUrl } from '@unchoke/tracker';
 *
 * const url = formatScrapeUrl('http://t.example/x/announce.php?key=7', [new Uint8Array(20).fill(0x61)]);
 * console.assert(url === 'http://t.example/x/scrape.php?key=7&info_hash=aaaaaaaaaaaaaaaaaaaa');
 * ```
 */
export function formatScrapeUrl(tracker: string, infoHashes: readonly Uint8Array[]): string {
  const parts = splitHttpUrl(tracker);
  const start = parts.path.lastIndexOf('/') + 1;
  if (!parts.path.startsWith('announce', start)) {
    const problem = `${tracker} cannot be scraped: the last part of its path does not begin with "announce" (BEP 48)`;
    throw new TrackerError('not-scrapable', problem);
  }
  const path = `${parts.path.slice(0, start)}scrape${parts.path.slice(start + 'announce'.length)}`;
  const parameters = infoHashes.map((infoHash, index) => {
    checkHash(infoHash, `infoHashes[${index}]`);
    return `info_hash=${percentEncode(infoHash)}`;
  });
  return extendUrl({ ...parts, path }, parameters.join('&'));
}

function splitHttpUrl(tracker: string): TrackerUrlParts {
  const parts = splitTrackerUrl(tracker);
  if (parts.scheme !== 'udp') return parts;
  throw new TrackerError('bad-url', `${tracker} is reached by UDP; its requests are datagrams, not URLs`);
}

function announceParameters(request: AnnounceRequest): string {
  let parameters = `info_hash=${percentEncode(request.infoHash)}&peer_id=${percentEncode(request.peerId)}`;
  parameters += `&port=${request.port}&uploaded=${request.uploaded}&downloaded=${request.downloaded}&left=${request.left}`;
  if (request.event !== undefined) parameters += `&event=${request.event}`;
  if (request.numWant !== undefined) parameters += `&numwant=${request.numWant}`;
  if (request.key !== undefined) parameters += `&key=${request.key.toString(16).toUpperCase().padStart(8, '0')}`;
  if (request.compact !== undefined) parameters += `&compact=${flag(request.compact)}`;
  if (request.noPeerId !== undefined) parameters += `&no_peer_id=${flag(request.noPeerId)}`;
  if (request.supportCrypto !== undefined) parameters += `&supportcrypto=${flag(request.supportCrypto)}`;
  if (request.requireCrypto !== undefined) parameters += `&requirecrypto=${flag(request.requireCrypto)}`;
  if (request.trackerId !== undefined) parameters += `&trackerid=${percentEncode(request.trackerId)}`;
  if (request.ip !== undefined) parameters += `&ip=${percentEncode(textBytes(request.ip))}`;
  if (request.ipv4 !== undefined) parameters += `&ipv4=${percentEncode(textBytes(request.ipv4))}`;
  if (request.ipv6 !== undefined) parameters += `&ipv6=${percentEncode(textBytes(request.ipv6))}`;
  return parameters;
}

function flag(value: boolean): string {
  return value ? '1' : '0';
}
