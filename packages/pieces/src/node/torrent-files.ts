import { type FileHandle, link, lstat, mkdir, open, rename, rmdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StorageError, typedAsync } from './errors.js';
import { isAbsence, nodeFileSystem } from './file-system.js';
import type { StorageFile } from './layout.js';
import { COPY_RUN_BYTES } from './limits.js';
import { lookInside } from './open-inside.js';
import { type PieceHashes, partsNameOf, type TorrentPlace } from './torrent-tree.js';

/** Which files, and which folders among theirs were there before them and stay. */
export interface FilesPlace extends Pick<TorrentPlace, 'root' | 'files' | 'hashes'> {
  /** Relative to the root, as `foldersOf` names them. */
  readonly keepFolders?: Iterable<string>;
}

/** How to move. */
export interface MoveOptions {
  /** Ends it early: everything is where it was. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (copiedBytes: number) => void;
}

/** For tests: a disk that has no links, as another device has none to this one. */
export type Linker = (from: string, to: string) => Promise<void>;

/**
 * Moves the files of a torrent to another folder; its storage must be closed. Each file is linked into its new place, or
 * copied where that cannot be, and put on stable storage; only when all are there the old ones go. So at every moment,
 * after a crash too, one of the two folders holds everything, and the same call again finishes the work. Nothing that
 * stands in the new folder is overwritten.
 *
 * @example
 * ```ts
 * import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { moveFiles } from '@unchoke/pieces/node';
 *
 * const folder = mkdtempSync(join(tmpdir(), 'unchoke-'));
 * writeFileSync(join(folder, 'hello'), 'hello');
 * const files = [{ path: ['hello'], offset: 0, length: 5 }];
 * const hashes = { algorithm: 'sha1', digests: new Uint8Array(20) } as const;
 * await moveFiles({ root: folder, files, hashes }, join(folder, 'new'));
 * console.assert(readFileSync(join(folder, 'new', 'hello'), 'utf8') === 'hello');
 * rmSync(folder, { recursive: true });
 * ```
 */
export async function moveFiles(
  place: FilesPlace,
  to: string,
  options: MoveOptions = {},
  linkFile: Linker = link,
): Promise<void> {
  const root = resolve(place.root);
  const newRoot = resolve(to);
  if (newRoot === root) return;
  const paths = pathsOf(place).filter((path) => lookInside(nodeFileSystem, root, path) !== undefined);
  await typedAsync('create', newRoot, () => mkdir(newRoot, { recursive: true }));
  const missing: string[][] = [];
  for (const path of paths) if (!(await isThere(root, newRoot, path))) missing.push(path);
  const made: { readonly files: string[]; readonly folders: string[] } = { files: [], folders: [] };
  try {
    for (const path of missing) await putInPlace(root, newRoot, path, made, options, linkFile);
    for (const folder of new Set(paths.map((path) => dirname(join(newRoot, ...path))))) await syncFolder(folder);
    options.signal?.throwIfAborted();
  } catch (error) {
    await removeAll(made.files, made.folders.reverse());
    throw error;
  }
  await removeFrom(root, paths, place);
}

/**
 * Deletes the files of a torrent, and folders of theirs that are empty then; its storage must be closed. Nothing else is
 * touched: no other file, no folder that holds one, no link, and never the root itself.
 *
 * @example
 * ```ts
 * import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { deleteFiles } from '@unchoke/pieces/node';
 *
 * const root = mkdtempSync(join(tmpdir(), 'unchoke-'));
 * writeFileSync(join(root, 'hello'), 'hello');
 * writeFileSync(join(root, 'mine'), 'mine');
 * const files = [{ path: ['hello'], offset: 0, length: 5 }];
 * await deleteFiles({ root, files, hashes: { algorithm: 'sha1', digests: new Uint8Array(20) } });
 * console.assert(!existsSync(join(root, 'hello')) && existsSync(join(root, 'mine')));
 * rmSync(root, { recursive: true });
 * ```
 */
export async function deleteFiles(place: FilesPlace): Promise<void> {
  const root = resolve(place.root);
  const paths = pathsOf(place).filter((path) => lookInside(nodeFileSystem, root, path) !== undefined);
  await removeFrom(root, paths, place);
}

/**
 * The folders below the root that the files of a torrent are in and that exist: before a download begins, those that
 * are somebody else's.
 *
 * @example
 * ```ts
 * import { tmpdir } from 'node:os';
 * import { foldersThatExist } from '@unchoke/pieces/node';
 *
 * const files = [{ path: ['no such folder', 'a'], offset: 0, length: 5 }];
 * console.assert(foldersThatExist(tmpdir(), files).length === 0);
 * ```
 */
export function foldersThatExist(root: string, files: readonly StorageFile[]): readonly string[] {
  return foldersOf(files.map(({ path }) => path)).filter(
    (folder) => nodeFileSystem.look(join(root, folder))?.kind === 'directory',
  );
}

function pathsOf({
  files,
  hashes,
}: {
  readonly files: readonly StorageFile[];
  readonly hashes: PieceHashes;
}): string[][] {
  const paths = files.filter(({ isPad }) => isPad !== true).map(({ path }) => [...path]);
  return [...paths, [partsNameOf(hashes)]];
}

/** Every folder above the files, deepest first. */
function foldersOf(paths: readonly (readonly string[])[]): readonly string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let depth = path.length - 1; depth > 0; depth--) folders.add(join(...path.slice(0, depth)));
  }
  return [...folders].sort((one, other) => other.length - one.length);
}

/** An earlier move may have been cut short behind it: then it is the same file, or the same bytes. */
async function isThere(root: string, newRoot: string, path: readonly string[]): Promise<boolean> {
  if (lookInside(nodeFileSystem, newRoot, path) === undefined) return false;
  const from = join(root, ...path);
  const to = join(newRoot, ...path);
  const [old, found] = await Promise.all([lstat(from), lstat(to)]);
  if (old.ino === found.ino && old.dev === found.dev) return true;
  if (old.size === found.size && (await haveSameBytes(from, to))) return true;
  throw new StorageError(
    'path-blocked',
    `${to} is there already and is another file: move it away, or choose another folder`,
    {
      path: to,
    },
  );
}

async function putInPlace(
  root: string,
  newRoot: string,
  path: readonly string[],
  made: { readonly files: string[]; readonly folders: string[] },
  options: MoveOptions,
  linkFile: Linker,
): Promise<void> {
  options.signal?.throwIfAborted();
  const from = join(root, ...path);
  const to = join(newRoot, ...path);
  await typedAsync('create', to, async () => {
    for (let depth = 1; depth < path.length; depth++) {
      const folder = join(newRoot, ...path.slice(0, depth));
      if (nodeFileSystem.look(folder) !== undefined) continue;
      await mkdir(folder);
      made.folders.push(folder);
    }
    try {
      await linkFile(from, to);
      made.files.push(to);
    } catch {
      // Another device, or a file system without links: whatever stands in the way of a copy too is told by the copy.
      await copy(from, to, made.files, options);
    }
  });
}

/** Under another name until it is whole and on stable storage. */
async function copy(from: string, to: string, made: string[], { signal, onProgress }: MoveOptions): Promise<void> {
  const temporary = `${to}.moving`;
  const source = await open(from, 'r');
  try {
    const target = await open(temporary, 'w');
    made.push(temporary);
    try {
      const { size, atime, mtime } = await source.stat();
      const run = Buffer.alloc(COPY_RUN_BYTES);
      for (let at = 0; at < size; ) {
        signal?.throwIfAborted();
        const { bytesRead } = await source.read(run, 0, run.length, at);
        if (bytesRead === 0) throw Object.assign(new Error('ended early'), { code: 'EIO' });
        const bytes = run.subarray(0, bytesRead);
        // What was never written stays a hole.
        if (bytes.some((byte) => byte !== 0)) await writeAll(target, bytes, at);
        at += bytesRead;
        onProgress?.(at);
      }
      await target.truncate(size);
      // The state remembers files by their time: what is unchanged need not be hashed again.
      await target.utimes(atime, mtime);
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  await rename(temporary, to);
  made.push(to);
}

async function writeAll(target: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await target.write(bytes, written, bytes.length - written, at + written);
    written += bytesWritten;
  }
}

async function haveSameBytes(one: string, other: string): Promise<boolean> {
  const handles = [await open(one, 'r'), await open(other, 'r')] as const;
  try {
    const runs = handles.map(() => Buffer.alloc(COPY_RUN_BYTES));
    for (let at = 0; ; ) {
      const [left, right] = await Promise.all(
        handles.map((handle, index) => handle.read(runs[index]!, 0, COPY_RUN_BYTES, at)),
      );
      const length = left!.bytesRead;
      if (length !== right!.bytesRead) return false;
      if (length === 0) return true;
      if (!runs[0]!.subarray(0, length).equals(runs[1]!.subarray(0, length))) return false;
      at += length;
    }
  } finally {
    await Promise.all(handles.map((handle) => handle.close()));
  }
}

async function removeFrom(root: string, paths: readonly (readonly string[])[], place: FilesPlace): Promise<void> {
  const kept = new Set(place.keepFolders ?? []);
  const folders = foldersOf(pathsOf(place)).filter((folder) => !kept.has(folder));
  for (const path of paths)
    await typedAsync('remove', join(root, ...path), () => absenceIsFine(unlink(join(root, ...path))));
  await removeAll(
    [],
    folders.map((folder) => join(root, folder)),
  );
}

/** Folders only when they are empty. */
async function removeAll(files: readonly string[], folders: readonly string[]): Promise<void> {
  for (const file of files) await absenceIsFine(unlink(file));
  for (const folder of folders) {
    if (nodeFileSystem.look(folder)?.kind !== 'directory') continue;
    // Not empty, or not ours to remove: then it stays.
    await rmdir(folder).catch(() => {});
  }
}

async function absenceIsFine(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
