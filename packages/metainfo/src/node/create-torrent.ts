import { availableParallelism } from 'node:os';
import {
  buildMetainfo,
  type FileSpec,
  LIMITS,
  type Metainfo,
  MetainfoError,
  type MetainfoSpec,
  type OutsideSpec,
  parseMetainfo,
  pieceLayerRoot,
} from '@unchoke/metainfo';
import { jobBytesFor, type PlacedFile, planJobs } from './hash-plan.js';
import { hashAll } from './hash-pool.js';
import { hashes, sha256 } from './hashes.js';
import { type FoundFile, type Listing, listFiles, type SkippedEntry } from './list-files.js';
import { choosePieceLength } from './piece-length.js';

/**
 * How to make a torrent.
 *
 * @example
 * ```ts
 * import type { CreateOptions } from '@unchoke/metainfo/node';
 *
 * const options: CreateOptions = {
 *   version: 'hybrid',
 *   trackerTiers: [['https://tracker.example/announce']],
 *   ignore: ['*.part', 'drafts/**'],
 *   onProgress: ({ hashedBytes, totalBytes }) => console.assert(hashedBytes <= totalBytes),
 * };
 * console.assert(options.version === 'hybrid');
 * ```
 */
export interface CreateOptions extends Omit<OutsideSpec, 'encoding'> {
  /** Default `v1`, which every client reads. */
  readonly version?: 'v1' | 'v2' | 'hybrid';
  /** Default: the name of the file or folder. */
  readonly name?: string;
  /** A power of two from 16 KiB on. Default: what {@link choosePieceLength} says. */
  readonly pieceLength?: number;
  /** BEP 27: only the trackers named here may be asked for peers. */
  readonly isPrivate?: boolean;
  readonly source?: string;
  /**
   * Seconds since 1970. Default: the environment's SOURCE_DATE_EPOCH, else now. `undefined` leaves the date out, so that
   * the same content gives the same bytes.
   */
  readonly creationDate?: number | undefined;
  /** Globs of what to leave out: `*`, `?`, `**`; without a slash they are for names in any folder. */
  readonly ignore?: readonly string[];
  /** Default: one for each core, at most 8; 0 hashes in the calling thread. */
  readonly threadCount?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly hashedBytes: number; readonly totalBytes: number }) => void;
}

/**
 * A new torrent.
 *
 * @example
 * ```ts
 * import type { CreatedTorrent } from '@unchoke/metainfo/node';
 *
 * const describe = ({ metainfo, skipped }: CreatedTorrent) => `${metainfo.name}: ${skipped.length} left out`;
 * console.assert(typeof describe === 'function');
 * ```
 */
export interface CreatedTorrent {
  /** What belongs into the `.torrent` file. */
  readonly bytes: Uint8Array;
  /** The same, read. */
  readonly metainfo: Metainfo;
  /** What was found and left out. */
  readonly skipped: readonly SkippedEntry[];
}

/** A thread has to be worth its start, which takes as long as hashing some megabytes. */
const BYTES_PER_THREAD = 4 * 1024 * 1024;
/** Each takes some 10 MB, and disks do not keep up with more. */
const THREAD_COUNT_MAX = 8;
/** Who asks for more threads than this has mistaken one number for another. */
const THREAD_COUNT_ALLOWED = 256;
const SHA1_LENGTH = 20;
const SHA256_LENGTH = 32;

/**
 * Makes a torrent of a file or folder. Files come in the order of the bytes of their names, whatever the disk says; links
 * inside the folder and what systems leave lying around (`.DS_Store`, `Thumbs.db` …) are left out and listed. Hashing runs
 * in threads, each with one buffer of 256 KiB, however large files and pieces are. A file that changes meanwhile is an error.
 *
 * @throws {MetainfoError} `empty-torrent`, `unsupported-file`, `file-changed`, or why nobody would accept the torrent.
 * Errors of the file system and the reason of `signal` come as they are.
 * @example
 * ```ts
 * import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { createTorrent } from '@unchoke/metainfo/node';
 *
 * const folder = mkdtempSync(join(tmpdir(), 'create-'));
 * writeFileSync(join(folder, 'a.txt'), 'hello');
 * const { bytes, metainfo } = await createTorrent(join(folder, 'a.txt'), { version: 'hybrid' });
 * console.assert(bytes.length > 0 && metainfo.totalLength === 5);
 * rmSync(folder, { recursive: true });
 * ```
 */
export async function createTorrent(path: string, options: CreateOptions = {}): Promise<CreatedTorrent> {
  const { version = 'v1', signal } = options;
  signal?.throwIfAborted();
  const listing = await listFiles(path, options.ignore ?? []);
  const totalBytes = listing.files.reduce((sum, file) => sum + file.length, 0);
  if (totalBytes === 0) throw new MetainfoError('empty-torrent', 'there is no content to share', path);
  const pieceLength = checkedPieceLength(options.pieceLength ?? choosePieceLength(totalBytes));
  const name = options.name ?? listing.name;
  const placed = placeFiles(listing.files, pieceLength, version !== 'v1');
  const specs = fileSpecs(placed, name, listing);
  const outside = outsideSpec(options);
  refuseEarly({ ...outside, name, pieceLength, files: specs }, totalLengthOf(placed));

  const found = await hashPlaced(placed, pieceLength, totalBytes, options);
  const files = version === 'v1' ? specs : withRoots(specs, placed, found.v2, pieceLength);
  const bytes = buildMetainfo({
    ...outside,
    version,
    name,
    pieceLength,
    files,
    pieceHashes: version === 'v2' ? undefined : found.v1,
    isPrivate: options.isPrivate ?? false,
    source: options.source,
  });
  return { bytes, metainfo: parseMetainfo(bytes, hashes), skipped: listing.skipped };
}

function checkedPieceLength(length: number): number {
  const isPower = Number.isInteger(length) && length >= 16_384 && Number.isInteger(Math.log2(length));
  if (isPower && length <= LIMITS.pieceLengthMax) return length;
  const problem = `must be a power of two from 16384 to ${LIMITS.pieceLengthMax}, is ${length}`;
  throw new MetainfoError('bad-piece-length', problem, 'pieceLength');
}

/**
 * Gives each file its offset. With alignment, padding goes before every file with content that would begin inside a piece
 * (BEP 47, BEP 52): what libtorrent calls canonical without tail padding.
 */
function placeFiles(files: readonly FoundFile[], pieceLength: number, isAligned: boolean): readonly PlacedFile[] {
  const placed: PlacedFile[] = [];
  let offset = 0;
  for (const found of files) {
    const gap = isAligned && found.length > 0 ? (pieceLength - (offset % pieceLength)) % pieceLength : 0;
    if (gap > 0) placed.push({ found: undefined, offset, length: gap });
    offset += gap;
    placed.push({ found, offset, length: found.length });
    offset += found.length;
  }
  return placed;
}

function totalLengthOf(placed: readonly PlacedFile[]): number {
  const last = placed.at(-1);
  return last === undefined ? 0 : last.offset + last.length;
}

function fileSpecs(placed: readonly PlacedFile[], name: string, listing: Listing): FileSpec[] {
  return placed.map(({ found, length }) => {
    if (found === undefined) return { path: [name, '.pad', String(length)], length, isPad: true };
    return { path: listing.isFolder ? [name, ...found.names] : [name], length };
  });
}

function outsideSpec(options: CreateOptions): OutsideSpec {
  const { trackerTiers = [], webSeeds = [], httpSeeds = [], nodes = [], comment } = options;
  const createdBy = 'createdBy' in options ? options.createdBy : 'Unchoke';
  const creationDate = 'creationDate' in options ? options.creationDate : currentDate();
  return { trackerTiers, webSeeds, httpSeeds, nodes, comment, createdBy, creationDate };
}

/** https://reproducible-builds.org/specs/source-date-epoch/ */
function currentDate(): number {
  const epoch = process.env['SOURCE_DATE_EPOCH'];
  return epoch !== undefined && /^\d{1,15}$/.test(epoch) ? Number(epoch) : Math.floor(Date.now() / 1000);
}

/** Names that collide or too many pieces would be found at the end; better before hours of hashing. */
function refuseEarly(spec: MetainfoSpec, totalLength: number): void {
  const pieceCount = Math.ceil(totalLength / spec.pieceLength);
  if (pieceCount > LIMITS.pieceCountMax) {
    const problem = `${spec.pieceLength} gives ${pieceCount} pieces, more than ${LIMITS.pieceCountMax} (pieceCountMax)`;
    throw new MetainfoError('too-many-pieces', problem, 'pieceLength');
  }
  buildMetainfo({ ...spec, version: 'v1', pieceHashes: new Uint8Array(pieceCount * SHA1_LENGTH) });
}

async function hashPlaced(
  placed: readonly PlacedFile[],
  pieceLength: number,
  totalBytes: number,
  options: CreateOptions,
): Promise<{ readonly v1: Uint8Array; readonly v2: Uint8Array }> {
  const { version = 'v1', signal, onProgress } = options;
  const pieceCount = Math.ceil(totalLengthOf(placed) / pieceLength);
  const v1 = new Uint8Array(version === 'v2' ? 0 : pieceCount * SHA1_LENGTH);
  const v2 = new Uint8Array(version === 'v1' ? 0 : pieceCount * SHA256_LENGTH);
  const threadCount = checkedThreadCount(options.threadCount ?? chooseThreadCount(totalBytes));
  let hashedBytes = 0;
  await hashAll(planJobs(placed, pieceLength, version, jobBytesFor(totalBytes, threadCount)), {
    threadCount,
    signal,
    onHashed: (pieces) => {
      v1.set(pieces.v1, pieces.v1.length > 0 ? pieces.firstPiece * SHA1_LENGTH : 0);
      v2.set(pieces.v2, pieces.v2.length > 0 ? pieces.firstPiece * SHA256_LENGTH : 0);
      hashedBytes += pieces.readBytes;
      onProgress?.({ hashedBytes, totalBytes });
    },
  });
  if (hashedBytes !== totalBytes) throw new Error(`hashed ${hashedBytes} of ${totalBytes} bytes; this is a bug`);
  return { v1, v2 };
}

function checkedThreadCount(count: number): number {
  if (Number.isInteger(count) && count >= 0 && count <= THREAD_COUNT_ALLOWED) return count;
  throw new RangeError(`threadCount must be an integer from 0 to ${THREAD_COUNT_ALLOWED}, is ${count}`);
}

function chooseThreadCount(totalBytes: number): number {
  return Math.min(availableParallelism(), THREAD_COUNT_MAX, Math.floor(totalBytes / BYTES_PER_THREAD));
}

/** BEP 52: the hash of its only piece is the root of a small file; that of a larger one is above all of its pieces. */
function withRoots(
  specs: readonly FileSpec[],
  placed: readonly PlacedFile[],
  v2: Uint8Array,
  pieceLength: number,
): readonly FileSpec[] {
  return specs.map((spec, index) => {
    if (spec.isPad === true || spec.length === 0) return spec;
    const first = placed[index]!.offset / pieceLength;
    const layer = v2.subarray(first * SHA256_LENGTH, (first + Math.ceil(spec.length / pieceLength)) * SHA256_LENGTH);
    if (spec.length <= pieceLength) return { ...spec, piecesRoot: layer };
    return { ...spec, piecesRoot: pieceLayerRoot(layer, pieceLength, sha256), pieceLayer: layer };
  });
}
