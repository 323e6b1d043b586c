import type { FoundFile } from './list-files.js';

/** Consecutive bytes of one file, or of padding. */
export interface PlannedSpan {
  /** `undefined` for padding. */
  readonly location: string | undefined;
  readonly offset: number;
  readonly length: number;
  /** What the file must be like while it is read. */
  readonly fileLength: number;
  readonly modifiedMs: number;
}

/** Some whole pieces for one worker. */
export interface HashJob {
  readonly firstPiece: number;
  readonly pieceLength: number;
  readonly hasV1: boolean;
  readonly hasV2: boolean;
  readonly spans: readonly PlannedSpan[];
}

/** A file of the torrent at its place; pad files have no location. */
export interface PlacedFile {
  readonly found: FoundFile | undefined;
  readonly offset: number;
  readonly length: number;
}

/** Larger jobs would make progress jump, smaller ones would spend their time on messages. */
const JOB_BYTES_MAX = 16 * 1024 * 1024;
const JOB_BYTES_MIN = 1024 * 1024;
/** So many jobs for each worker at least, or the last one would run alone for long. */
const JOBS_PER_WORKER = 4;
/** A job has many small files before it has many bytes; its message stays small. */
const JOB_SPANS_MAX = 1024;

/** Bytes of a job for so many workers. */
export function jobBytesFor(totalBytes: number, workerCount: number): number {
  const share = Math.ceil(totalBytes / (Math.max(1, workerCount) * JOBS_PER_WORKER));
  return Math.min(JOB_BYTES_MAX, Math.max(JOB_BYTES_MIN, share));
}

/** Cuts the bytes of a torrent into jobs, in order, one at a time: the list of all spans is never in memory. */
export function* planJobs(
  files: readonly PlacedFile[],
  pieceLength: number,
  version: 'v1' | 'v2' | 'hybrid',
  jobBytes: number,
): Generator<HashJob, void> {
  const piecesPerJob = Math.max(1, Math.floor(jobBytes / pieceLength));
  const hasV1 = version !== 'v2';
  const hasV2 = version !== 'v1';
  let spans: PlannedSpan[] = [];
  let firstPiece = 0;
  let position = 0;
  for (const file of files) {
    for (let offset = 0; offset < file.length; ) {
      const jobEnd = (firstPiece + piecesPerJob) * pieceLength;
      const length = Math.min(file.length - offset, jobEnd - position);
      spans.push(spanOf(file, offset, length));
      offset += length;
      position += length;
      const isFull = position === jobEnd || (spans.length >= JOB_SPANS_MAX && position % pieceLength === 0);
      if (!isFull) continue;
      yield { firstPiece, pieceLength, hasV1, hasV2, spans };
      firstPiece = position / pieceLength;
      spans = [];
    }
  }
  if (spans.length > 0) yield { firstPiece, pieceLength, hasV1, hasV2, spans };
}

function spanOf({ found, length: fileLength }: PlacedFile, offset: number, length: number): PlannedSpan {
  return { location: found?.location, offset, length, fileLength, modifiedMs: found?.modifiedMs ?? 0 };
}
