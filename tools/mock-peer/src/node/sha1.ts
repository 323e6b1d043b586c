import { createHash } from 'node:crypto';

/**
 * SHA-1 of Node, in the shape that `readTorrent` and `makeTorrent` want.
 *
 * @example
 * const content = parseRandomContent('1MiB:42');
 * const torrent = readTorrent(makeTorrent({ name: 'noise', content }, sha1), sha1);
 */
export function sha1(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha1').update(bytes).digest());
}
