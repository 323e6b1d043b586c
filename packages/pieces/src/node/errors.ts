/** What went wrong with files, for programs. */
export type StorageErrorCode =
  | 'disk-full' //          no space or quota left
  | 'permission-denied' //  the user may not read or write there
  | 'read-only' //          a file system mounted read-only, or a storage opened for reading
  | 'too-many-open' //      the process or the machine ran out of descriptors
  | 'name-too-long' //      a name or a path the file system cannot hold
  | 'path-blocked' //       a directory where a file should be, or the other way round
  | 'link-refused' //       a symbolic link inside the tree; links are never followed
  | 'file-missing' //       a file that was there is gone
  | 'file-changed' //       a file is shorter than it was
  | 'io-failed' //          the device reported an error
  | 'thread-failed' //      a worker thread died
  | 'locked' //             another process has this torrent open
  | 'bad-layout' //         paths or lengths that do not make a torrent
  | 'bad-block' //          a block or a piece that does not exist, or is not complete
  | 'not-verified' //       a read of a piece that is not known to be right
  | 'closed'; //            the storage was closed

const BRAND = Symbol.for('@unchoke/pieces/storage-error');

/** Where it happened. */
export interface StorageErrorPlace {
  /** The file, as a path a person can open. */
  readonly path?: string;
  /** The system's own name for the failure, such as `ENOSPC`. */
  readonly systemCode?: string;
}

/**
 * A failure of the disk, or a wrong use of storage. The message names the file and says what to do.
 *
 * @example
 * ```ts
 * import { mkdtempSync, rmSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { Geometry } from '@unchoke/pieces';
 * import { openStorage, StorageError } from '@unchoke/pieces/node';
 *
 * const root = mkdtempSync(join(tmpdir(), 'unchoke-'));
 * const geometry = new Geometry({ totalLength: 5, pieceLength: 16_384 });
 * const files = [{ path: ['..', 'escape'], offset: 0, length: 5 }];
 * try {
 *   await openStorage({ root, files, geometry, hashes: { algorithm: 'sha1', digests: new Uint8Array(20) } });
 * } catch (error) {
 *   if (StorageError.isInstance(error)) error.code; // 'bad-layout'
 * }
 * rmSync(root, { recursive: true });
 * ```
 */
export class StorageError extends Error {
  override readonly name: string = 'StorageError';
  readonly code: StorageErrorCode;
  readonly path: string | undefined;
  readonly systemCode: string | undefined;

  constructor(code: StorageErrorCode, message: string, place: StorageErrorPlace = {}) {
    super(message);
    this.code = code;
    this.path = place.path;
    this.systemCode = place.systemCode;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for a `StorageError` of any copy of this package, where `instanceof` would fail. */
  static isInstance(error: unknown): error is StorageError {
    return typeof error === 'object' && error !== null && BRAND in error;
  }
}

/** A failure as it travels between threads, where classes are lost. */
export interface Failure {
  readonly code: StorageErrorCode;
  readonly message: string;
  readonly path: string | undefined;
  readonly systemCode: string | undefined;
}

/** Turns whatever a call of the file system threw into a failure with a file and an advice. */
export function failureOf(error: unknown, doing: string, path: string): Failure {
  if (StorageError.isInstance(error)) return asFailure(error);
  const { code: systemCode = 'unknown' } = error as NodeJS.ErrnoException;
  const [code, advice] = ADVICE[systemCode] ?? ['io-failed', 'check the device'];
  const reason = systemCode === 'unknown' ? String(error) : systemCode;
  return { code, message: `cannot ${doing} ${path} (${reason}): ${advice}`, path, systemCode };
}

/** Does the work; what it throws leaves as a `StorageError`. */
export function typed<Result>(doing: string, path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw asError(failureOf(error, doing, path));
  }
}

/** The same for work that takes time. */
export async function typedAsync<Result>(doing: string, path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw asError(failureOf(error, doing, path));
  }
}

export function asFailure(error: StorageError): Failure {
  return { code: error.code, message: error.message, path: error.path, systemCode: error.systemCode };
}

export function asError(failure: Failure): StorageError {
  const { path, systemCode } = failure;
  return new StorageError(failure.code, failure.message, {
    ...(path === undefined ? {} : { path }),
    ...(systemCode === undefined ? {} : { systemCode }),
  });
}

const FULL = ['disk-full', 'free some space; what is verified stays, and work continues by itself'] as const;
const DENIED = ['permission-denied', 'give this user the right to read and write there'] as const;
const BLOCKED = ['path-blocked', 'move away what stands at that path'] as const;
const OPEN = ['too-many-open', 'lower descriptorCountMax or raise the limit (ulimit -n)'] as const;

const ADVICE: Readonly<Record<string, readonly [StorageErrorCode, string] | undefined>> = {
  __proto__: null as never,
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: ['disk-full', 'the file system or a limit (ulimit -f) allows no file this long; choose another folder'],
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: ['read-only', 'mount the file system for writing, or choose another folder'],
  EMFILE: OPEN,
  ENFILE: OPEN,
  ENAMETOOLONG: ['name-too-long', 'choose a shorter folder, or give the file a shorter name'],
  EISDIR: BLOCKED,
  ENOTDIR: BLOCKED,
  EEXIST: BLOCKED,
  ENXIO: BLOCKED,
  ELOOP: ['link-refused', 'links are never followed; put the real file or directory there'],
  ENOENT: ['file-missing', 'put the file or directory back, or check the torrent again'],
  EIO: ['io-failed', 'check the device and its cable'],
};
