import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { FileSystem } from './file-system.js';
import { REPEAT_COUNT_MAX } from './limits.js';

const { O_CREAT, O_EXCL, O_RDONLY, O_TRUNC, O_WRONLY } = constants;
const O_GUARDED: number = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Replaces a small file so that a reader, at any moment and after any crash, finds the old bytes or the new ones: they
 * are written beside it, put on stable storage, renamed over it, and the rename is put on stable storage too.
 */
export async function saveAtomically(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  const descriptor = fs.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_GUARDED);
  try {
    writeAll(fs, descriptor, bytes);
    await fs.sync(descriptor);
  } finally {
    fs.close(descriptor);
  }
  fs.rename(temporary, path);
  await syncDirectory(fs, dirname(path));
}

/** The bytes of a small file; undefined when there is none. One longer than `bytesMax` is cut just behind it. */
export function load(fs: FileSystem, path: string, bytesMax: number): Uint8Array | undefined {
  const facts = fs.look(path);
  if (facts === undefined) return undefined;
  const descriptor = fs.open(path, O_RDONLY | O_GUARDED);
  try {
    const bytes = new Uint8Array(Math.min(facts.size, bytesMax + 1));
    let length = 0;
    for (let count = 1; count > 0 && length < bytes.length; length += count) {
      count = fs.read(descriptor, bytes.subarray(length), length);
    }
    return bytes.subarray(0, length);
  } finally {
    fs.close(descriptor);
  }
}

/** Writes a file that must not be there yet. */
export function createExclusively(fs: FileSystem, path: string, bytes: Uint8Array): void {
  const descriptor = fs.open(path, O_WRONLY | O_CREAT | O_EXCL | O_GUARDED);
  try {
    writeAll(fs, descriptor, bytes);
  } finally {
    fs.close(descriptor);
  }
}

/** Puts the entries of a directory on stable storage: names of files made or renamed in it. */
export async function syncDirectory(fs: FileSystem, path: string): Promise<void> {
  // Windows has no such thing: a directory cannot be opened, and its journal keeps names in order.
  if (process.platform === 'win32') return;
  const descriptor = fs.open(path, O_RDONLY);
  try {
    await fs.sync(descriptor);
  } finally {
    fs.close(descriptor);
  }
}

function writeAll(fs: FileSystem, descriptor: number, bytes: Uint8Array): void {
  let written = 0;
  for (let round = 0; written < bytes.length; round++) {
    const count = fs.write(descriptor, bytes.subarray(written), written);
    if (count === 0 && round > REPEAT_COUNT_MAX) throw Object.assign(new Error('nothing written'), { code: 'EIO' });
    written += count;
  }
}
