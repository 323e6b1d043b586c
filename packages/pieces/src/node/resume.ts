import { Bitfield } from '../bitfield.js';
import type { PartialPiece } from '../partial-piece.js';
import { decodeState, type State, type StateRefusal } from './state-file.js';
import { piecesThatMayExist, type TorrentTree } from './torrent-tree.js';
import { HOME_PARTS } from './tree.js';

/** What the state file was worth. */
export type ResumeOutcome =
  | 'trusted' //  it was read, and the files it speaks of were compared with the disk
  | 'none' //     there was none, so everything that exists was hashed
  | StateRefusal; // it was not believed, so everything that exists was hashed

/** What is known before anything was hashed. */
export interface Trust {
  readonly outcome: ResumeOutcome;
  /** Verified, on stable storage, and in files that nobody has touched since. */
  readonly verified: Bitfield;
  /** To be hashed now. */
  readonly suspects: readonly number[];
  readonly partials: readonly PartialPiece[];
  /** Files that are not as the state remembers them. */
  readonly changedFiles: readonly number[];
}

/** Compares the state with the disk. Sets where each file's bytes are, as the state remembers it. */
export function trustOf(bytes: Uint8Array | undefined, infoHash: Uint8Array, tree: TorrentTree): Trust {
  const state = bytes === undefined ? 'none' : decodeState(bytes, infoHash, tree.layout);
  if (typeof state === 'string') return distrust(state, tree);
  for (const [file, { isInParts }] of state.files.entries()) if (isInParts) tree.spec.homes[file] = HOME_PARTS;
  const changedFiles = filesThatChanged(state, tree);
  const touched = piecesOfFiles(changedFiles, tree);
  const verified = Bitfield.fromWire(state.verified, tree.spec.shape.pieceCount);
  if (verified === undefined) return distrust('damaged', tree);
  for (const piece of [...verified]) if (touched.has(piece)) verified.delete(piece);
  const doubtful = new Set(state.doubtful);
  const suspects = piecesThatMayExist(tree, (piece) => touched.has(piece) || doubtful.has(piece));
  const begun = new Set<number>(state.partials.map(({ piece }) => piece));
  const kept = new Set(piecesThatMayExist(tree, (piece) => begun.has(piece)));
  const partials = state.partials.filter(({ piece }) => kept.has(piece) && !verified.has(piece));
  return { outcome: 'trusted', verified, suspects, partials, changedFiles };
}

/** Nothing is believed: everything that exists is to be hashed. */
export function distrust(outcome: Exclude<ResumeOutcome, 'trusted'>, tree: TorrentTree): Trust {
  const verified = Bitfield.empty(tree.spec.shape.pieceCount);
  return { outcome, verified, suspects: piecesThatMayExist(tree, () => true), partials: [], changedFiles: [] };
}

function filesThatChanged(state: State, { facts, spec }: TorrentTree): readonly number[] {
  const changed: number[] = [];
  for (const [file, { size, mtimeNs, isInParts }] of state.files.entries()) {
    if (isInParts || spec.files[file]?.isPad === true) continue;
    const now = facts[file];
    if ((now?.size ?? -1) !== size || (now?.mtimeNs ?? mtimeNs) !== mtimeNs) changed.push(file);
  }
  return changed;
}

/** The pieces that have bytes in one of the files; the parts file counts as one. */
export function piecesOfFiles(
  files: readonly number[],
  { layout, spec }: Pick<TorrentTree, 'layout' | 'spec'>,
): ReadonlySet<number> {
  const pieces = new Set<number>();
  for (const file of files) {
    // The parts file holds the first and last pieces of every file that lives there.
    const inhabitants =
      file === spec.files.length ? [...spec.homes.keys()].filter((at) => spec.homes[at] === HOME_PARTS) : [file];
    for (const inhabitant of inhabitants) {
      const { start, end } = layout.piecesOf(inhabitant);
      for (let piece = start; piece < end; piece++) pieces.add(piece);
    }
  }
  return pieces;
}
