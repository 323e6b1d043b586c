import { hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

/** A torrent in memory, as frames would hold it: the same stretch over and over, so that it costs no gigabyte. */
export interface Load {
  readonly totalLength: number;
  readonly pieceLength: number;
  /** A whole number of pieces. */
  readonly stretch: Uint8Array;
  /** SHA-1 of the pieces of the stretch. */
  readonly digests: readonly Uint8Array[];
}

const BLOCK = 16_384;

/**
 * What any program must do at least, on one thread and without anything around it: copy each block to its place, hash
 * the piece, compare, write.
 */
export function writeAtFloor(load: Load, path: string, isDurable: boolean): void {
  const { pieceLength, stretch, digests, totalLength } = load;
  const piece = new Uint8Array(pieceLength);
  const descriptor = openSync(path, 'w');
  for (let at = 0; at < totalLength; at += pieceLength) {
    const from = at % stretch.length;
    for (let begin = 0; begin < pieceLength; begin += BLOCK) {
      piece.set(stretch.subarray(from + begin, from + begin + BLOCK), begin);
    }
    const digest = hash('sha1', piece, 'buffer');
    if (digest.compare(digests[from / pieceLength]!) !== 0) throw new Error(`the floor found piece ${at} bad`);
    writeSync(descriptor, piece, 0, pieceLength, at);
  }
  if (isDurable) fsyncSync(descriptor);
  closeSync(descriptor);
}
