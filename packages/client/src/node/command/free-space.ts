import { constants } from 'node:fs';
import { access, lstat, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { StorageFile } from '@unchoke/pieces/node';
import { EXIT } from './exit-codes.js';
import { Failure } from './failure.js';
import { formatBytes } from './format.js';

/** Refuses a download that cannot fit, before it has filled the disk. What files take already counts as there. */
export async function checkFreeSpace(folder: string, files: readonly StorageFile[]): Promise<void> {
  const freeBytes = await freeBytesAt(resolve(folder));
  if (freeBytes === undefined) return;
  const totalBytes = files.reduce((sum, { length, isPad }) => sum + (isPad === true ? 0 : length), 0);
  if (totalBytes <= freeBytes) return;
  let neededBytes = 0;
  for (const { path, length, isPad } of files) {
    if (isPad !== true) neededBytes += Math.max(0, length - (await allocatedBytes(join(folder, ...path))));
    if (neededBytes > freeBytes) break;
  }
  if (neededBytes <= freeBytes) return;
  const message =
    `${folder}: the disk is too full: ${formatBytes(totalBytes)} are to be stored there, and ${formatBytes(freeBytes)} are free; ` +
    'make room, name another folder with --out, or choose files with --select';
  throw new Failure(EXIT.diskFull, message);
}

/** Refuses a folder that cannot be one, or that this user may not write to: later nobody may be there to be told. */
export async function checkWritable(folder: string): Promise<void> {
  const place = await nearestThatExists(resolve(folder));
  if (!(await stat(place)).isDirectory())
    throw new Failure(EXIT.fileError, `${place}: a file is there, expected a folder`);
  await access(place, constants.W_OK | constants.X_OK);
}

async function nearestThatExists(path: string): Promise<string> {
  try {
    await lstat(path);
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if ((code === 'ENOENT' || code === 'ENOTDIR') && dirname(path) !== path) return nearestThatExists(dirname(path));
    throw error;
  }
}

/** Whether so little is free that this is why nothing can be stored. */
export async function isDiskFull(folder: string, neededBytes: number): Promise<boolean> {
  return ((await freeBytesAt(resolve(folder))) ?? Number.POSITIVE_INFINITY) < neededBytes;
}

/** Of the nearest folder above that exists; `undefined` where nobody knows. */
async function freeBytesAt(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    const parent = dirname(folder);
    return parent === folder ? undefined : freeBytesAt(parent);
  }
}

async function allocatedBytes(path: string): Promise<number> {
  try {
    const { blocks, size } = await lstat(path);
    return Math.min(size, blocks * 512);
  } catch {
    return 0;
  }
}
