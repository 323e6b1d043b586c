import { MetainfoError } from './errors.js';
import { formatFileRanges } from './file-ranges.js';
import { toHex } from './hex.js';
import { formatHostPort } from './host-port.js';
import type { Magnet } from './magnet.js';
import { percentEncode } from './percent.js';

const HASH_LENGTH_V1 = 20;
const HASH_LENGTH_V2 = 32;

/**
 * Writes a magnet link; `parseMagnet` reads the same out of it again. A `Metainfo` will do, too: its name, hashes and web
 * seeds are taken; say `trackers: metainfo.trackerTiers.flat()` for the rest.
 *
 * @throws {MetainfoError} `bad-xt` when there is no hash, or one of a wrong length.
 * @example
 * ```ts
 * import { formatMagnet } from '@unchoke/metainfo';
 *
 * const link = formatMagnet({ infoHash: new Uint8Array(20), name: 'a film', trackers: ['udp://t.example:1'] });
 * console.assert(link.endsWith('0000&dn=a%20film&tr=udp%3A%2F%2Ft.example%3A1'));
 * ```
 */
export function formatMagnet(magnet: Partial<Magnet>): string {
  const { infoHash, infoHashV2, name, length, selectedFiles } = magnet;
  if (infoHash === undefined && infoHashV2 === undefined) {
    throw new MetainfoError('bad-xt', 'a magnet needs an info-hash', 'xt');
  }
  const parameters: string[] = [];
  if (infoHash !== undefined) parameters.push(`xt=urn:btih:${hexOf(infoHash, HASH_LENGTH_V1)}`);
  if (infoHashV2 !== undefined) parameters.push(`xt=urn:btmh:1220${hexOf(infoHashV2, HASH_LENGTH_V2)}`);
  if (name !== undefined) parameters.push(`dn=${percentEncode(name)}`);
  if (length !== undefined) parameters.push(`xl=${length}`);
  addAll(parameters, 'tr', magnet.trackers);
  addAll(parameters, 'ws', magnet.webSeeds);
  addAll(parameters, 'xs', magnet.exactSources);
  addAll(parameters, 'as', magnet.acceptableSources);
  for (const peer of magnet.peers ?? []) parameters.push(`x.pe=${formatHostPort(peer)}`);
  if (selectedFiles !== undefined && selectedFiles.length > 0) parameters.push(`so=${formatFileRanges(selectedFiles)}`);
  return `magnet:?${parameters.join('&')}`;
}

function addAll(parameters: string[], key: string, values: readonly string[] | undefined): void {
  for (const value of values ?? []) parameters.push(`${key}=${percentEncode(value)}`);
}

function hexOf(hash: Uint8Array, length: number): string {
  if (hash.length === length) return toHex(hash);
  throw new MetainfoError('bad-xt', `this info-hash needs ${length} bytes, has ${hash.length}`, 'xt');
}
