import { createHash } from 'node:crypto';

/**
 * SHA-1 of Node, in the shape that `readTorrent` and `makeTorrent` want.
 *
 * @example
 * const torrent = readTorrent(bytes, sha1);
 */
export function sha1(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha1').update(bytes).digest());
}
