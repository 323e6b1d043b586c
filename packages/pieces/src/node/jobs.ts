import type { Failure } from './errors.js';
import type { FileFacts } from './file-system.js';
import type { TreeSpec } from './tree.js';

/** A stretch of a piece, from `begin` to before `end`. */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

/**
 * What a thread is asked to do. Jobs of one thread start in the order they were sent, and every job that writes is done
 * before the next one starts: a hash sees each write that was sent before it.
 */
export type Job =
  /** Bytes of a piece: written; with `verify`, the piece is hashed first or last, and a bad one is not written. */
  | {
      readonly type: 'store';
      readonly torrent: number;
      readonly piece: number;
      /** Where the buffer begins in the piece. */
      readonly base: number;
      readonly bytes: Uint8Array;
      /** What of the buffer is not on disk yet, relative to the piece. */
      readonly ranges: readonly Range[];
      /** The whole buffer is filled, so a running hash may take it in. */
      readonly isFilled: boolean;
      readonly verify: boolean;
      /** Digests of blocks are wanted for a good piece too. */
      readonly wantDigests: boolean;
    }
  /** Hash pieces that are on disk. */
  | { readonly type: 'check'; readonly torrent: number; readonly start: number; readonly end: number }
  /** Fill the blocks of a run from disk; `bytes` is all of its memory. */
  | { readonly type: 'read'; readonly torrent: number; readonly offset: number; readonly bytes: Uint8Array }
  /** What stands where the files should be; the parts file is last. */
  | { readonly type: 'survey'; readonly torrent: number }
  /** The same for one file. */
  | { readonly type: 'look'; readonly torrent: number; readonly file: number }
  /** Files onto stable storage. */
  | { readonly type: 'sync'; readonly torrent: number; readonly files: readonly number[] }
  /** The directories that lead to files, so that their names are on stable storage too. */
  | { readonly type: 'sync-names'; readonly torrent: number; readonly files: readonly number[] }
  /** Files without bytes. */
  | { readonly type: 'create'; readonly torrent: number; readonly files: readonly number[] }
  /** From the parts file into a file. */
  | { readonly type: 'give-back'; readonly torrent: number; readonly file: number; readonly pieces: readonly number[] }
  | { readonly type: 'remove-parts'; readonly torrent: number }
  /** Close the torrent's descriptors. */
  | { readonly type: 'close-files'; readonly torrent: number }
  /** Close them and forget the torrent. */
  | { readonly type: 'forget'; readonly torrent: number }
  /** The real path of a directory that is made when it is not there. */
  | { readonly type: 'enter'; readonly path: string; readonly create: boolean }
  | { readonly type: 'free-bytes'; readonly path: string }
  /** A small file, whole or not at all. */
  | { readonly type: 'save'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly type: 'load'; readonly path: string; readonly bytesMax: number };

/** What comes back. */
export interface Results {
  readonly store: { readonly isValid: boolean; readonly blockDigests: Uint8Array | undefined };
  /** One byte a piece, 1 for a good one; the first failure that was more than absence. */
  readonly check: { readonly good: Uint8Array; readonly failure: Failure | undefined };
  readonly read: undefined;
  readonly survey: readonly (FileFacts | undefined)[];
  readonly look: FileFacts | undefined;
  readonly sync: readonly (FileFacts | undefined)[];
  readonly 'sync-names': undefined;
  readonly create: undefined;
  readonly 'give-back': undefined;
  readonly 'remove-parts': undefined;
  readonly 'close-files': undefined;
  readonly forget: undefined;
  readonly enter: string;
  readonly 'free-bytes': number;
  readonly save: undefined;
  readonly load: Uint8Array | undefined;
}

export type JobType = keyof Results;
export type JobOf<Type extends JobType> = Extract<Job, { readonly type: Type }>;

/** Main thread to worker. */
export type ToWorker =
  | { readonly type: 'tree'; readonly spec: TreeSpec }
  /** Shared memory that jobs in the ring call by a number; `drop-buffer` ends that. */
  | { readonly type: 'buffer'; readonly buffer: number; readonly memory: SharedArrayBuffer }
  | { readonly type: 'drop-buffer'; readonly buffer: number }
  /** `ringCount` jobs of the ring come before it. */
  | { readonly type: 'job'; readonly id: number; readonly job: Job; readonly ringCount: number }
  /** There is something in the ring. */
  | { readonly type: 'wake' };

/** Worker to main thread. */
export type FromWorker =
  | { readonly type: 'done'; readonly id: number; readonly result: Results[JobType] }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure }
  /** Jobs of the ring are done. */
  | { readonly type: 'ring' };

/** What a thread begins with. */
export interface ThreadData {
  readonly descriptorCountMax: number;
  readonly ringMemory: SharedArrayBuffer;
}
