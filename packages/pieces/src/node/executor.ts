import { dirname } from 'node:path';
import { load, saveAtomically, syncDirectory } from './atomic-file.js';
import { blocksIn } from './block-run.js';
import { Descriptors } from './descriptors.js';
import { asFailure, type Failure, StorageError, typed, typedAsync } from './errors.js';
import type { FileFacts, FileSystem } from './file-system.js';
import type { Job, JobOf, Range, Results } from './jobs.js';
import { HASH_RUN_BYTES, RUNNING_HASH_COUNT_MAX } from './limits.js';
import { digestBlocks, digestLengthOf, digestPiece, type PieceHash, startPieceHash } from './piece-hash.js';
import { Tree, type TreeSpec } from './tree.js';

/** A hash that has taken in the first bytes of a long piece. */
interface RunningHash {
  readonly hash: PieceHash;
  upTo: number;
}

/**
 * Does the jobs of one thread. It knows nothing of threads: the same code runs in a worker and, when no thread is
 * wanted, on the caller's own.
 */
export class Executor {
  private readonly fs: FileSystem;
  private readonly descriptors: Descriptors;
  private readonly trees = new Map<number, Tree>();
  private readonly running = new Map<string, RunningHash>();
  private scratch: Uint8Array | undefined;

  constructor(fs: FileSystem, descriptorCountMax: number) {
    this.fs = fs;
    this.descriptors = new Descriptors(fs, descriptorCountMax);
  }

  addTree(spec: TreeSpec): void {
    this.trees.set(spec.torrent, new Tree(spec, this.fs, this.descriptors));
  }

  /** The result of a job, or a `StorageError`. Only jobs that wait for stable storage return a promise. */
  execute(job: Job): Results[Job['type']] | Promise<Results[Job['type']]> {
    switch (job.type) {
      case 'store':
        return this.store(job);
      case 'check':
        return this.check(job);
      case 'read':
        return this.treeOf(job.torrent).readBlocks(job.offset, blocksIn(job.bytes)) as undefined;
      case 'survey':
        return this.survey(this.treeOf(job.torrent));
      case 'look':
        return this.treeOf(job.torrent).look(job.file);
      case 'sync':
        return this.sync(this.treeOf(job.torrent), job.files);
      case 'sync-names':
        return this.syncNames(this.treeOf(job.torrent), job.files);
      case 'create':
        return this.create(this.treeOf(job.torrent), job.files);
      case 'give-back':
        return this.treeOf(job.torrent).giveBack(job.file, job.pieces) as undefined;
      case 'remove-parts':
        return this.removeParts(this.treeOf(job.torrent));
      case 'close-files':
        return this.treeOf(job.torrent).close() as undefined;
      case 'forget':
        return this.forget(job.torrent);
      case 'enter':
        return typed('open', job.path, () => this.enter(job));
      case 'free-bytes':
        return typed('look at', job.path, () => this.fs.freeBytes(job.path));
      case 'save':
        return this.save(job);
      case 'load':
        return typed('read', job.path, () => load(this.fs, job.path, job.bytesMax));
      default:
        return unreachable(job);
    }
  }

  private store(job: JobOf<'store'>): Results['store'] {
    const tree = this.treeOf(job.torrent);
    if (!job.verify) {
      this.writeRanges(tree, job, job.ranges);
      if (job.isFilled) this.feedRunning(tree, job);
      return { isValid: false, blockDigests: undefined };
    }
    const length = tree.layout.lengthOf(job.piece);
    return job.base === 0 && job.bytes.length === length
      ? this.verifyWhole(tree, job)
      : this.verifyLong(tree, job, length);
  }

  /** The piece is in the buffer: hashed first, so that a bad one leaves the disk as it was. */
  private verifyWhole(tree: Tree, job: JobOf<'store'>): Results['store'] {
    const { algorithm, shape } = tree.spec;
    for (const { begin, end } of gapsOf(job.ranges, job.bytes.length)) {
      tree.read(job.piece * shape.pieceLength + begin, job.bytes.subarray(begin, end));
    }
    const isValid = this.isExpected(tree, job.piece, digestPiece(algorithm, tree.layout, job.piece, job.bytes));
    const blockDigests = isValid && !job.wantDigests ? undefined : digestBlocks(algorithm, job.bytes);
    if (isValid) this.writeRanges(tree, job, job.ranges);
    return { isValid, blockDigests };
  }

  /** The piece is longer than a buffer: written as it came, hashed as far as it came in order, the rest read back. */
  private verifyLong(tree: Tree, job: JobOf<'store'>, length: number): Results['store'] {
    const { algorithm, torrent } = tree.spec;
    this.writeRanges(tree, job, job.ranges);
    if (job.isFilled) this.feedRunning(tree, job);
    const key = `${torrent}/${job.piece}`;
    const running = this.running.get(key) ?? { hash: startPieceHash(algorithm, tree.layout, job.piece), upTo: 0 };
    this.running.delete(key);
    this.readThrough(tree, job.piece, running.upTo, length, (bytes) => running.hash.update(bytes));
    const isValid = this.isExpected(tree, job.piece, running.hash.digest());
    if (isValid && !job.wantDigests) return { isValid, blockDigests: undefined };
    const digests: Uint8Array[] = [];
    this.readThrough(tree, job.piece, 0, length, (bytes) => digests.push(digestBlocks(algorithm, bytes)));
    return { isValid, blockDigests: new Uint8Array(Buffer.concat(digests)) };
  }

  private feedRunning(tree: Tree, job: JobOf<'store'>): void {
    const key = `${job.torrent}/${job.piece}`;
    if (job.base === 0) {
      this.running.delete(key);
      if (this.running.size >= RUNNING_HASH_COUNT_MAX) this.running.delete(this.running.keys().next().value!);
      this.running.set(key, { hash: startPieceHash(tree.spec.algorithm, tree.layout, job.piece), upTo: 0 });
    }
    const running = this.running.get(key);
    if (running === undefined || running.upTo !== job.base) return;
    running.hash.update(job.bytes);
    running.upTo += job.bytes.length;
  }

  private writeRanges(tree: Tree, job: JobOf<'store'>, ranges: readonly Range[]): void {
    const start = job.piece * tree.spec.shape.pieceLength;
    for (const { begin, end } of ranges) {
      tree.write(start + begin, job.bytes.subarray(begin - job.base, end - job.base));
    }
  }

  private check(job: JobOf<'check'>): Results['check'] {
    const tree = this.treeOf(job.torrent);
    const good = new Uint8Array(job.end - job.start);
    let failure: Failure | undefined;
    for (let piece = job.start; piece < job.end; piece++) {
      const hash = startPieceHash(tree.spec.algorithm, tree.layout, piece);
      try {
        this.readThrough(tree, piece, 0, tree.layout.lengthOf(piece), (bytes) => hash.update(bytes));
        if (this.isExpected(tree, piece, hash.digest())) good[piece - job.start] = 1;
      } catch (error) {
        // Bytes that are not there are the normal case; anything else is told, and the piece counts as missing.
        if (!StorageError.isInstance(error)) throw error;
        if (error.code !== 'file-missing' && error.code !== 'file-changed' && error.code !== 'bad-block') {
          failure ??= asFailure(error);
        }
      }
    }
    return { good, failure };
  }

  private readThrough(tree: Tree, piece: number, from: number, to: number, take: (bytes: Uint8Array) => void): void {
    this.scratch ??= new Uint8Array(HASH_RUN_BYTES);
    const start = piece * tree.spec.shape.pieceLength;
    for (let begin = from; begin < to; begin += HASH_RUN_BYTES) {
      const bytes = this.scratch.subarray(0, Math.min(HASH_RUN_BYTES, to - begin));
      tree.read(start + begin, bytes);
      take(bytes);
    }
  }

  private isExpected(tree: Tree, piece: number, digest: Uint8Array): boolean {
    const length = digestLengthOf(tree.spec.algorithm);
    return digest.every((byte, index) => byte === tree.spec.digests[piece * length + index]);
  }

  private survey(tree: Tree): readonly (FileFacts | undefined)[] {
    const files = tree.spec.files.map((file, index) => (file.isPad === true ? undefined : tree.look(index)));
    return [...files, tree.look(tree.partsFile)];
  }

  private async sync(tree: Tree, files: readonly number[]): Promise<readonly (FileFacts | undefined)[]> {
    const facts: (FileFacts | undefined)[] = [];
    for (const file of files) facts.push(await tree.sync(file));
    return facts;
  }

  private async syncNames(tree: Tree, files: readonly number[]): Promise<undefined> {
    const directories = new Set(files.flatMap((file) => tree.directoriesOf(file)));
    for (const path of directories) await typedAsync('sync', path, () => syncDirectory(this.fs, path));
  }

  private create(tree: Tree, files: readonly number[]): undefined {
    for (const file of files) tree.create(file);
  }

  private removeParts(tree: Tree): undefined {
    tree.remove(tree.partsFile);
  }

  private forget(torrent: number): undefined {
    const tree = this.trees.get(torrent);
    this.trees.delete(torrent);
    for (const key of [...this.running.keys()]) if (key.startsWith(`${torrent}/`)) this.running.delete(key);
    tree?.close();
  }

  private enter({ path, create }: JobOf<'enter'>): string {
    if (create && this.fs.look(path) === undefined) {
      const parent = dirname(path);
      if (parent !== path) this.enter({ type: 'enter', path: parent, create });
      this.fs.makeDirectory(path);
    }
    return this.fs.realpath(path);
  }

  private async save({ path, bytes }: JobOf<'save'>): Promise<undefined> {
    await typedAsync('save', path, () => saveAtomically(this.fs, path, bytes));
  }

  private treeOf(torrent: number): Tree {
    const tree = this.trees.get(torrent);
    if (tree === undefined) throw new StorageError('closed', 'this storage is closed: open it again');
    return tree;
  }
}

/** What the ascending ranges leave out. */
function* gapsOf(ranges: readonly Range[], length: number): Generator<Range, void, undefined> {
  let at = 0;
  for (const { begin, end } of [...ranges, { begin: length, end: length }]) {
    if (begin > at) yield { begin: at, end: begin };
    at = end;
  }
}

function unreachable(job: never): never {
  throw new Error(`no such job: ${JSON.stringify(job)}`);
}
