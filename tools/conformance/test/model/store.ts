import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type Read, readDict } from './bencode.js';
import type { Flaw } from './flaw.js';

interface StoredFile {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  readonly isPadding: boolean;
}

/** The torrent on disk: its geometry, which pieces are there, reading and writing. */
export class Store {
  readonly pieceLength: number;
  readonly pieceCount: number;
  readonly totalLength: number;
  readonly isPrivate: boolean;
  readonly have: boolean[];
  readonly #hashes: Buffer;
  readonly #files: readonly StoredFile[];
  readonly #statePath: string;
  readonly #flaw: Flaw;

  private constructor(info: ReadonlyMap<string, Read>, files: readonly StoredFile[], statePath: string, flaw: Flaw) {
    this.pieceLength = info.get('piece length') as number;
    this.#hashes = Buffer.from(info.get('pieces') as string, 'latin1');
    this.pieceCount = this.#hashes.length / 20;
    this.totalLength = files.reduce((sum, { length }) => sum + length, 0);
    this.isPrivate = info.get('private') === 1;
    this.have = Array.from({ length: this.pieceCount }, () => false);
    this.#files = files;
    this.#statePath = statePath;
    this.#flaw = flaw;
  }

  /** The reason when the info dictionary describes nothing that can be stored safely. */
  static open(infoBytes: Uint8Array, out: string, statePath: string, flaw: Flaw): Store | string {
    const info = readDict(infoBytes);
    if (info === undefined) return 'no dictionary';
    const files = filesOf(info, out, flaw);
    if (typeof files === 'string') return files;
    const pieceLength = info.get('piece length');
    const pieces = info.get('pieces');
    if (typeof pieceLength !== 'number' || pieceLength > 2 ** 30) return 'huge piece length';
    if (pieceLength < 1) return pieceLength === 0 ? 'piece length zero' : 'negative piece length';
    const total = files.reduce((sum, { length }) => sum + length, 0);
    if (typeof pieces !== 'string') return 'no hashes';
    if (pieces.length !== 20 * Math.ceil(total / pieceLength))
      return pieces.length % 20 === 0 ? 'too few hashes' : 'part of a hash';
    const store = new Store(info, files, statePath, flaw);
    if (flaw('dies-of-its-state') && existsSync(statePath)) return 'state';
    store.#check();
    return store;
  }

  get isComplete(): boolean {
    return this.have.every((has) => has);
  }

  get left(): number {
    return this.have.reduce((sum, has, piece) => sum + (has ? 0 : this.lengthOf(piece)), 0);
  }

  lengthOf(piece: number): number {
    return Math.min(this.pieceLength, this.totalLength - piece * this.pieceLength);
  }

  isRight(piece: number, bytes: Uint8Array): boolean {
    const digest = createHash('sha1').update(bytes).digest();
    return digest.equals(this.#hashes.subarray(20 * piece, 20 * piece + 20));
  }

  write(offset: number, bytes: Uint8Array): void {
    for (const file of this.#files) {
      const from = Math.max(offset, file.offset);
      const to = Math.min(offset + bytes.length, file.offset + file.length);
      if (from >= to || (file.isPadding && !this.#flaw('writes-padding'))) continue;
      mkdirSync(dirname(file.path), { recursive: true });
      const fd = openSync(file.path, existsSync(file.path) ? 'r+' : 'w');
      const isLast = to === this.totalLength && this.#flaw('drops-the-last-byte');
      writeSync(fd, bytes.subarray(from - offset, to - offset), 0, to - from - (isLast ? 1 : 0), from - file.offset);
      closeSync(fd);
    }
  }

  keep(piece: number, bytes: Uint8Array): void {
    this.write(piece * this.pieceLength, bytes);
    this.have[piece] = true;
    this.#remember();
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (const file of this.#files) {
      const from = Math.max(offset, file.offset);
      const to = Math.min(offset + length, file.offset + file.length);
      if (from >= to || !existsSync(file.path)) continue;
      const fd = openSync(file.path, 'r');
      readSync(fd, bytes, from - offset, to - from, from - file.offset);
      closeSync(fd);
    }
    return bytes;
  }

  /** Files without bytes exist, too, and none is longer than it should be. */
  finish(): void {
    for (const { path, length } of this.#files) {
      if (length > 0 || existsSync(path)) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '');
    }
  }

  #check(): void {
    const isThere = this.#files.every(({ path, length }) => existsSync(path) && statSync(path).size === length);
    const remembered = existsSync(this.#statePath) ? readFileSync(this.#statePath, 'utf8') : '';
    for (let piece = 0; piece < this.pieceCount; piece++) {
      if (this.#flaw('trusts-files') && isThere) this.have[piece] = true;
      else if (this.#flaw('trusts-state') && remembered !== '') this.have[piece] = remembered[piece] === '1';
      else if (!this.#flaw('forgets')) {
        this.have[piece] = this.isRight(piece, this.read(piece * this.pieceLength, this.lengthOf(piece)));
      }
    }
  }

  #remember(): void {
    writeFileSync(this.#statePath, this.have.map(Number).join(''));
  }
}

function filesOf(info: ReadonlyMap<string, Read>, out: string, flaw: Flaw): readonly StoredFile[] | string {
  const name = flaw('joins-utf-8') ? (info.get('name.utf-8') ?? info.get('name')) : info.get('name');
  if (typeof name !== 'string') return name === undefined ? 'no name' : 'a name that is no text';
  const problem = problemOf(name, flaw);
  if (problem !== undefined) return problem;
  const list = info.get('files');
  if (list === undefined) {
    const length = info.get('length');
    if (typeof length !== 'number') return 'huge length';
    return length < 0 ? 'negative length' : [{ path: join(out, text(name)), offset: 0, length, isPadding: false }];
  }
  if (!Array.isArray(list)) return 'files that are no list';
  const files: StoredFile[] = [];
  let offset = 0;
  for (const entry of list as readonly Read[]) {
    const file = fileOf(entry, join(out, text(name)), offset, flaw);
    if (typeof file === 'string') return file;
    files.push(file);
    offset += file.length;
  }
  const paths = files.map(({ path }) => path);
  if (new Set(paths).size < paths.length) return 'a path twice';
  return paths.some((path) => paths.some((other) => other.startsWith(`${path}/`))) ? 'a file and a folder' : files;
}

function fileOf(entry: Read, folder: string, offset: number, flaw: Flaw): StoredFile | string {
  if (!(entry instanceof Map)) return 'a file that is no dictionary';
  const file = entry as ReadonlyMap<string, Read>;
  const length = file.get('length');
  const path = flaw('joins-utf-8') ? (file.get('path.utf-8') ?? file.get('path')) : file.get('path');
  if (!Array.isArray(path) || typeof length !== 'number' || length < 0) return 'a file without path or length';
  const parts = (path as readonly Read[]).map(String);
  const problem = parts.length === 0 ? 'empty path' : parts.map((part) => problemOf(part, flaw)).find(Boolean);
  if (problem !== undefined) return problem;
  if (parts.length > 500) return 'deep path';
  if (parts.join('/').length > 2_000) return 'long path';
  // Whoever joins names as they are also believes what a C library makes of a NUL.
  const plain = parts.map((part) => text(part).split('\0')[0]!.replaceAll('\\', '/'));
  const stored = flaw('flat-names') ? join(folder, text(parts.at(-1)!)) : join(folder, ...plain);
  const isPadding = typeof file.get('attr') === 'string' && (file.get('attr') as string).includes('p');
  return { path: flaw('ascii-names') ? stored.replace(/[^ -~]/g, '_') : stored, offset, length, isPadding };
}

/** Why a name cannot be one on disk. */
function problemOf(part: string, flaw: Flaw): string | undefined {
  if (flaw('joins-paths') || flaw('joins-utf-8')) return undefined;
  if (part === '') return 'empty name';
  if (part === '.' || part === '..' || /[/\\\0]/.test(part)) return 'a name that leads elsewhere';
  if ([...part].some((char) => char < ' ')) return 'control characters';
  if (part.length > 255) return 'long name';
  return text(part).includes('\ufffd') ? 'no UTF-8' : undefined;
}

function text(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
