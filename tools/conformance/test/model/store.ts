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

  /** Undefined when the info dictionary describes nothing that can be stored safely. */
  static open(infoBytes: Uint8Array, out: string, statePath: string, flaw: Flaw): Store | undefined {
    const info = readDict(infoBytes);
    if (info === undefined) return undefined;
    const files = filesOf(info, out, flaw);
    const pieceLength = info.get('piece length');
    const pieces = info.get('pieces');
    if (files === undefined || typeof pieceLength !== 'number' || pieceLength < 1 || pieceLength > 2 ** 30)
      return undefined;
    const total = files.reduce((sum, { length }) => sum + length, 0);
    if (typeof pieces !== 'string' || pieces.length !== 20 * Math.ceil(total / pieceLength)) return undefined;
    const store = new Store(info, files, statePath, flaw);
    if (flaw('dies-of-its-state') && existsSync(statePath)) return undefined;
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

function filesOf(info: ReadonlyMap<string, Read>, out: string, flaw: Flaw): readonly StoredFile[] | undefined {
  const name = flaw('joins-utf-8') ? (info.get('name.utf-8') ?? info.get('name')) : info.get('name');
  if (typeof name !== 'string' || !isSafe(name, flaw)) return undefined;
  const list = info.get('files');
  if (list === undefined) {
    const length = info.get('length');
    if (typeof length !== 'number' || length < 0) return undefined;
    return [{ path: join(out, text(name)), offset: 0, length, isPadding: false }];
  }
  if (!Array.isArray(list)) return undefined;
  const files: StoredFile[] = [];
  let offset = 0;
  for (const entry of list as readonly Read[]) {
    if (!(entry instanceof Map)) return undefined;
    const file = entry as ReadonlyMap<string, Read>;
    const length = file.get('length');
    const parts = flaw('joins-utf-8') ? (file.get('path.utf-8') ?? file.get('path')) : file.get('path');
    if (!Array.isArray(parts) || typeof length !== 'number' || length < 0) return undefined;
    const path = parts as readonly Read[];
    if (
      path.length === 0 ||
      path.join('/').length > 2_000 ||
      !path.every((part): part is string => typeof part === 'string' && isSafe(part, flaw))
    )
      return undefined;
    // Whoever joins names as they are also believes what a C library makes of a NUL.
    const joined = join(
      out,
      text(name),
      ...path.map((part) =>
        text(part as string)
          .split('\0')[0]!
          .replaceAll('\\', '/'),
      ),
    );
    const stored = flaw('flat-names') ? join(out, text(name), text(path.at(-1) as string)) : joined;
    const isPadding = typeof file.get('attr') === 'string' && (file.get('attr') as string).includes('p');
    files.push({ path: flaw('ascii-names') ? stored.replace(/[^ -~]/g, '_') : stored, offset, length, isPadding });
    offset += length;
  }
  const paths = files.map(({ path }) => path);
  const collides = paths.some(
    (path, i) => paths.indexOf(path) !== i || paths.some((other) => other.startsWith(`${path}/`)),
  );
  return collides ? undefined : files;
}

function isSafe(part: string, flaw: Flaw): boolean {
  if (flaw('joins-paths') || flaw('joins-utf-8')) return true;
  const isPrintable = [...part].every((char) => char >= ' ' && char !== '/' && char !== '\\');
  return (
    isPrintable && part !== '' && part !== '.' && part !== '..' && part.length <= 255 && !text(part).includes('\ufffd')
  );
}

function text(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
