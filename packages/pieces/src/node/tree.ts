import { join } from 'node:path';
import type { Descriptors } from './descriptors.js';
import { StorageError, typed, typedAsync } from './errors.js';
import type { FileFacts, FileSystem } from './file-system.js';
import { Layout, type PieceShape, type Span, type StorageFile } from './layout.js';
import { REPEAT_COUNT_MAX } from './limits.js';
import { lookInside, type OpenMode, openInside } from './open-inside.js';

/** Where the bytes of a file are: in the tree, or (an unwanted file that was never made) in the parts file. */
export const HOME_TREE = 0;
export const HOME_PARTS = 1;

/** Where bytes of the torrent are now. */
interface Place {
  readonly file: number;
  readonly position: number;
}

/** What a thread must know of a torrent. Shared arrays, so that it is told once and sees what changes. */
export interface TreeSpec {
  readonly torrent: number;
  /** A real path: links in it were followed once, when the storage was opened. */
  readonly root: string;
  readonly partsName: string;
  readonly files: readonly StorageFile[];
  readonly shape: PieceShape;
  readonly allocation: 'sparse' | 'full';
  readonly algorithm: 'sha1' | 'sha256';
  /** The digests of all pieces, one after the other. */
  readonly digests: Uint8Array;
  /** One byte a file. */
  readonly homes: Uint8Array;
  /** One byte a file: 1 when it has its full length. One that has it no more was changed by somebody else. */
  readonly made: Uint8Array;
}

/**
 * The files of one torrent as one thread sees them: bytes of the torrent in, bytes of files out. The number of the
 * parts file is the count of the others.
 */
export class Tree {
  readonly spec: TreeSpec;
  readonly layout: Layout;
  private readonly fs: FileSystem;
  private readonly descriptors: Descriptors;

  constructor(spec: TreeSpec, fs: FileSystem, descriptors: Descriptors) {
    this.spec = spec;
    this.fs = fs;
    this.descriptors = descriptors;
    this.layout = new Layout(spec.files, spec.shape);
  }

  get partsFile(): number {
    return this.spec.files.length;
  }

  pathOf(file: number): string {
    return join(this.spec.root, ...this.componentsOf(file));
  }

  /** Writes bytes of the torrent; what is padding is dropped. */
  write(offset: number, bytes: Uint8Array): void {
    for (const span of this.layout.spans(offset, bytes.length)) {
      const { file, position } = this.placeOf(offset, span);
      this.writeFile(file, position, bytes.subarray(span.at, span.at + span.length));
    }
  }

  /** Reads bytes of the torrent; padding is zero. A file that ends too early is an error. */
  read(offset: number, into: Uint8Array): void {
    let filled = 0;
    for (const span of this.layout.spans(offset, into.length)) {
      into.fill(0, filled, span.at);
      filled = span.at + span.length;
      const { file, position } = this.placeOf(offset, span);
      this.readFile(file, position, into.subarray(span.at, filled));
    }
    into.fill(0, filled);
  }

  /** Reads stretches of the torrent that follow one another, in one call where they lie in one file. */
  readBlocks(offset: number, blocks: readonly Uint8Array[]): void {
    const length = blocks.reduce((sum, block) => sum + block.length, 0);
    const [span] = this.layout.spans(offset, length);
    const isInOneFile = span?.length === length;
    if (isInOneFile && this.readEach(this.placeOf(offset, span), blocks) === length) return;
    let at = offset;
    for (const block of blocks) {
      this.read(at, block);
      at += block.length;
    }
  }

  private readEach({ file, position }: Place, blocks: readonly Uint8Array[]): number {
    return typed('read', this.pathOf(file), () => {
      const descriptor = this.descriptors.use(this.keyOf(file), false, () => this.open(file, 'read'));
      return repeated(() => this.fs.readEach(descriptor, blocks, position));
    });
  }

  /** Writes into a file of its own number, wherever its bytes live at the moment. */
  writeFile(file: number, position: number, bytes: Uint8Array): void {
    typed('write', this.pathOf(file), () => {
      const descriptor = this.openWriter(file);
      let written = 0;
      for (let idle = 0; written < bytes.length; ) {
        const count = repeated(() => this.fs.write(descriptor, bytes.subarray(written), position + written));
        written += count;
        if (count === 0 && ++idle > REPEAT_COUNT_MAX)
          throw Object.assign(new Error('nothing written'), { code: 'EIO' });
      }
    });
  }

  readFile(file: number, position: number, into: Uint8Array): void {
    typed('read', this.pathOf(file), () => {
      const descriptor = this.descriptors.use(this.keyOf(file), false, () => this.open(file, 'read'));
      for (let read = 0; read < into.length; ) {
        const count = repeated(() => this.fs.read(descriptor, into.subarray(read), position + read));
        if (count === 0) throw this.endedEarly(file, position + read);
        read += count;
      }
    });
  }

  /** What stands where the file should be. */
  look(file: number): FileFacts | undefined {
    return typed('look at', this.pathOf(file), () => lookInside(this.fs, this.spec.root, this.componentsOf(file)));
  }

  /** Moves what is known of a file from the parts file into the tree, where it was not until now. */
  giveBack(file: number, pieces: Iterable<number>): void {
    const { offset, length } = this.spec.files[file]!;
    const { pieceLength } = this.spec.shape;
    for (const piece of pieces) {
      const start = Math.max(offset, piece * pieceLength);
      const bytes = new Uint8Array(Math.min(offset + length, (piece + 1) * pieceLength) - start);
      this.readFile(this.partsFile, this.partsPositionOf(start, file), bytes);
      this.writeFile(file, start - offset, bytes);
    }
    this.create(file);
  }

  /** Makes a file without bytes, or makes room for one. */
  create(file: number): void {
    typed('create', this.pathOf(file), () => this.openWriter(file));
  }

  /** Puts a file on stable storage and says what it looks like then; undefined when it was taken away. */
  sync(file: number): Promise<FileFacts | undefined> {
    const key = this.keyOf(file);
    return typedAsync('sync', this.pathOf(file), async () => {
      if (this.look(file) === undefined) return undefined;
      const descriptor = this.descriptors.use(key, false, () => this.open(file, 'read'));
      const release = this.descriptors.pin(key);
      try {
        await this.fs.sync(descriptor);
      } finally {
        release();
      }
      return this.look(file);
    });
  }

  remove(file: number): void {
    typed('remove', this.pathOf(file), () => {
      this.descriptors.closeAll(this.keyOf(file));
      if (this.look(file) !== undefined) this.fs.remove(this.pathOf(file));
    });
  }

  close(): void {
    typed('close files below', this.spec.root, () => this.descriptors.closeAll(`${this.spec.torrent}/`));
  }

  /** The directories that hold the file, innermost first, ending with the root. */
  directoriesOf(file: number): readonly string[] {
    const components = this.componentsOf(file).slice(0, -1);
    return [...components.keys(), components.length]
      .map((count) => join(this.spec.root, ...components.slice(0, count)))
      .reverse();
  }

  /** Where the bytes of a span are now. */
  private placeOf(offset: number, span: Span): Place {
    if (this.spec.homes[span.file] === HOME_TREE) return { file: span.file, position: span.fileOffset };
    return { file: this.partsFile, position: this.partsPositionOf(offset + span.at, span.file) };
  }

  /** The parts file has one slot a shared piece, in order: no index that could be lost, and holes cost nothing. */
  private partsPositionOf(offset: number, file: number): number {
    const { pieceLength } = this.spec.shape;
    const piece = Math.floor(offset / pieceLength);
    const rank = this.layout.sharedRankOf(piece);
    if (rank === undefined) {
      throw new StorageError('bad-block', `piece ${piece} is wholly inside ${this.pathOf(file)}, which is not wanted`);
    }
    return rank * pieceLength + (offset - piece * pieceLength);
  }

  private openWriter(file: number): number {
    const key = this.keyOf(file);
    return this.descriptors.use(key, true, () => {
      // A file that is gone is an error: made again, it would lack what is known to be in it.
      if (this.spec.made[file] === 1) return this.fit(file, this.open(file, 'write'));
      return this.makeRoom(file, this.open(file, 'create'));
    });
  }

  /** Gives the file its length, so that a later size says something; all of it is a hole unless asked otherwise. */
  private makeRoom(file: number, descriptor: number): number {
    if (file === this.partsFile) return descriptor;
    const { length } = this.spec.files[file]!;
    try {
      const { size } = this.fs.facts(descriptor);
      if (size < length && this.spec.allocation === 'full') this.fillWithZeros(descriptor, size, length);
      else if (size !== length) this.fs.truncate(descriptor, length);
    } catch (error) {
      this.fs.close(descriptor);
      throw error;
    }
    this.spec.made[file] = 1;
    return descriptor;
  }

  /** It had its length: a shorter one was cut by somebody, a longer one loses its tail. */
  private fit(file: number, descriptor: number): number {
    const { length } = this.spec.files[file]!;
    try {
      const { size } = this.fs.facts(descriptor);
      if (size < length) throw this.endedEarly(file, size);
      if (size > length) this.fs.truncate(descriptor, length);
    } catch (error) {
      this.fs.close(descriptor);
      throw error;
    }
    return descriptor;
  }

  private fillWithZeros(descriptor: number, from: number, length: number): void {
    const zeros = new Uint8Array(Math.min(2 ** 20, length - from));
    for (let at = from; at < length; ) {
      at += repeated(() => this.fs.write(descriptor, zeros.subarray(0, Math.min(zeros.length, length - at)), at));
    }
  }

  private open(file: number, mode: OpenMode): number {
    return openInside(this.fs, this.spec.root, this.componentsOf(file), mode);
  }

  private componentsOf(file: number): readonly string[] {
    return file === this.partsFile ? [this.spec.partsName] : this.spec.files[file]!.path;
  }

  private keyOf(file: number): string {
    return `${this.spec.torrent}/${file}/`;
  }

  private endedEarly(file: number, at: number): StorageError {
    const path = this.pathOf(file);
    return new StorageError(
      'file-changed',
      `${path} ends at byte ${at}, earlier than it did: check the torrent again`,
      {
        path,
      },
    );
  }
}

/** A call that a signal interrupted did nothing; it is made again, but not for ever. */
function repeated<Result>(call: () => Result): Result {
  for (let count = 0; ; count++) {
    try {
      return call();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EINTR' || count === REPEAT_COUNT_MAX) throw error;
    }
  }
}
