import { constants } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { StorageError } from './errors.js';
import type { FileSystem } from './file-system.js';

/** How to open a file of the tree. */
export type OpenMode = 'read' | 'write' | 'create';

const { O_CREAT, O_RDONLY, O_RDWR } = constants;
/** Without them (Windows) links are still refused by the look at every component. O_NONBLOCK: a pipe must not hang us. */
const O_GUARDED: number = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a regular file below `root`, which must be a real path, and refuses to pass any symbolic link on the way: one
 * could lead out of the tree. Every component is looked at before, and the directory's real path is compared after the
 * file is open, in case something was swapped in between.
 */
export function openInside(fs: FileSystem, root: string, path: readonly string[], mode: OpenMode): number {
  let directory = root;
  for (const component of path.slice(0, -1)) {
    directory = join(directory, component);
    enterDirectory(fs, directory, mode === 'create');
  }
  const full = join(directory, path.at(-1)!);
  const access = mode === 'read' ? O_RDONLY : mode === 'write' ? O_RDWR : O_RDWR | O_CREAT;
  const descriptor = fs.open(full, access | O_GUARDED);
  try {
    const { kind } = fs.facts(descriptor);
    if (kind !== 'file') throw blocked(full, `a ${kind}`);
    if (!isInside(fs.realpath(dirname(full)), root)) throw refused(directory);
  } catch (error) {
    fs.close(descriptor);
    throw error;
  }
  return descriptor;
}

/**
 * What stands at the path below `root`, for someone who only wants to know whether data is there: `undefined` when
 * nothing is, an error when it is no regular file or behind a link.
 */
export function lookInside(fs: FileSystem, root: string, path: readonly string[]): ReturnType<FileSystem['look']> {
  let directory = root;
  for (const component of path.slice(0, -1)) {
    directory = join(directory, component);
    const facts = fs.look(directory);
    if (facts === undefined) return undefined;
    if (facts.kind === 'link') throw refused(directory);
    if (facts.kind !== 'directory') throw blocked(directory, `a ${facts.kind}`);
  }
  const full = join(directory, path.at(-1)!);
  const facts = fs.look(full);
  if (facts?.kind === 'link') throw refused(full);
  if (facts !== undefined && facts.kind !== 'file') throw blocked(full, `a ${facts.kind}`);
  return facts;
}

function enterDirectory(fs: FileSystem, directory: string, create: boolean): void {
  let facts = fs.look(directory);
  if (facts === undefined && create) {
    try {
      fs.makeDirectory(directory);
    } catch (error) {
      // Another thread was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    facts = fs.look(directory);
  }
  if (facts === undefined) throw Object.assign(new Error('no such directory'), { code: 'ENOENT' });
  if (facts.kind === 'link') throw refused(directory);
  if (facts.kind !== 'directory') throw blocked(directory, `a ${facts.kind}`);
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function refused(path: string): StorageError {
  const message = `${path} is a symbolic link: links are never followed; put the real file or directory there`;
  return new StorageError('link-refused', message, { path });
}

function blocked(path: string, what: string): StorageError {
  const message = `${path} is ${what}, where the torrent needs something else: move it away`;
  return new StorageError('path-blocked', message, { path });
}
