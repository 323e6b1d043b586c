import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
// Not the whole package: a worker has to load all that it imports before it can begin.
import { MetainfoError } from '../errors.js';
import { BLOCK_LENGTH, merkleRoot } from '../merkle.js';
import type { HashJob, PlannedSpan } from './hash-plan.js';
import { sha256 } from './hashes.js';

/** The hashes of some consecutive pieces. */
export interface HashedPieces {
  readonly firstPiece: number;
  /** 20 bytes for each piece; empty without v1. */
  readonly v1: Uint8Array;
  /** 32 bytes for each piece; empty without v2. */
  readonly v2: Uint8Array;
  /** Bytes of files that were read. */
  readonly readBytes: number;
}

/** Read at once: small enough to be still in the processor's cache when it is hashed. */
const READ_BYTES = 256 * 1024;
const SHA1_LENGTH = 20;
const SHA256_LENGTH = 32;

/** Hashes the pieces of a job. Holds one file open and one buffer of 256 KiB, whatever the sizes of files and pieces. */
export function hashPieces(job: HashJob): HashedPieces {
  const hasher = new PieceHasher(job);
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  let readBytes = 0;
  for (const span of job.spans) {
    if (span.location === undefined) hasher.pad(span.length, buffer);
    else {
      readSpan(span, span.location, buffer, (chunk) => hasher.update(chunk, span));
      readBytes += span.length;
    }
  }
  return { ...hasher.finish(), readBytes };
}

/** Reads part of a file that must be, before and after, what it was when the torrent was planned. */
function readSpan(span: PlannedSpan, location: string, buffer: Buffer, take: (chunk: Buffer) => void): void {
  // Between listing and reading somebody may have put a link in its place.
  const descriptor = openSync(location, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    checkUnchanged(descriptor, span, location);
    for (let done = 0; done < span.length; ) {
      const wanted = Math.min(READ_BYTES, span.length - done);
      const count = readSync(descriptor, buffer, 0, wanted, span.offset + done);
      if (count === 0) throw changed(location);
      take(buffer.subarray(0, count));
      done += count;
    }
    checkUnchanged(descriptor, span, location);
  } finally {
    closeSync(descriptor);
  }
}

function checkUnchanged(descriptor: number, span: PlannedSpan, location: string): void {
  const stats = fstatSync(descriptor);
  const isSame = stats.isFile() && stats.size === span.fileLength && stats.mtimeMs === span.modifiedMs;
  if (!isSame) throw changed(location);
}

function changed(location: string): MetainfoError {
  return new MetainfoError('file-changed', 'changed while it was hashed; try again when nobody writes to it', location);
}

class PieceHasher {
  readonly #job: HashJob;
  readonly #pieceCount: number;
  readonly #v1: Uint8Array;
  readonly #v2: Uint8Array;
  #piece = 0;
  /** Bytes of the current piece so far, padding included. */
  #filled = 0;
  #sha1: Hash | undefined;
  #block: Hash | undefined;
  /** Bytes of the current block so far. */
  #blockFilled = 0;
  readonly #leaves: Uint8Array;
  #leafCount = 0;
  /** Leaves of a whole piece, or 1 when the piece is a whole file: its tree is only as wide as it must be (BEP 52). */
  #leafCountMin = 1;

  constructor(job: HashJob) {
    this.#job = job;
    const length = job.spans.reduce((sum, span) => sum + span.length, 0);
    this.#pieceCount = Math.ceil(length / job.pieceLength);
    this.#v1 = new Uint8Array(job.hasV1 ? this.#pieceCount * SHA1_LENGTH : 0);
    this.#v2 = new Uint8Array(job.hasV2 ? this.#pieceCount * SHA256_LENGTH : 0);
    this.#leaves = new Uint8Array(job.hasV2 ? (job.pieceLength / BLOCK_LENGTH) * SHA256_LENGTH : 0);
  }

  /** Takes the next bytes of a file. */
  update(chunk: Buffer, span: PlannedSpan): void {
    const { pieceLength, hasV2 } = this.#job;
    for (let start = 0; start < chunk.length; ) {
      const part = chunk.subarray(start, start + pieceLength - this.#filled);
      this.#updateV1(part);
      if (hasV2) {
        this.#leafCountMin = span.fileLength <= pieceLength ? 1 : pieceLength / BLOCK_LENGTH;
        this.#updateV2(part);
      }
      this.#advance(part.length);
      start += part.length;
    }
  }

  /** Takes zeros that only v1 counts. */
  pad(length: number, buffer: Buffer): void {
    buffer.fill(0);
    for (let done = 0; done < length; ) {
      const part = buffer.subarray(0, Math.min(length - done, buffer.length, this.#job.pieceLength - this.#filled));
      this.#updateV1(part);
      this.#advance(part.length);
      done += part.length;
    }
  }

  finish(): Omit<HashedPieces, 'readBytes'> {
    if (this.#filled > 0) this.#endPiece();
    return { firstPiece: this.#job.firstPiece, v1: this.#v1, v2: this.#v2 };
  }

  #updateV1(part: Buffer): void {
    if (!this.#job.hasV1) return;
    this.#sha1 ??= createHash('sha1');
    this.#sha1.update(part);
  }

  /** Files begin with a piece, so blocks begin with it too; only the last one of a file is short. */
  #updateV2(part: Buffer): void {
    for (let start = 0; start < part.length; ) {
      const bytes = part.subarray(start, start + BLOCK_LENGTH - this.#blockFilled);
      this.#block ??= createHash('sha256');
      this.#block.update(bytes);
      this.#blockFilled += bytes.length;
      if (this.#blockFilled === BLOCK_LENGTH) this.#endBlock();
      start += bytes.length;
    }
  }

  #advance(length: number): void {
    this.#filled += length;
    if (this.#filled === this.#job.pieceLength) this.#endPiece();
  }

  #endBlock(): void {
    if (this.#block === undefined) return;
    this.#leaves.set(this.#block.digest(), this.#leafCount * SHA256_LENGTH);
    this.#leafCount++;
    this.#block = undefined;
    this.#blockFilled = 0;
  }

  #endPiece(): void {
    if (this.#sha1 !== undefined) this.#v1.set(this.#sha1.digest(), this.#piece * SHA1_LENGTH);
    if (this.#job.hasV2) {
      this.#endBlock();
      const leaves = this.#leaves.subarray(0, this.#leafCount * SHA256_LENGTH);
      this.#v2.set(merkleRoot(leaves, sha256, this.#leafCountMin), this.#piece * SHA256_LENGTH);
    }
    this.#sha1 = undefined;
    this.#leafCount = 0;
    this.#filled = 0;
    this.#piece++;
  }
}
