import { join } from 'node:path';
import type { Bitfield, ReadonlyBitfield } from '../bitfield.js';
import type { Geometry, PieceIndex } from '../geometry.js';
import { BLOCK_BYTES } from '../limits.js';
import type { PartialPiece } from '../partial-piece.js';
import { checkPieces } from './check-pieces.js';
import type { Disk } from './disk.js';
import { StorageError } from './errors.js';
import { FaultGate } from './fault-gate.js';
import { type PieceVerdict, PieceWriter, type StoreOutcome } from './piece-writer.js';
import { ReadCache } from './read-cache.js';
import { piecesOfFiles, type ResumeOutcome } from './resume.js';
import { StateKeeper, type StatePlace } from './state-keeper.js';
import { Ticker } from './ticker.js';
import type { TorrentTree } from './torrent-tree.js';
import { HOME_PARTS, HOME_TREE } from './tree.js';

/** What a storage tells without being asked. */
export interface StorageListener {
  /** The disk is at fault: work is held, reads go on. Told once for a fault. */
  readonly onFault?: (error: StorageError) => void;
  /** The fault is gone; all that was held is done. */
  readonly onRecovered?: () => void;
  /** Pieces that were verified are no longer on disk as they were: fetch them again. */
  readonly onLost?: (pieces: readonly PieceIndex[], error: StorageError) => void;
}

/** For this package: what `openStorage` has found out. */
export interface StorageParts {
  readonly disk: Disk;
  readonly ownsDisk: boolean;
  readonly geometry: Geometry;
  readonly tree: TorrentTree;
  readonly verified: Bitfield;
  readonly partials: readonly PartialPiece[];
  readonly resume: ResumeReport;
  readonly statePlace: StatePlace | undefined;
  readonly spaceProblem: (verified: ReadonlyBitfield) => Promise<StorageError | undefined>;
  readonly readCacheBytes: number;
  readonly flushBytes: number;
  readonly flushIntervalMs: number;
  readonly retryIntervalMs: number;
  readonly listener: StorageListener;
  readonly unlock: () => void;
}

/** How the storage came to know what it has. */
export interface ResumeReport {
  readonly outcome: ResumeOutcome;
  /** Pieces that were hashed at the start. */
  readonly checkedCount: number;
  /** Files that were not as the state file remembers them, by their place in `files`. */
  readonly changedFiles: readonly number[];
}

/** The files of one torrent. Made by `openStorage`. */
export class Storage {
  /** What the state file was worth at the start. */
  readonly resume: ResumeReport;
  private readonly parts: StorageParts;
  private readonly have: Bitfield;
  private readonly gate: FaultGate;
  private readonly writer: PieceWriter;
  private readonly keeper: StateKeeper;
  private readonly cache: ReadCache;
  private readonly flushTicker: Ticker;
  private readonly retryTicker: Ticker;
  private unflushedBytes = 0;
  /** The fault that there is too little space, as long as it may be so. */
  private shortage: StorageError | undefined;
  private closing: Promise<void> | undefined;

  /** For this package: use `openStorage`. */
  constructor(parts: StorageParts) {
    const { disk, listener, tree, statePlace, verified } = parts;
    const { spec, layout, facts } = tree;
    this.parts = parts;
    this.resume = parts.resume;
    this.have = verified;
    this.retryTicker = new Ticker(parts.retryIntervalMs, () => void this.retry());
    this.flushTicker = new Ticker(parts.flushIntervalMs, () => this.flushInBackground());
    this.gate = new FaultGate({
      raised: (error) => {
        if (this.closing !== undefined) return this.gate.shut();
        this.retryTicker.start();
        listener.onFault?.(error);
      },
      cleared: () => listener.onRecovered?.(),
    });
    const source = {
      verified: () => this.have,
      partials: () => this.writer.partials(),
      verifying: () => this.writer.verifying(),
      lost: (file: number) => this.lostFile(file),
    };
    const shared = { disk, tree: spec, layout, gate: this.gate };
    this.keeper = new StateKeeper({ ...shared, place: statePlace, source, facts });
    this.writer = new PieceWriter({ ...shared, onWritten: (piece) => this.keeper.markWritten(piece) });
    for (const partial of parts.partials) this.writer.resume(partial);
    this.cache = new ReadCache(spec.shape.pieceLength, parts.readCacheBytes, (piece, begin, bytes) =>
      disk.run<'read'>(
        { type: 'read', torrent: spec.torrent, offset: piece * spec.shape.pieceLength + begin, bytes },
        spec,
      ),
    );
    disk.buffers.join(spec.torrent);
  }

  /** Pieces that are verified and on disk. It follows what happens; `clone` it to keep it. */
  get verified(): ReadonlyBitfield {
    return this.have;
  }

  /** Blocks of other pieces that are on disk, for a picker to go on with. */
  get partials(): readonly PartialPiece[] {
    return this.writer.partials();
  }

  /** Why nothing is taken in at the moment; undefined when all is well. */
  get fault(): StorageError | undefined {
    return this.gate.error;
  }

  /**
   * Takes one block of the 16 KiB grid, by copy: the bytes are the caller's again at once. `full` means that all
   * buffers are in use, or the disk is at fault: request no more, and offer the block again after `whenRoom`.
   */
  storeBlock(piece: PieceIndex, begin: number, bytes: Uint8Array): StoreOutcome {
    this.checkOpen();
    const length = this.parts.tree.layout.lengthOf(this.known(piece));
    const isBlock = begin >= 0 && begin % BLOCK_BYTES === 0 && begin < length;
    if (!isBlock || bytes.length !== Math.min(BLOCK_BYTES, length - begin)) {
      throw new StorageError(
        'bad-block',
        `${bytes.length} bytes at ${begin} of piece ${piece} are no block of ${length}`,
      );
    }
    return this.have.has(piece) ? 'duplicate' : this.writer.store(piece, begin, bytes);
  }

  /** Settles when a block that `storeBlock` was too `full` for may be offered again: a buffer is free, no fault is left. */
  async whenRoom(): Promise<void> {
    await this.gate.whenClear();
    await this.writer.whenRoom();
  }

  /**
   * Hashes a piece whose blocks were all stored, and writes it when it is good. Settles when that is done, which is
   * after the fault is gone when the disk is at fault. It sees every block that was stored before.
   */
  async verifyPiece(piece: PieceIndex, options: { readonly blockDigests?: boolean } = {}): Promise<PieceVerdict> {
    this.checkOpen();
    const verdict = await this.writer.verify(this.known(piece), options.blockDigests === true);
    if (verdict.isValid) {
      this.have.add(piece);
      this.keeper.markStale();
      this.noteVerified(piece);
    }
    return verdict;
  }

  /** Forgets the blocks of a piece that will not be finished. */
  discardPiece(piece: PieceIndex): void {
    this.writer.discard(this.known(piece));
  }

  /** A stretch of a verified piece, as the caller's own copy. */
  async read(piece: PieceIndex, begin: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(this.checkedStretch(piece, begin, length));
    try {
      await this.cache.copy(piece, begin, bytes, this.parts.tree.layout.lengthOf(piece));
    } catch (error) {
      const isGone = StorageError.isInstance(error) && (error.code === 'file-missing' || error.code === 'file-changed');
      if (isGone) this.lose([piece], error);
      throw error;
    }
    return bytes;
  }

  /** The same into the caller's memory and without waiting; false when it is not in the read cache. */
  readNow(piece: PieceIndex, begin: number, into: Uint8Array): boolean {
    this.checkedStretch(piece, begin, into.length);
    return this.cache.copyNow(piece, begin, into);
  }

  /** Settles when all that is verified now, and the blocks of unfinished pieces, would survive a power cut. */
  async flush(): Promise<void> {
    this.checkOpen();
    await this.writer.writePartials();
    await this.keeper.flush();
  }

  /** Tries everything that a fault holds up once more; true when nothing is held any longer. */
  async retry(): Promise<boolean> {
    const { fault } = this;
    if (fault === undefined) return true;
    const isGone = (await this.isReadyFor(fault)) && (await this.gate.retry());
    if (!isGone && this.closing === undefined) this.retryTicker.start();
    return isGone;
  }

  /** Says whether a file is wanted from now on. What the parts file holds of it is moved into the tree. */
  async setWanted(file: number, isWanted: boolean): Promise<void> {
    this.checkOpen();
    if (this.fault !== undefined) throw this.fault;
    const { spec } = this.parts.tree;
    const entry = spec.files[file];
    if (entry === undefined) throw new StorageError('bad-layout', `there is no file ${file} of ${spec.files.length}`);
    if (entry.isPadding === true || isWanted === (spec.homes[file] === HOME_TREE)) return;
    if (isWanted) await this.moveIntoTree(file);
    else await this.gate.exclusively(() => this.moveIntoParts(file));
    this.keeper.markStale();
    await this.keeper.flush();
    if (isWanted) await this.removeParts();
  }

  /**
   * Puts everything on stable storage, saves the state and lets go of files and threads. Rejects with the fault when
   * that could not be done; everything is let go of all the same. A second call is harmless.
   */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  /** For this package: begins work. Empty files are made, and files that became wanted move out of the parts file. */
  async begin(isWanted: (file: number) => boolean): Promise<void> {
    const { disk, tree } = this.parts;
    const { spec, facts } = tree;
    const problem = await this.parts.spaceProblem(this.have);
    this.shortage = problem;
    if (problem !== undefined) this.gate.raise(problem);
    const files = [...spec.files.keys()].filter((file) => spec.files[file]!.isPadding !== true && isWanted(file));
    const empty = files.filter((file) => spec.files[file]!.length === 0 && facts[file] === undefined);
    if (empty.length > 0) {
      const job = { type: 'create', torrent: spec.torrent, files: empty } as const;
      this.gate
        .attempt(() => disk.run<'create'>(job, spec))
        .then(
          () => empty.forEach((file) => void this.keeper.markFile(file)),
          () => {}, // Closed before the fault was gone.
        );
    }
    for (const file of files) {
      if (spec.homes[file] === HOME_PARTS && this.fault === undefined) await this.setWanted(file, true);
    }
    if (this.resume.checkedCount > 0) this.keeper.markStale();
    this.flushTicker.start();
  }

  /** Looks again at what the fault was about, with fresh descriptors. */
  private async isReadyFor(fault: StorageError): Promise<boolean> {
    const { disk, tree } = this.parts;
    try {
      await disk.runEverywhere<'close-files'>({ type: 'close-files', torrent: tree.spec.torrent }, tree.spec);
      if (fault.code === 'file-missing' || fault.code === 'file-changed') await this.recheck([...this.have], fault);
      return fault !== this.shortage || (await this.parts.spaceProblem(this.have)) === undefined;
    } catch (error) {
      if (StorageError.isInstance(error)) return false;
      throw error;
    }
  }

  private async moveIntoTree(file: number): Promise<void> {
    const { disk, tree } = this.parts;
    const { spec, layout } = tree;
    await this.writer.writePartials();
    await this.gate.exclusively(async () => {
      const { start, end } = layout.piecesOf(file);
      const onDisk = new Set<number>([...this.have, ...this.writer.partials().map(({ piece }) => piece)]);
      const pieces = [...new Set([start, end - 1])].filter((piece) => onDisk.has(piece));
      await disk.run<'give-back'>({ type: 'give-back', torrent: spec.torrent, file, pieces }, spec);
      await disk.run<'sync'>({ type: 'sync', torrent: spec.torrent, files: [file] }, spec);
      spec.homes[file] = HOME_TREE;
      this.keeper.markFile(file);
    });
  }

  /** A file that was never made shall not be made; one that is there stays where it is. */
  private async moveIntoParts(file: number): Promise<void> {
    const { disk, tree } = this.parts;
    const found = await disk.run<'look'>({ type: 'look', torrent: tree.spec.torrent, file }, tree.spec);
    if (found === undefined) tree.spec.homes[file] = HOME_PARTS;
  }

  /** The state no longer speaks of the parts file: it can go. */
  private async removeParts(): Promise<void> {
    const { disk, tree } = this.parts;
    if (tree.spec.homes.includes(HOME_PARTS)) return;
    await disk.runEverywhere<'close-files'>({ type: 'close-files', torrent: tree.spec.torrent }, tree.spec);
    await disk.run<'remove-parts'>({ type: 'remove-parts', torrent: tree.spec.torrent }, tree.spec);
    this.keeper.forgetParts();
  }

  private async lostFile(file: number): Promise<void> {
    const { tree } = this.parts;
    const pieces = [...piecesOfFiles([file], tree)]
      .map((piece) => piece as PieceIndex)
      .filter((piece) => this.have.has(piece));
    const { spec } = tree;
    const path = join(spec.root, ...(spec.files[file]?.path ?? [spec.partsName]));
    const message = `${path} is gone or shorter than it was: what is lost is fetched again`;
    await this.recheck(
      pieces.sort((a, b) => a - b),
      new StorageError('file-changed', message, { path }),
    );
  }

  /** Hashes verified pieces once more and drops those that are no longer what they were. */
  private async recheck(pieces: readonly PieceIndex[], error: StorageError): Promise<void> {
    const { disk, tree } = this.parts;
    const bad: PieceIndex[] = [];
    const onPiece = (piece: number, isGood: boolean) => void (isGood || bad.push(piece as PieceIndex));
    await checkPieces({ disk, tree: tree.spec, pieces, onPiece });
    if (bad.length > 0) this.lose(bad, error);
  }

  private lose(pieces: readonly PieceIndex[], error: StorageError): void {
    const lost = pieces.filter((piece) => this.have.delete(piece));
    for (const piece of lost) this.cache.forget(piece);
    if (lost.length === 0) return;
    this.keeper.markStale();
    this.flushTicker.start();
    this.parts.listener.onLost?.(lost, error);
  }

  private noteVerified(piece: PieceIndex): void {
    this.unflushedBytes += this.parts.tree.layout.lengthOf(piece);
    if (this.unflushedBytes >= this.parts.flushBytes || this.have.isFull) this.flushInBackground();
    else this.flushTicker.start();
  }

  private flushInBackground(): void {
    if (this.fault !== undefined || this.closing !== undefined) return;
    this.unflushedBytes = 0;
    this.keeper
      .flush()
      .then(() => (this.have.isFull ? this.closeWriters() : undefined))
      // The gate has told what held the flush up; a file that closes with an error was on stable storage before.
      .catch(() => {});
  }

  /** Complete: nothing is written any more, so nothing stays open for writing. */
  private closeWriters(): Promise<void> {
    const { disk, tree } = this.parts;
    return disk.runEverywhere<'close-files'>({ type: 'close-files', torrent: tree.spec.torrent }, tree.spec);
  }

  private async end(): Promise<void> {
    const { disk, tree } = this.parts;
    this.flushTicker.stop();
    this.retryTicker.stop();
    try {
      if (this.fault !== undefined) throw this.fault;
      await this.writer.writePartials();
      await this.keeper.flush();
    } finally {
      this.gate.shut();
      await this.writer.settled();
      this.writer.close();
      disk.buffers.leave(tree.spec.torrent);
      await letGo(this.parts);
    }
  }

  private known(piece: PieceIndex): PieceIndex {
    if (this.parts.geometry.pieceAt(piece) !== undefined) return piece;
    throw new StorageError('bad-block', `there is no piece ${piece} of ${this.parts.geometry.pieceCount}`);
  }

  private checkedStretch(piece: PieceIndex, begin: number, length: number): number {
    this.checkOpen();
    const available = this.parts.tree.layout.lengthOf(this.known(piece)) - begin;
    if (
      !Number.isSafeInteger(begin) ||
      begin < 0 ||
      !Number.isSafeInteger(length) ||
      length < 0 ||
      length > available
    ) {
      throw new StorageError('bad-block', `bytes ${begin} + ${length} are not inside piece ${piece}`);
    }
    if (!this.have.has(piece))
      throw new StorageError('not-verified', `piece ${piece} is not verified: nothing to read`);
    return length;
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw new StorageError('closed', 'the storage is closed: open it again');
  }
}

/** Every step is taken, whatever the one before it threw. */
async function letGo({ disk, tree, ownsDisk, unlock }: StorageParts): Promise<void> {
  try {
    await disk.runEverywhere<'forget'>({ type: 'forget', torrent: tree.spec.torrent }, tree.spec);
  } finally {
    try {
      if (ownsDisk) await disk.close();
    } finally {
      unlock();
    }
  }
}
