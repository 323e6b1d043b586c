import { type PartialPiece, Picker, type PieceIndex, PRIORITY_NORMAL, type ReadonlyBitfield } from '@unchoke/pieces';
import type { Downloads } from './downloads.js';
import type { Scene } from './scene.js';
import type { TorrentOptions } from './torrent-options.js';
import type { Verdicts } from './verdicts.js';

/** Which pieces are wanted, how much, and by when. */
export class Selection {
  readonly #scene: Scene;
  readonly #options: TorrentOptions;
  readonly #downloads: Downloads;
  readonly #verdicts: Verdicts;
  #priorities: ArrayLike<number> | undefined;

  constructor(scene: Scene, options: TorrentOptions, downloads: Downloads, verdicts: Verdicts) {
    this.#scene = scene;
    this.#options = options;
    this.#downloads = downloads;
    this.#verdicts = verdicts;
    this.#priorities = options.priorities;
  }

  prioritize(priorities: ArrayLike<number>): void {
    this.#priorities = Uint8Array.from(priorities);
    this.#downloads.prioritize(priorities);
    this.#verdicts.reconsider();
  }

  /** A piece that nobody selected is fetched too when somebody waits for it. */
  need(piece: PieceIndex, withinMs: number): void {
    const { picker, nowMs, geometry } = this.#scene;
    if (geometry.pieceAt(piece) === undefined) return;
    if (picker.priorityOf(piece) === 0) picker.setPriority(piece, PRIORITY_NORMAL);
    picker.setDeadline(piece, nowMs + withinMs);
    this.#verdicts.reconsider();
  }

  /** Begins anew with what was found on disk. No peer is connected then: the torrent is stopped. */
  restart(have: ReadonlyBitfield, partials: Iterable<PartialPiece>): void {
    this.#scene.picker = newPicker({ ...this.#options, have, priorities: this.#priorities });
    this.#verdicts.restart(partials);
  }

  /** When a piece that somebody waits for becomes late: others can be asked for it then. */
  get deadlineMs(): number | undefined {
    return this.#scene.picker.nextDeadlineMs(this.#scene.nowMs);
  }
}

/** A picker for a torrent as it stands. */
export function newPicker({
  geometry,
  have,
  randomBelow,
  picker: rules,
  priorities,
}: Pick<TorrentOptions, 'geometry' | 'have' | 'randomBelow' | 'picker'> & {
  readonly priorities?: ArrayLike<number> | undefined;
}): Picker {
  const picker = new Picker(geometry, have, randomBelow, rules);
  if (priorities !== undefined) picker.setPriorities(priorities);
  return picker;
}
