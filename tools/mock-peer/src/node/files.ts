import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Content, Store } from '../content.js';
import { MockPeerError } from '../errors.js';
import type { MockTorrent } from '../torrent.js';

/**
 * The files of a torrent as one content; close it when the peers that use it are closed.
 *
 * @example
 * import { openFiles, randomTorrent } from '@unchoke/mock-peer';
 *
 * const { torrent } = randomTorrent('1MiB:42');
 * const store = openFiles(torrent, '/tmp/copy-of-it', 'write');
 * store.close();
 */
export interface FileStore extends Store {
  close(): void;
}

/**
 * Opens a torrent's file or folder. `path` is the file or folder itself, or the folder it lies in. With `write` missing
 * files are created, sparse.
 *
 * @example
 * import { readFile } from 'node:fs/promises';
 * import { openFiles, readTorrent, sha1, startMockPeer } from '@unchoke/mock-peer';
 *
 * const torrent = readTorrent(await readFile('film.torrent'), sha1);
 * const seed = await startMockPeer({ torrent, content: openFiles(torrent, 'downloads') });
 */
export function openFiles(torrent: MockTorrent, path: string, mode: 'read' | 'write' = 'read'): FileStore {
  const root = rootOf(torrent, path, mode);
  const spans: Span[] = [];
  let offset = 0;
  for (const file of torrent.files) {
    const isSingle = torrent.files.length === 1 && file.path.length === 1 && file.path[0] === torrent.name;
    const fd = file.isPadding ? undefined : openFile(isSingle ? root : join(root, ...file.path), file.length, mode);
    spans.push({ offset, length: file.length, fd });
    offset += file.length;
  }
  return {
    length: torrent.totalLength,
    read: (at, length) => readSpans(spans, at, length),
    write: (at, bytes) => writeSpans(spans, at, bytes),
    close: () => {
      for (const span of spans) if (span.fd !== undefined) closeSync(span.fd);
    },
  };
}

/** One file of any length, as content to make a torrent of. */
export function fileContent(path: string): Content {
  const size = sizeOf(path);
  const spans = [{ offset: 0, length: size, fd: openFile(path, size, 'read') }];
  return { length: size, read: (at, length) => readSpans(spans, at, length) };
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    throw new MockPeerError('bad-content', `${path} cannot be used: ${(error as Error).message}`);
  }
}

interface Span {
  readonly offset: number;
  readonly length: number;
  readonly fd: number | undefined;
}

function rootOf(torrent: MockTorrent, path: string, mode: 'read' | 'write'): string {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const inside = join(path, torrent.name);
  if (torrent.files.length === 1 && isFolder) return inside;
  return existsSync(inside) || (mode === 'write' && isFolder) ? inside : path;
}

function openFile(path: string, length: number, mode: 'read' | 'write'): number {
  try {
    if (mode === 'write') {
      mkdirSync(dirname(path), { recursive: true });
      const fd = openSync(path, existsSync(path) ? 'r+' : 'w+');
      ftruncateSync(fd, length);
      return fd;
    }
    const found = statSync(path).size;
    if (found !== length) throw new Error(`it has ${found} bytes, the torrent says ${length}`);
    return openSync(path, 'r');
  } catch (error) {
    throw new MockPeerError('bad-content', `${path} cannot be used: ${(error as Error).message}`);
  }
}

function readSpans(spans: readonly Span[], at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (const span of spans) {
    const from = Math.max(at, span.offset);
    const to = Math.min(at + length, span.offset + span.length);
    if (from >= to || span.fd === undefined) continue;
    for (let done = from; done < to; ) {
      const count = readSync(span.fd, bytes, done - at, to - done, done - span.offset);
      // A file that shrank: the rest stays zero, which the other side's hash check will find.
      if (count === 0) break;
      done += count;
    }
  }
  return bytes;
}

function writeSpans(spans: readonly Span[], at: number, bytes: Uint8Array): void {
  for (const span of spans) {
    const from = Math.max(at, span.offset);
    const to = Math.min(at + bytes.length, span.offset + span.length);
    if (from >= to || span.fd === undefined) continue;
    for (let done = from; done < to; ) {
      done += writeSync(span.fd, bytes, done - at, to - done, done - span.offset);
    }
  }
}
