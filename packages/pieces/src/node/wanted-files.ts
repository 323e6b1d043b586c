import type { ReadonlyBitfield } from '../bitfield.js';
import type { Disk } from './disk.js';
import { StorageError } from './errors.js';
import type { FaultGate } from './fault-gate.js';
import type { Layout } from './layout.js';
import type { PieceWriter } from './piece-writer.js';
import type { StateKeeper } from './state-keeper.js';
import { HOME_PARTS, HOME_TREE, type TreeSpec } from './tree.js';

/** What is moved, and what must know of it. */
export interface WantedFilesOptions {
  readonly disk: Disk;
  readonly tree: TreeSpec;
  readonly layout: Layout;
  readonly gate: FaultGate;
  readonly have: ReadonlyBitfield;
  readonly writer: PieceWriter;
  readonly keeper: StateKeeper;
}

/**
 * Files that are not wanted are not made: their bytes of pieces that they share with others wait in the parts file. A
 * move can be cut short at any point and done again: the state names the old home until the new one is durable.
 */
export class WantedFiles {
  private readonly options: WantedFilesOptions;

  constructor(options: WantedFilesOptions) {
    this.options = options;
  }

  async set(file: number, isWanted: boolean): Promise<void> {
    const { gate, keeper, tree } = this.options;
    const entry = tree.files[file];
    if (entry === undefined) throw new StorageError('bad-layout', `there is no file ${file} of ${tree.files.length}`);
    if (entry.isPad === true || isWanted === (tree.homes[file] === HOME_TREE)) return;
    if (isWanted) await this.options.writer.writePartials();
    await gate.exclusively(() => (isWanted ? this.moveIntoTree(file) : this.moveIntoParts(file)));
    keeper.markStale();
    await keeper.flush();
    if (isWanted) await this.removeParts();
  }

  private async moveIntoTree(file: number): Promise<void> {
    const { disk, tree, layout, have, writer, keeper } = this.options;
    const { start, end } = layout.piecesOf(file);
    const onDisk = new Set<number>([...have, ...writer.partials().map(({ piece }) => piece)]);
    const ends = end > start ? new Set([start, end - 1]) : [];
    const pieces = [...ends].filter((piece) => onDisk.has(piece) && layout.sharedRankOf(piece) !== undefined);
    await disk.run<'give-back'>({ type: 'give-back', torrent: tree.torrent, file, pieces }, tree);
    await disk.run<'sync'>({ type: 'sync', torrent: tree.torrent, files: [file] }, tree);
    tree.homes[file] = HOME_TREE;
    keeper.markFile(file);
  }

  /** A file that was never made shall not be made; one that is there, or has begun to come, stays where it is. */
  private async moveIntoParts(file: number): Promise<void> {
    const { disk, tree, layout, writer } = this.options;
    const { start, end } = layout.piecesOf(file);
    for (let piece = start; piece < end; piece++) {
      if (writer.isBegun(piece) && layout.sharedRankOf(piece) === undefined) return;
    }
    const found = await disk.run<'look'>({ type: 'look', torrent: tree.torrent, file }, tree);
    if (found !== undefined) return;
    tree.homes[file] = HOME_PARTS;
    tree.made[file] = 0;
  }

  /** The state no longer speaks of the parts file: it can go. */
  private async removeParts(): Promise<void> {
    const { disk, tree, keeper } = this.options;
    if (tree.homes.includes(HOME_PARTS)) return;
    await disk.runEverywhere<'close-files'>({ type: 'close-files', torrent: tree.torrent }, tree);
    await disk.run<'remove-parts'>({ type: 'remove-parts', torrent: tree.torrent }, tree);
    keeper.forgetParts();
  }
}
