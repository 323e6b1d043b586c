import { type Magnet, type Metainfo, parseMagnet, parseMetainfo } from '@unchoke/metainfo';
import { hashes, readTorrent } from '@unchoke/metainfo/node';
import { fetchTorrent } from './fetch-torrent.js';

/**
 * What a client can be given: the path or the http(s) URL of a `.torrent` file, its bytes, what was parsed from it, or a magnet
 * link, as text or parsed.
 *
 * @example
 * ```ts
 * import type { Source } from '@unchoke/client/node';
 *
 * const source: Source = 'magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a';
 * console.assert(typeof source === 'string');
 * ```
 */
export type Source = string | URL | Uint8Array | Metainfo | Magnet;

/** Reads it, as far as that can be done without peers. */
export async function readSource(source: Source, signal: AbortSignal): Promise<Metainfo | Magnet> {
  if (source instanceof Uint8Array) return parseMetainfo(source, hashes);
  const text = source instanceof URL ? source.href : source;
  if (typeof text !== 'string') return text;
  if (/^\s*magnet:/i.test(text)) return parseMagnet(text);
  if (/^https?:\/\//i.test(text)) return parseMetainfo(await fetchTorrent(text, signal), hashes);
  return readTorrent(text);
}
