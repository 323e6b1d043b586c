import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestTorrent } from './torrent.js';

/** How many pieces are right on disk, under the names they should have in the end. */
export function piecesOnDisk(torrent: TestTorrent, out: string): number {
  const { pieceLength, pieceCount, totalLength } = torrent.mock;
  const there = readAll(torrent, out);
  let count = 0;
  for (let piece = 0; piece < pieceCount; piece++) {
    const offset = piece * pieceLength;
    const length = Math.min(pieceLength, totalLength - offset);
    if (Buffer.compare(there.subarray(offset, offset + length), torrent.content.read(offset, length)) === 0) count++;
  }
  return count;
}

/** Every file is there, as long as it should be, and every byte of it is right. */
export function isOnDisk(torrent: TestTorrent, out: string): boolean {
  return torrent.files.every(({ path, offset, length }) => {
    const bytes = readFile(join(out, ...path));
    // Not every program makes files that hold nothing.
    if (length === 0) return bytes === undefined || bytes.length === 0;
    return bytes?.length === length && Buffer.compare(bytes, torrent.content.read(offset, length)) === 0;
  });
}

/** Puts the whole content where a program that has it would have it. */
export function putOnDisk(torrent: TestTorrent, out: string): void {
  for (const { path, offset, length } of torrent.files) {
    const file = join(out, ...path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, torrent.content.read(offset, length));
  }
}

/** Paths of all files and folders below a folder, links included. */
export function everythingBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? [path, ...everythingBelow(path)] : [path];
  });
}

function readAll(torrent: TestTorrent, out: string): Buffer {
  const all = Buffer.alloc(torrent.mock.totalLength);
  for (const { path, offset, length } of torrent.files) readFile(join(out, ...path))?.copy(all, offset, 0, length);
  return all;
}

/** A file may go, be renamed or grow while it is read. */
function readFile(path: string): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    // It is not there (yet), which is an answer.
    return undefined;
  }
  try {
    const bytes = Buffer.alloc(fstatSync(fd).size);
    return bytes.subarray(0, readSync(fd, bytes));
  } catch {
    // A folder stands in its place.
    return undefined;
  } finally {
    closeSync(fd);
  }
}
