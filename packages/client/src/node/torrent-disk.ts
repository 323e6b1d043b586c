import { type Block, Geometry, type PieceIndex } from '@unchoke/pieces';
import { type Disk, openStorage, type Storage, type StorageOptions } from '@unchoke/pieces/node';
import type { TorrentEvent } from '../events.js';
import { BlockStore } from './block-store.js';
import { type FilePriority, prioritiesOf } from './file-choice.js';
import { storageIndexes, type TorrentSource } from './torrent-source.js';

/** Who is told what becomes of the files. */
export interface DiskListener {
  readonly tell: (event: TorrentEvent) => void;
  /** Nothing more should be read from peers, or again. */
  readonly hold: (isHeld: boolean) => void;
  /** Storage and picker know of every choice that was made. */
  readonly settled: () => void;
}

/** What ends a look at the files, and who is told how far it is. */
export type Check = Pick<StorageOptions, 'signal' | 'onProgress'>;

/** How the files are opened. */
interface Opening extends Check {
  readonly recheck: 'changed' | 'all';
}

/**
 * The files of a running torrent. Which of them are wanted the storage must know before the picker when there are more, and
 * after it when there are fewer: a block of a file that is not wanted has no place. So choices are carried out one at a time.
 */
export class TorrentDisk {
  readonly geometry: Geometry;
  readonly #source: TorrentSource;
  readonly #disk: Disk;
  readonly #listener: DiskListener;
  /** The place of each file of the torrent among those of the storage. */
  readonly #indexes: readonly (number | undefined)[];
  #storage!: Storage;
  #store!: BlockStore;
  #root: string;
  #choice: readonly FilePriority[];
  /** Files that a piece was needed of, though nobody chose them. */
  readonly #needed = new Set<number>();
  #needs: readonly (Extract<TorrentEvent, { type: 'piece-needed' }> & { readonly file: number | undefined })[] = [];
  /** The picker or the storage does not know the choice yet. */
  #isStale = false;
  /** Files are still to be given up, once no block is on its way to them. */
  #isTrimDue = false;
  #errand: Promise<void> | undefined;
  #fault: string | undefined;
  #isOpen = false;

  constructor(source: TorrentSource, disk: Disk, listener: DiskListener) {
    this.geometry = new Geometry(source.metainfo);
    this.#source = source;
    this.#disk = disk;
    this.#listener = listener;
    this.#indexes = storageIndexes(source.metainfo);
    this.#root = source.root;
    this.#choice = source.choice;
  }

  /** What is verified, and the blocks of other pieces, as the storage has them. */
  get storage(): Pick<Storage, 'verified' | 'partials'> {
    return this.#storage;
  }

  get root(): string {
    return this.#root;
  }

  get choice(): readonly FilePriority[] {
    return this.#choice;
  }

  /** Of the choice as it is now. */
  get priorities(): Uint8Array {
    return prioritiesOf(this.#source.metainfo, this.geometry, this.#choice);
  }

  /** A choice was made that is not carried out yet. */
  get isChoosing(): boolean {
    return this.#isStale || this.#needs.length > 0;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  async open({ recheck, signal, onProgress }: Opening, root: string = this.#root): Promise<void> {
    const { files, hashes, state } = this.#source;
    const choice = this.#choice;
    const wanted = new Map(this.#indexes.map((index, file) => [index, this.#isWanted(file)] as const));
    const options: StorageOptions = {
      disk: this.#disk,
      root,
      files: files.map((file, index) => ({ ...file, wanted: wanted.get(index) === true })),
      geometry: this.geometry,
      hashes,
      recheck,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(state === undefined ? {} : { state }),
      onFault: (error) => this.#faulted(error.message),
      onRecovered: () => this.#recovered(),
      onLost: (pieces) => this.#listener.tell({ type: 'pieces-lost', pieces }),
    };
    if (this.#fault !== undefined) this.#listener.tell({ type: 'storage-ready' });
    this.#fault = undefined;
    const storage = await openStorage(options);
    this.#storage = storage;
    this.#root = root;
    this.#isOpen = true;
    this.#store = new BlockStore(storage, {
      verified: (piece, isValid, blockDigests) =>
        this.#listener.tell({ type: 'piece-verified', piece, isValid, blockDigests }),
      filled: () => this.#hold(true),
      emptied: () => {
        this.#hold(false);
        this.#carryOut();
      },
    });
    // A file that a fault kept from its place goes there when the fault is gone.
    this.#isStale = this.#fault !== undefined || choice !== this.#choice;
    this.#carryOut();
  }

  /** Lets go of the files with what is known on disk. Rejects when that could not be saved; they are let go of all the same. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#store.close();
    this.#hold(false);
    try {
      await this.#storage.close();
    } finally {
      await this.#errand;
    }
  }

  choose(choice: readonly FilePriority[]): void {
    this.#choice = choice;
    this.#needed.clear();
    this.#isStale = true;
    this.#carryOut();
  }

  /** A piece is waited for. When it lies in a file that nobody chose, that one gets its place first. */
  need(piece: PieceIndex, withinMs: number): void {
    const event = { type: 'piece-needed', piece, withinMs } as const;
    const file = this.#onlyFileOf(piece);
    if (!this.#isOpen || this.isChoosing || (file !== undefined && !this.#isWanted(file))) {
      this.#needs = [...this.#needs, { ...event, file }];
      this.#carryOut();
    } else this.#listener.tell(event);
  }

  /** What several files share has a place in any case. */
  #onlyFileOf(piece: PieceIndex): number | undefined {
    const begin = this.geometry.offsetOf(piece);
    const end = begin + this.geometry.lengthOf(piece);
    const files = [...this.#source.metainfo.files.entries()].filter(
      ([, { offset, length, isPad }]) => !isPad && offset < end && offset + length > begin,
    );
    return files.length === 1 ? files[0]![0] : undefined;
  }

  store(block: Block, bytes: Uint8Array): void {
    if (this.#isOpen) this.#store.store(block, bytes);
  }

  verify(piece: PieceIndex, blockDigests: boolean): void {
    if (this.#isOpen) this.#store.verify(piece, blockDigests);
  }

  /** Lends a block to be sent. */
  load({ piece, begin, length }: Block, done: (bytes: Uint8Array | undefined) => void): void {
    this.#storage.lend(piece, begin, length, (_error, bytes) => done(bytes));
  }

  /** It is sent, or will not be. */
  giveBack(bytes: Uint8Array): void {
    this.#storage.giveBack(bytes);
  }

  #isWanted(file: number): boolean {
    return this.#choice[file] !== 'skip' || this.#needed.has(file);
  }

  #carryOut(): void {
    if (this.#errand !== undefined || !this.#isOpen || this.#fault !== undefined) return;
    if (!this.isChoosing && !this.#isTrimDue) return;
    this.#errand = this.#work().then(() => {
      this.#errand = undefined;
    });
  }

  async #work(): Promise<void> {
    try {
      while (this.#isOpen && (this.isChoosing || (this.#isTrimDue && this.#store.isEmpty))) {
        if (this.isChoosing) await this.#widen();
        else await this.#trim();
      }
    } catch (error) {
      // A fault is told by the storage, and the errand goes on after it; closing ends it.
      this.#isStale = true;
      if (this.#isOpen && this.#fault === undefined)
        this.#faulted(error instanceof Error ? error.message : String(error));
    }
  }

  async #widen(): Promise<void> {
    const choice = this.#choice;
    const needs = this.#needs;
    for (const { file } of needs) if (file !== undefined) this.#needed.add(file);
    for (const [file, index] of this.#indexes.entries()) {
      if (index !== undefined && this.#isWanted(file)) await this.#storage.setWanted(index, true);
    }
    // Another choice was made meanwhile: the picker need not hear of this one.
    if (choice !== this.#choice || needs !== this.#needs || !this.#isOpen) return;
    if (this.#isStale) this.#listener.tell({ type: 'pieces-prioritized', priorities: this.priorities });
    this.#isStale = false;
    this.#isTrimDue = true;
    this.#needs = [];
    for (const { type, piece, withinMs } of needs) this.#listener.tell({ type, piece, withinMs });
    this.#listener.settled();
  }

  async #trim(): Promise<void> {
    for (const [file, index] of this.#indexes.entries()) {
      if (this.isChoosing || !this.#store.isEmpty || !this.#isOpen) return;
      if (index !== undefined && !this.#isWanted(file)) await this.#storage.setWanted(index, false);
    }
    this.#isTrimDue = false;
  }

  /** A disk at fault may take for ever: then what peers say is heard, and nothing more is asked for. */
  #hold(isHeld: boolean): void {
    this.#listener.hold(isHeld && this.#fault === undefined);
  }

  #faulted(problem: string): void {
    this.#fault = problem;
    this.#hold(false);
    this.#listener.tell({ type: 'storage-stalled', problem });
  }

  #recovered(): void {
    this.#fault = undefined;
    this.#listener.tell({ type: 'storage-ready' });
    this.#carryOut();
  }
}
