import { encode } from '@unchoke/bencode';
import { joinDict } from './join-dict.js';

/** The hashes of the pieces of a v2 file, under the root that they lead to. */
export interface PieceLayer {
  /** 32 bytes. */
  readonly piecesRoot: Uint8Array;
  /** 32 bytes for each piece. */
  readonly hashes: Uint8Array;
}

/**
 * A torrent out of what peers sent for a magnet of version 2: the info dictionary as it stood, and the piece layers that are not
 * part of it (BEP 52). Nothing is checked here: `parseMetainfo` does.
 *
 * @example
 * ```ts
 * import { completeInfo, parseInfo, parseMetainfo } from '@unchoke/metainfo';
 * import { hashes } from '@unchoke/metainfo/node';
 *
 * const info = new TextEncoder().encode(`d6:lengthi5e4:name5:a.txt12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}e`);
 * const torrent = parseMetainfo(completeInfo(info, []), hashes);
 * console.assert(torrent.name === parseInfo(info, hashes).name);
 * ```
 */
export function completeInfo(infoBytes: Uint8Array, pieceLayers: Iterable<PieceLayer>): Uint8Array {
  const layers = new Map<string, Uint8Array>();
  for (const { piecesRoot, hashes } of pieceLayers) layers.set(String.fromCharCode(...piecesRoot), hashes);
  const parts = new Map([['info', infoBytes]]);
  if (layers.size > 0) parts.set('piece layers', encode(layers));
  return joinDict(parts);
}
