import type { Arena } from '../arena.js';
import type { Program } from '../programs/program.js';
import type { Result } from '../table.js';

/** What every case works with. */
export interface Bench {
  readonly arena: Arena;
  /** The compiled `native/run.c`. */
  readonly runner: string;
  readonly rounds: number;
  /** Bytes of the large transfers: 1 GiB, or less for a quick look. */
  readonly largeBytes: number;
  /** All programs that are here, ours first; and what is said of those that are not. */
  readonly programs: readonly Program[];
  readonly missing: readonly string[];
  /** The fastest other program in each role. */
  readonly fastestSeed: Program;
  readonly fastestLeech: Program;
}

/** One question, and how it is answered. */
export interface Case {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<Result>;
}
