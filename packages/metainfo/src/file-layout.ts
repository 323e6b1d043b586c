import type { TorrentFile } from './torrent-file.js';

/**
 * What a layout needs to know; a `Metainfo` has it.
 *
 * @example
 * ```ts
 * import { FileLayout, type LayoutSource, type TorrentFile } from '@unchoke/metainfo';
 *
 * const files: TorrentFile[] = [];
 * const source: LayoutSource = { files, pieceLength: 16_384, totalLength: 0 };
 * console.assert(new FileLayout(source).spansOf(0, 0).length === 0);
 * ```
 */
export interface LayoutSource {
  readonly files: readonly TorrentFile[];
  readonly pieceLength: number;
  readonly totalLength: number;
}

/**
 * Consecutive bytes of one file.
 *
 * @example
 * ```ts
 * import { FileLayout, type FileSpan, parseMetainfo } from '@unchoke/metainfo';
 * import { hashes } from '@unchoke/metainfo/node';
 *
 * const torrent = `d4:infod6:lengthi5e4:name5:a.txt12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}ee`;
 * const layout = new FileLayout(parseMetainfo(new TextEncoder().encode(torrent), hashes));
 * const [span]: readonly FileSpan[] = layout.spansOf(1, 3);
 * console.assert(span?.fileOffset === 1 && span.length === 3);
 * ```
 */
export interface FileSpan {
  readonly file: TorrentFile;
  /** Where it begins in the file. */
  readonly fileOffset: number;
  /** Where it begins in the bytes that were asked for. */
  readonly offset: number;
  readonly length: number;
}

/**
 * Which bytes of which files a piece is made of, and which pieces a file is in. Every question takes O(log files) and what
 * the answer itself takes; the layout keeps one number per file.
 *
 * @example
 * ```ts
 * import { FileLayout, parseMetainfo } from '@unchoke/metainfo';
 * import { hashes } from '@unchoke/metainfo/node';
 *
 * const torrent = `d4:infod6:lengthi5e4:name5:a.txt12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}ee`;
 * const metainfo = parseMetainfo(new TextEncoder().encode(torrent), hashes);
 * const layout = new FileLayout(metainfo);
 * console.assert(layout.piecesOf(metainfo.files[0]!).count === 1 && layout.filesOf(0).length === 1);
 * ```
 */
export class FileLayout {
  readonly pieceLength: number;
  readonly pieceCount: number;
  readonly totalLength: number;
  /** The files that have bytes, by offset. */
  readonly #files: readonly TorrentFile[];
  readonly #offsets: Float64Array;

  constructor({ files, pieceLength, totalLength }: LayoutSource) {
    this.pieceLength = pieceLength;
    this.totalLength = totalLength;
    this.pieceCount = Math.ceil(totalLength / pieceLength);
    this.#files = files.filter((file) => file.length > 0);
    this.#offsets = Float64Array.from(this.#files, (file) => file.offset);
  }

  /**
   * The spans of files that make up some bytes, in order, pad files included (their bytes are zeros). In a v2-only torrent
   * the gap between the end of a file and the next piece belongs to no file and is in no span.
   */
  spansOf(offset: number, length: number): readonly FileSpan[] {
    this.#checkRange(offset, length);
    const spans: FileSpan[] = [];
    const end = offset + length;
    for (let index = this.#indexAt(offset); index < this.#files.length; index++) {
      const file = this.#files[index]!;
      if (file.offset >= end) break;
      const start = Math.max(offset, file.offset);
      const stop = Math.min(end, file.offset + file.length);
      if (stop > start)
        spans.push({ file, fileOffset: start - file.offset, offset: start - offset, length: stop - start });
    }
    return spans;
  }

  /** The files that have bytes in a piece, pad files included. */
  filesOf(piece: number): readonly TorrentFile[] {
    return this.spansOf(piece * this.pieceLength, this.#lengthOf(piece)).map((span) => span.file);
  }

  /** The pieces that have bytes of a file; none for an empty one. */
  piecesOf(file: TorrentFile): { readonly first: number; readonly count: number } {
    const first = Math.floor(file.offset / this.pieceLength);
    if (file.length === 0) return { first, count: 0 };
    return { first, count: Math.floor((file.offset + file.length - 1) / this.pieceLength) - first + 1 };
  }

  #lengthOf(piece: number): number {
    if (Number.isInteger(piece) && piece >= 0 && piece < this.pieceCount) {
      return Math.min(this.pieceLength, this.totalLength - piece * this.pieceLength);
    }
    throw new RangeError(`piece ${piece} is not one of the ${this.pieceCount} pieces`);
  }

  #checkRange(offset: number, length: number): void {
    const isRange = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (isRange && offset + length <= this.totalLength) return;
    throw new RangeError(
      `${length} bytes from ${offset} on are not among the ${this.totalLength} bytes of the torrent`,
    );
  }

  /** The last file that begins at or before an offset: the first that can have bytes from there on. */
  #indexAt(offset: number): number {
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#offsets[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}
