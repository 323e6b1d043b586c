import { StorageError } from './errors.js';
import { PATH_DEPTH_MAX } from './limits.js';

/** A file of the torrent: one of parsed metainfo with its path made safe (`safePath`) fits. */
export interface StorageFile {
  /** Below the root; every component is a plain name. */
  readonly path: readonly string[];
  /** Where the file begins in the torrent, in bytes. */
  readonly offset: number;
  readonly length: number;
  /** Zeros that only align the next file (BEP 47); never written. */
  readonly isPad?: boolean;
  /** False: not to be created. */
  readonly wanted?: boolean;
}

/** What a layout needs of a `Geometry`; a real one fits, and this survives the way into a thread. */
export interface PieceShape {
  readonly totalLength: number;
  readonly pieceLength: number;
  readonly pieceCount: number;
}

/** A stretch of one file. `at` is where it begins in the range that was asked for. */
export interface Span {
  readonly file: number;
  readonly fileOffset: number;
  readonly at: number;
  readonly length: number;
}

/**
 * Which bytes of the torrent are in which file. Files follow each other without overlap; a hole between two is allowed
 * when the second begins on a piece (BEP 52 aligns files so), and belongs to no file.
 */
export class Layout {
  readonly files: readonly StorageFile[];
  readonly shape: PieceShape;
  /** Pieces that hold bytes of two files or more, ascending. */
  private readonly shared: readonly number[];
  private readonly hasHoles: boolean;
  /** Files that have bytes, in order. */
  private readonly filled: readonly number[];

  constructor(files: readonly StorageFile[], shape: PieceShape) {
    this.files = files;
    this.shape = shape;
    checkOrder(files, shape);
    checkPaths(files);
    this.filled = [...files.keys()].filter((file) => files[file]!.length > 0);
    this.shared = this.findShared();
    this.hasHoles = files.reduce((sum, { length }) => sum + length, 0) < shape.totalLength;
  }

  /** The stretches of files under `length` bytes at `offset`; padding and holes are left out. */
  *spans(offset: number, length: number): Generator<Span, void, undefined> {
    const end = offset + length;
    for (let rank = this.rankAt(offset); rank < this.filled.length; rank++) {
      const file = this.filled[rank]!;
      const { offset: start, length: size, isPad } = this.files[file]!;
      if (start >= end) return;
      if (isPad === true) continue;
      const from = Math.max(offset, start);
      yield { file, fileOffset: from - start, at: from - offset, length: Math.min(end, start + size) - from };
    }
  }

  /** The files of a piece. */
  *filesOf(piece: number): Generator<number, void, undefined> {
    const { pieceLength } = this.shape;
    for (const { file } of this.spans(piece * pieceLength, pieceLength)) yield file;
  }

  /** The pieces of a file, as a half-open range. */
  piecesOf(file: number): { readonly start: number; readonly end: number } {
    const { offset, length } = this.files[file]!;
    const start = Math.floor(offset / this.shape.pieceLength);
    return { start, end: length === 0 ? start : Math.floor((offset + length - 1) / this.shape.pieceLength) + 1 };
  }

  /** Bytes of the piece that belong to a file: shorter than the piece before a hole, and at the end of the torrent. */
  lengthOf(piece: number): number {
    const { pieceLength, totalLength } = this.shape;
    const start = piece * pieceLength;
    const end = Math.min(start + pieceLength, totalLength);
    if (!this.hasHoles) return end - start;
    const last = this.filled[this.rankAt(end - 1)];
    // The file at or after the last byte begins behind it: the piece ends in a hole, with the file before.
    if (last !== undefined && this.files[last]!.offset < end) return end - start;
    const before = this.files[this.filled[this.rankAt(end - 1) - 1]!]!;
    return Math.max(0, before.offset + before.length - start);
  }

  /** The place of a piece among those that two files share, or undefined when it has one file only. */
  sharedRankOf(piece: number): number | undefined {
    const rank = lowerBound(this.shared.length, (index) => this.shared[index]! >= piece);
    return this.shared[rank] === piece ? rank : undefined;
  }

  /** The first filled file that ends behind `offset`. */
  private rankAt(offset: number): number {
    return lowerBound(this.filled.length, (rank) => {
      const { offset: start, length } = this.files[this.filled[rank]!]!;
      return start + length > offset;
    });
  }

  private findShared(): readonly number[] {
    const shared: number[] = [];
    let lastPiece = -1;
    for (const file of this.filled) {
      if (this.files[file]!.isPad === true) continue;
      const { start, end } = this.piecesOf(file);
      if (start === lastPiece && shared.at(-1) !== start) shared.push(start);
      lastPiece = end - 1;
    }
    return shared;
  }
}

/** The first index for which the predicate holds, for predicates that stay true once they are. */
function lowerBound(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function checkOrder(files: readonly StorageFile[], { totalLength, pieceLength }: PieceShape): void {
  let end = 0;
  for (const [index, { path, offset, length }] of files.entries()) {
    const isInside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && length >= 0;
    const follows = offset === end || (offset > end && offset % pieceLength === 0 && offset - end < pieceLength);
    if (!isInside || !follows) {
      throw layoutError(index, path, `bytes ${offset} + ${length} do not follow the file before, which ends at ${end}`);
    }
    end = offset + length;
  }
  if (end !== totalLength) throw new StorageError('bad-layout', `files end at ${end}, the torrent at ${totalLength}`);
}

/** Metainfo has cleaned its paths; this makes sure, because everything below trusts them. */
function checkPaths(files: readonly StorageFile[]): void {
  const names = new Set<string>();
  const directories = new Set<string>();
  for (const [index, { path, isPad }] of files.entries()) {
    if (isPad === true) continue;
    if (path.length === 0 || path.length > PATH_DEPTH_MAX || !path.every(isPlainName)) {
      throw layoutError(index, path, 'is not a path of plain names');
    }
    let joined = '';
    for (const component of path.slice(0, -1)) {
      joined += `${component}/`;
      directories.add(joined);
    }
    const name = path.join('/');
    if (names.has(name)) throw layoutError(index, path, 'is there twice');
    names.add(name);
  }
  for (const name of names) {
    if (directories.has(`${name}/`)) throw new StorageError('bad-layout', `${name} is a file and a directory`);
  }
}

function isPlainName(component: string): boolean {
  if (component === '' || component === '.' || component === '..') return false;
  return !/[/\0]/.test(component) && (process.platform !== 'win32' || !/[\\:]/.test(component));
}

function layoutError(index: number, path: readonly string[], problem: string): StorageError {
  return new StorageError('bad-layout', `file ${index} (${JSON.stringify(path.join('/')).slice(0, 256)}) ${problem}`);
}
