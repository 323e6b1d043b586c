import { type Content, parseRandomContent } from '../content.js';
import { type MockTorrent, makeTorrent, readTorrent, type TorrentPlan } from '../torrent.js';
import { sha1 } from './sha1.js';

/**
 * A generated content and a torrent for it.
 *
 * @example
 * const { torrent, content, torrentFile } = randomTorrent('1MiB:42');
 * console.log(torrent.pieceCount, content.length, torrentFile.length); // 4 1048576 164
 */
export interface RandomTorrent {
  readonly content: Content;
  readonly torrent: MockTorrent;
  /** The bytes of the .torrent. */
  readonly torrentFile: Uint8Array;
}

/**
 * Content and torrent out of a size and a seed number, such as `1GiB:42`; the same text gives the same info-hash
 * everywhere. Hashing a GiB takes about a second.
 *
 * @example
 * const { torrent } = randomTorrent('1MiB:42', { pieceLength: 65_536 });
 * console.log(torrent.pieceCount); // 16
 */
export function randomTorrent(sizeAndSeed: string, plan: Omit<Partial<TorrentPlan>, 'content'> = {}): RandomTorrent {
  const content = parseRandomContent(sizeAndSeed);
  const torrentFile = makeTorrent({ name: `random-${sizeAndSeed.replace(':', '-')}`, ...plan, content }, sha1);
  return { content, torrent: readTorrent(torrentFile, sha1), torrentFile };
}
