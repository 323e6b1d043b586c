/** BEP 52 allows no less, and smaller pieces only make larger torrents. */
const LENGTH_MIN = 16 * 1024;
/** Larger pieces are slow to verify and to share; some clients refuse them. */
const LENGTH_MAX = 16 * 1024 * 1024;
/** Keeps the hashes of a v1 torrent below 40 KiB until pieces are as large as they get. */
const PIECE_COUNT_TARGET = 2048;

/**
 * The piece length that `createTorrent` takes when none is given: the smallest power of two from 16 KiB to 16 MiB that cuts
 * the content into at most 2,048 pieces. 1 GiB gets 512 KiB.
 *
 * @example
 * ```ts
 * import { choosePieceLength } from '@unchoke/metainfo/node';
 *
 * console.assert(choosePieceLength(1024 ** 3) === 512 * 1024);
 * ```
 */
export function choosePieceLength(contentLength: number): number {
  let length = LENGTH_MIN;
  while (length < LENGTH_MAX && contentLength / length > PIECE_COUNT_TARGET) length *= 2;
  return length;
}
