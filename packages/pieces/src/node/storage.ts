import type { Bitfield, ReadonlyBitfield } from '../bitfield.js';
import type { Geometry, PieceIndex } from '../geometry.js';
import { BLOCK_BYTES } from '../limits.js';
import type { PartialPiece } from '../partial-piece.js';
import type { Disk } from './disk.js';
import { StorageError } from './errors.js';
import { FaultGate } from './fault-gate.js';
import { letGo } from './let-go.js';
import { findLost } from './lost-files.js';
import { PieceReads } from './piece-reads.js';
import { type PieceVerdict, PieceWriter, type StoreOutcome } from './piece-writer.js';
import type { ResumeOutcome } from './resume.js';
import { StateKeeper, type StatePlace } from './state-keeper.js';
import { Ticker } from './ticker.js';
import type { TorrentTree } from './torrent-tree.js';
import { HOME_PARTS } from './tree.js';
import { WantedFiles } from './wanted-files.js';

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
  /** The first piece that the device could not read; such pieces count as missing. */
  readonly problem: StorageError | undefined;
}

/**
 * The files of one torrent. Made by `openStorage`.
 *
 * @example
 * ```ts
 * import type { PieceIndex } from '@unchoke/pieces';
 * import type { Storage } from '@unchoke/pieces/node';
 *
 * // A block came in; the last one of its piece. True when the piece is on disk.
 * async function lastBlock(storage: Storage, piece: PieceIndex, begin: number, bytes: Uint8Array): Promise<boolean> {
 *   while (storage.storeBlock(piece, begin, bytes) === 'full') await storage.whenRoom();
 *   const { isValid } = await storage.verifyPiece(piece);
 *   return isValid;
 * }
 * ```
 */
export class Storage {
  /** What the state file was worth at the start. */
  readonly resume: ResumeReport;
  private readonly parts: StorageParts;
  private readonly have: Bitfield;
  private readonly gate: FaultGate;
  private readonly writer: PieceWriter;
  private readonly keeper: StateKeeper;
  private readonly wantedFiles: WantedFiles;
  private readonly reads: PieceReads;
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
      findLost: () => this.findLost(),
    };
    const shared = { disk, tree: spec, layout, gate: this.gate };
    this.keeper = new StateKeeper({ ...shared, place: statePlace, source, facts });
    this.writer = new PieceWriter({
      ...shared,
      onWritten: (piece) => this.keeper.markWritten(piece),
      onVerified: (piece) => this.noteVerified(piece as PieceIndex),
    });
    this.wantedFiles = new WantedFiles({ ...shared, have: this.have, writer: this.writer, keeper: this.keeper });
    for (const partial of parts.partials) this.writer.resume(partial);
    this.reads = new PieceReads({
      ...shared,
      have: this.have,
      checkKnown: (piece) => {
        this.checkOpen();
        this.known(piece);
      },
      paddedLengthOf: (piece) => parts.geometry.paddedLengthOf(piece),
      findLost: () => this.findLost(),
    });
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
    return this.writer.verify(this.known(piece), options.blockDigests === true);
  }

  /** Forgets the blocks of a piece that will not be finished. */
  discardPiece(piece: PieceIndex): void {
    this.writer.discard(this.known(piece));
  }

  /** A stretch of a verified piece, as the caller's own copy. Padding behind a file is zeros (`Geometry.paddedLengthOf`). */
  async read(piece: PieceIndex, begin: number, length: number): Promise<Uint8Array> {
    this.reads.check(piece, begin, length);
    const bytes = new Uint8Array(length);
    await new Promise<void>((resolve, reject) => {
      this.readInto(piece, begin, bytes, (error) => (error === undefined ? resolve() : reject(error)));
    });
    return bytes;
  }

  /**
   * The same into the caller's memory and without a promise, for those who read by the thousand: `done` is called with what went
   * wrong, if anything; at once when the stretch was read a moment ago.
   */
  readInto(piece: PieceIndex, begin: number, into: Uint8Array, done: (error: unknown) => void): void {
    this.reads.into(piece, begin, into, done);
  }

  /**
   * The same for those who send what they read: the bytes, before which there are 13 more for a header. A block of the 16 KiB grid
   * is no copy; it lies in front of the block behind it, as far as both were read together, and others may be lent the same. So the
   * bytes must not be changed, and whoever writes a header must write what everybody would. `giveBack` them when they are sent.
   */
  lend(
    piece: PieceIndex,
    begin: number,
    length: number,
    done: (error: unknown, bytes: Uint8Array | undefined) => void,
  ): void {
    this.reads.lend(piece, begin, length, done);
  }

  /** Nobody looks any more at bytes that `lend` gave; also after `close`. */
  giveBack(bytes: Uint8Array): void {
    this.parts.disk.reads.giveBack(bytes);
  }

  /**
   * Settles when all that is verified now, and the blocks of unfinished pieces, would survive a power cut; when the disk
   * is at fault, that is after the fault is gone.
   */
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

  /**
   * Says whether a file is wanted from now on. What the parts file holds of it is moved into the tree. Rejects with the
   * fault when there is one; ask again when it is gone.
   */
  async setWanted(file: number, isWanted: boolean): Promise<void> {
    this.checkOpen();
    await this.gate.orFault(() => this.wantedFiles.set(file, isWanted));
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
    const files = [...spec.files.keys()].filter((file) => spec.files[file]!.isPad !== true && isWanted(file));
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
      if (spec.homes[file] !== HOME_PARTS || this.fault !== undefined) continue;
      await this.setWanted(file, true).catch((error) => {
        // A fault is told by the gate, and the move goes on after it.
        if (error !== this.fault) throw error;
      });
    }
    if (this.resume.checkedCount > 0) this.keeper.markStale();
    this.flushTicker.start();
  }

  /** Looks again at what the fault was about, with fresh descriptors. */
  private async isReadyFor(fault: StorageError): Promise<boolean> {
    try {
      await this.closeFiles();
      if (fault.code === 'file-missing' || fault.code === 'file-changed') await this.findLost();
      return fault !== this.shortage || (await this.parts.spaceProblem(this.have)) === undefined;
    } catch (error) {
      if (StorageError.isInstance(error)) return false;
      throw error;
    }
  }

  private async findLost(): Promise<void> {
    const { disk, tree } = this.parts;
    await this.closeFiles();
    this.keeper.forgetNames();
    const found = await findLost(disk, tree, (piece) => this.have.has(piece));
    if (found !== undefined) this.lose(found.pieces, found.error);
  }

  private lose(pieces: readonly PieceIndex[], error: StorageError): void {
    const lost = pieces.filter((piece) => this.have.delete(piece));
    for (const piece of lost) this.reads.forget(piece);
    if (lost.length === 0) return;
    this.keeper.markStale();
    this.flushTicker.start();
    this.parts.listener.onLost?.(lost, error);
  }

  private noteVerified(piece: PieceIndex): void {
    this.have.add(piece);
    this.keeper.markStale();
    this.unflushedBytes += this.parts.tree.layout.lengthOf(piece);
    if (this.unflushedBytes >= this.parts.flushBytes || this.have.isFull) this.flushInBackground();
    else this.flushTicker.start();
  }

  private flushInBackground(): void {
    if (this.fault !== undefined || this.closing !== undefined) return;
    this.unflushedBytes = 0;
    this.keeper
      .flush()
      // Complete: nothing is written any more, so nothing stays open for writing.
      .then(() => (this.have.isFull ? this.closeFiles() : undefined))
      // The gate has told what held the flush up; a file that closes with an error was on stable storage before.
      .catch(() => {});
  }

  /** What is opened after this is what stands at the path then. */
  private closeFiles(): Promise<void> {
    const { disk, tree } = this.parts;
    return disk.runEverywhere<'close-files'>({ type: 'close-files', torrent: tree.spec.torrent }, tree.spec);
  }

  private async end(): Promise<void> {
    const { disk, ownsDisk, tree, unlock } = this.parts;
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
      disk.buffers.part(tree.spec.torrent);
      this.reads.forget();
      await letGo({ disk, spec: tree.spec, ownsDisk, unlock });
    }
  }

  private known(piece: PieceIndex): PieceIndex {
    if (this.parts.geometry.pieceAt(piece) !== undefined) return piece;
    throw new StorageError('bad-block', `there is no piece ${piece} of ${this.parts.geometry.pieceCount}`);
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw new StorageError('closed', 'the storage is closed: open it again');
  }
}
