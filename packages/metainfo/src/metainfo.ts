import type { MetainfoNote } from './notes.js';
import type { TorrentFile } from './torrent-file.js';

/**
 * A DHT node that a torrent names (BEP 5), or a peer that a magnet names (BEP 9).
 *
 * @example
 * ```ts
 * import { type HostPort, parseMagnet } from '@unchoke/metainfo';
 *
 * const magnet = parseMagnet('magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&x.pe=[2001:db8::1]:6881');
 * const peer: HostPort = magnet.peers[0]!;
 * console.assert(peer.host === '2001:db8::1' && peer.port === 6881);
 * ```
 */
export interface HostPort {
  /** An IPv4 or IPv6 address (without brackets) or a host name. */
  readonly host: string;
  readonly port: number;
}

/**
 * Everything a torrent says. Hashes and `infoBytes` are views into the bytes that were parsed.
 *
 * @example
 * ```ts
 * import { type Metainfo, parseMetainfo } from '@unchoke/metainfo';
 * import { hashes } from '@unchoke/metainfo/node';
 *
 * const torrent = `d4:infod6:lengthi5e4:name5:a.txt12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}ee`;
 * const metainfo: Metainfo = parseMetainfo(new TextEncoder().encode(torrent), hashes);
 * console.assert(metainfo.version === 'v1' && metainfo.infoHash?.length === 20 && metainfo.pieceCount === 1);
 * ```
 */
export interface Metainfo {
  readonly version: 'v1' | 'v2' | 'hybrid';
  /** SHA-1 of the info dictionary exactly as it stood; `undefined` for a v2-only torrent. */
  readonly infoHash: Uint8Array | undefined;
  /** SHA-256 of the same bytes; `undefined` for a v1-only torrent. On the wire its first 20 bytes are used (BEP 52). */
  readonly infoHashV2: Uint8Array | undefined;
  /** The info dictionary exactly as it stood: what BEP 9 sends to peers. */
  readonly infoBytes: Uint8Array;
  /** The info-hash in hexadecimal for a torrent without a name. */
  readonly name: string;
  readonly pieceLength: number;
  readonly pieceCount: number;
  /** v1: the SHA-1 of every piece, 20 bytes each, one after the other. In v2 see the `pieceLayer` of each file. */
  readonly pieceHashes: Uint8Array | undefined;
  /** The bytes that the pieces cut up, pad files and gaps between v2 files included. */
  readonly totalLength: number;
  /** The bytes that end up on disk. */
  readonly contentLength: number;
  readonly files: readonly TorrentFile[];
  /** BEP 12; `announce` alone is one tier of one. */
  readonly trackerTiers: readonly (readonly string[])[];
  /** BEP 19, `url-list`. */
  readonly webSeeds: readonly string[];
  /** BEP 17, `httpseeds`. */
  readonly httpSeeds: readonly string[];
  /** BEP 5. */
  readonly nodes: readonly HostPort[];
  /** BEP 27. Anything but a plain 0 counts as private: to leak a torrent is worse than to find fewer peers. */
  readonly isPrivate: boolean;
  readonly comment: string | undefined;
  readonly createdBy: string | undefined;
  /** Seconds since 1970. */
  readonly creationDate: number | undefined;
  readonly encoding: string | undefined;
  /** What private trackers put inside the info dictionary to get a hash of their own. */
  readonly source: string | undefined;
  /** What was odd about it; empty for a flawless torrent, and always with `strict: true`. */
  readonly notes: readonly MetainfoNote[];
}
