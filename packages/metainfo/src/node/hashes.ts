import { hash } from 'node:crypto';
import type { Hashes } from '@unchoke/metainfo';

/**
 * SHA-1 of some bytes.
 *
 * @example
 * ```ts
 * import { sha1 } from '@unchoke/metainfo/node';
 *
 * console.assert(sha1(new Uint8Array(0)).length === 20);
 * ```
 */
export function sha1(bytes: Uint8Array): Uint8Array {
  return bytesOf(hash('sha1', bytes, 'binary'));
}

/**
 * SHA-256 of some bytes.
 *
 * @example
 * ```ts
 * import { sha256 } from '@unchoke/metainfo/node';
 *
 * console.assert(sha256(new Uint8Array(0)).length === 32);
 * ```
 */
export function sha256(bytes: Uint8Array): Uint8Array {
  return bytesOf(hash('sha256', bytes, 'binary'));
}

/**
 * Both, as `parseMetainfo` takes them.
 *
 * @example
 * ```ts
 * import { parseMetainfo } from '@unchoke/metainfo';
 * import { hashes } from '@unchoke/metainfo/node';
 *
 * const torrent = `d4:infod6:lengthi5e4:name5:a.txt12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}ee`;
 * console.assert(parseMetainfo(new TextEncoder().encode(torrent), hashes).infoHash?.length === 20);
 * ```
 */
export const hashes: Hashes = { sha1, sha256 };

/** A digest by way of text: a `Buffer` from the native side takes twice as long, which counts for merkle trees. */
function bytesOf(digest: string): Uint8Array {
  const bytes = new Uint8Array(digest.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = digest.charCodeAt(index);
  return bytes;
}
