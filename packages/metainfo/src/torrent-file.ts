/**
 * One file of a torrent, as the torrent tells it. Where it goes on disk is what {@link safePath} says, never `path` itself.
 *
 * @example
 * ```ts
 * import { parseMetainfo, safePath, type TorrentFile } from '@unchoke/metainfo';
 * import { hashes } from '@unchoke/metainfo/node';
 *
 * const torrent = `d4:infod6:lengthi5e4:name5:a.txt12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}ee`;
 * const file: TorrentFile = parseMetainfo(new TextEncoder().encode(torrent), hashes).files[0]!;
 * console.assert(file.length === 5 && file.path[0] === 'a.txt' && safePath(file) === 'a.txt');
 * ```
 */
export interface TorrentFile {
  /** Its place in the torrent's list, pad files counted: what BEP 53 selects by. */
  readonly index: number;
  /** The torrent's name and, in a torrent of several files, the names below it; as told, not made safe. */
  readonly path: readonly string[];
  /** Bytes of content; 0 for a link. */
  readonly length: number;
  /** Where it begins in the bytes that the pieces cut up. In v2 every file begins with a piece. */
  readonly offset: number;
  /** BEP 47: zeros that only move the next file to the start of a piece; never written to disk. */
  readonly isPad: boolean;
  readonly isExecutable: boolean;
  readonly isHidden: boolean;
  /** BEP 47: this is a link to that path, which is one of this torrent's files or folders, as safe names. */
  readonly symlinkTarget: readonly string[] | undefined;
  /** A hint in 32 hexadecimal digits, for people. */
  readonly md5sum: string | undefined;
  /** BEP 47: the SHA-1 of the content, a hint. */
  readonly sha1: Uint8Array | undefined;
  /** BEP 52: the root of the merkle tree over its blocks; none for an empty file. */
  readonly piecesRoot: Uint8Array | undefined;
  /** BEP 52: one hash of 32 bytes for each of its pieces; only for files longer than a piece. */
  readonly pieceLayer: Uint8Array | undefined;
}
