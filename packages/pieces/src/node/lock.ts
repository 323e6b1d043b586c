import { readFileSync } from 'node:fs';
import { createExclusively, load } from './atomic-file.js';
import { StorageError } from './errors.js';
import type { FileSystem } from './file-system.js';

/** A process id and what tells it from a later process with the same id; far less than this. */
const LOCK_BYTES_MAX = 256;

/** Locks of this thread, and those it could not remove when it was done with them. */
const held = new Set<string>();
const abandoned = new Set<string>();

/**
 * One process at a time: two that write one torrent would trust each other's half-written pieces. The lock is a file
 * that names its owner; the lock of a process that is gone is taken over. Processes that cannot see each other (other
 * machines, other containers) are not told apart: give each its own folder.
 */
export function lock(fs: FileSystem, path: string): void {
  if (held.has(path)) throw locked(path, 'this process');
  for (let round = 0; ; round++) {
    const found = load(fs, path, LOCK_BYTES_MAX);
    if (found !== undefined && round < 2) {
      const owner = ownerOf(found);
      if (isAlive(owner) && !(owner.id === process.pid && abandoned.has(path)))
        throw locked(path, `process ${owner.id}`);
      takeAway(fs, path, found);
    }
    try {
      createExclusively(fs, path, encode(`${process.pid} ${startOf(process.pid)}\n`));
      held.add(path);
      abandoned.delete(path);
      return;
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EEXIST';
      if (!isTaken) abandoned.add(path);
      if (!isTaken || round === 2) throw error;
    }
  }
}

export function unlock(fs: FileSystem, path: string): void {
  if (!held.delete(path)) return;
  abandoned.add(path);
  fs.remove(path);
  abandoned.delete(path);
}

interface Owner {
  readonly id: number;
  readonly start: string;
}

/** Moves a dead owner's lock out of the way. Whoever moved a living one, because another was faster, puts it back. */
function takeAway(fs: FileSystem, path: string, expected: Uint8Array): void {
  const aside = `${path}.${process.pid}`;
  try {
    fs.rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = load(fs, aside, LOCK_BYTES_MAX);
  if (moved !== undefined && decode(moved) !== decode(expected)) {
    fs.rename(aside, path);
    throw locked(path, `process ${ownerOf(moved).id}`);
  }
  fs.remove(aside);
}

function ownerOf(bytes: Uint8Array): Owner {
  const [id = '', start = ''] = decode(bytes).trim().split(' ');
  return { id: /^\d{1,10}$/.test(id) ? Number(id) : 0, start };
}

/** A torn lock, or one of a process that is gone or has been replaced by another of the same id, binds nobody. */
function isAlive({ id, start }: Owner): boolean {
  if (id === 0) return false;
  // In a container every start may get the same id: our own says nothing unless the start says the same.
  if (id === process.pid) return start !== '-' && start === startOf(id);
  try {
    process.kill(id, 0);
  } catch (error) {
    // Only a process of somebody else's may not be signalled, and is there.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startOf(id);
  return now === '-' || start === '-' || now === start;
}

/** When the process began, in the kernel's words (field 22 of `/proc/<id>/stat`), or `-` where nobody says. */
function startOf(id: number): string {
  try {
    const line = readFileSync(`/proc/${id}/stat`, 'latin1');
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
  } catch {
    // No such file system, or no right to look: the id alone decides.
    return '-';
  }
}

function locked(path: string, owner: string): StorageError {
  const advice = 'close it there first; if no such program runs, remove the lock file';
  return new StorageError('locked', `${path}: ${owner} has this torrent open: ${advice}`, { path });
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}
