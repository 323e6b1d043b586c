import fs from 'node:fs';

/** What a path or a descriptor leads to. */
export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Bytes that take up space: fewer than the size when there are holes. */
  readonly allocated: number;
}

/**
 * Every call this package makes to the file system, and nothing else: what is not here cannot happen, and a test can
 * fail the n-th of them. Calls block, because they run in worker threads; only `sync` can take long while others could
 * work, so it alone is asynchronous.
 */
export interface FileSystem {
  open(path: string, flags: number): number;
  close(descriptor: number): void;
  read(descriptor: number, into: Uint8Array, position: number): number;
  /** The same into several stretches, one after the other. */
  readEach(descriptor: number, into: readonly Uint8Array[], position: number): number;
  write(descriptor: number, from: Uint8Array, position: number): number;
  truncate(descriptor: number, length: number): void;
  /** What the descriptor leads to. */
  facts(descriptor: number): FileFacts;
  /** What stands at the path, without following a last link; undefined when there is nothing. */
  look(path: string): FileFacts | undefined;
  realpath(path: string): string;
  makeDirectory(path: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  freeBytes(path: string): number;
  sync(descriptor: number): Promise<void>;
}

/** The real one. */
export const nodeFileSystem: FileSystem = {
  open: (path, flags) => fs.openSync(path, flags, 0o666),
  close: (descriptor) => fs.closeSync(descriptor),
  read: (descriptor, into, position) => fs.readSync(descriptor, into, 0, into.length, position),
  readEach: (descriptor, into, position) => fs.readvSync(descriptor, into, position),
  write: (descriptor, from, position) => fs.writeSync(descriptor, from, 0, from.length, position),
  truncate: (descriptor, length) => fs.ftruncateSync(descriptor, length),
  facts: (descriptor) => factsOf(fs.fstatSync(descriptor, { bigint: true })),
  look: (path) => {
    try {
      return factsOf(fs.lstatSync(path, { bigint: true }));
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  },
  realpath: (path) => fs.realpathSync.native(path),
  makeDirectory: (path) => fs.mkdirSync(path),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.unlinkSync(path),
  freeBytes: (path) => {
    const { bavail, bsize } = fs.statfsSync(path);
    return bavail * bsize;
  },
  sync: (descriptor) =>
    new Promise((resolve, reject) => fs.fsync(descriptor, (error) => (error === null ? resolve() : reject(error)))),
};

/** Nothing stands at the path. A file in place of a parent directory means the same to whoever only looks. */
export function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function factsOf(stats: fs.BigIntStats): FileFacts {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'other';
  return { kind, size: Number(stats.size), mtimeNs: stats.mtimeNs, allocated: Number(stats.blocks) * 512 };
}
