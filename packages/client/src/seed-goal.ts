import { LIMITS } from './limits.js';

/**
 * How long to give, once everything wanted is there: whichever comes first. Without a goal it is for ever.
 *
 * @example
 * ```ts
 * import type { SeedGoals } from '@unchoke/client';
 *
 * const fair: SeedGoals = { seedRatio: 1, seedTimeMs: 3_600_000 };
 * console.assert(fair.seedRatio === 1);
 * ```
 */
export interface SeedGoals {
  /** Bytes given for each byte taken; when none was taken, for each byte of the torrent. */
  readonly seedRatio?: number | undefined;
  readonly seedTimeMs?: number | undefined;
}

/**
 * What a torrent has given and taken, over all its runs.
 *
 * @example
 * ```ts
 * import type { SeedRecord } from '@unchoke/client';
 *
 * const record: SeedRecord = { sentBytes: 300, receivedBytes: 200, seedingMs: 60_000 };
 * console.assert(record.sentBytes / record.receivedBytes === 1.5);
 * ```
 */
export interface SeedRecord {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly seedingMs: number;
}

const NEW: SeedRecord = { sentBytes: 0, receivedBytes: 0, seedingMs: 0 };

/** Counts what is given and for how long, and says when it was enough: once. */
export class SeedGoal {
  readonly #goals: SeedGoals;
  readonly #past: SeedRecord;
  readonly #byteCount: number;
  #run = { sentBytes: 0, receivedBytes: 0 };
  #seedingMs = 0;
  #seedingSinceMs: number | undefined;
  #ratioDueMs = Number.POSITIVE_INFINITY;
  #isReached = false;

  constructor(goals: SeedGoals, past: SeedRecord | undefined, byteCount: number) {
    this.#goals = goals;
    this.#past = past ?? NEW;
    this.#byteCount = byteCount;
  }

  /** To be called after every event, with what was given and taken in this run. True when a goal is reached. */
  update(isSeeding: boolean, run: Omit<SeedRecord, 'seedingMs'>, nowMs: number): boolean {
    this.#run = run;
    if (!isSeeding) {
      this.#seedingMs = this.#seedingAt(nowMs);
      this.#seedingSinceMs = undefined;
      this.#ratioDueMs = Number.POSITIVE_INFINITY;
      return false;
    }
    this.#seedingSinceMs ??= nowMs;
    if (this.#isReached || this.#goals === NO_GOALS) return false;
    this.#noteRatio(nowMs);
    this.#isReached = nowMs >= this.deadlineMs;
    return this.#isReached;
  }

  /** When a goal will be reached, as far as that is known. */
  get deadlineMs(): number {
    const { seedTimeMs } = this.#goals;
    if (this.#isReached || this.#seedingSinceMs === undefined) return Number.POSITIVE_INFINITY;
    if (seedTimeMs === undefined) return this.#ratioDueMs;
    return Math.min(this.#ratioDueMs, this.#seedingSinceMs + seedTimeMs - this.#past.seedingMs - this.#seedingMs);
  }

  /** Given for each byte taken. */
  get ratio(): number {
    const { sentBytes, receivedBytes } = this.recordAt(0);
    return sentBytes / (receivedBytes > 0 ? receivedBytes : this.#byteCount);
  }

  recordAt(nowMs: number): SeedRecord {
    return {
      sentBytes: this.#past.sentBytes + this.#run.sentBytes,
      receivedBytes: this.#past.receivedBytes + this.#run.receivedBytes,
      seedingMs: this.#past.seedingMs + this.#seedingAt(nowMs),
    };
  }

  /** The last bytes may be on their way still: who waits for them gets them. */
  #noteRatio(nowMs: number): void {
    const { seedRatio } = this.#goals;
    if (seedRatio === undefined || this.#ratioDueMs !== Number.POSITIVE_INFINITY || this.ratio < seedRatio) return;
    this.#ratioDueMs = this.#run.sentBytes === 0 ? nowMs : nowMs + LIMITS.goalGraceMs;
  }

  #seedingAt(nowMs: number): number {
    return this.#seedingMs + (this.#seedingSinceMs === undefined ? 0 : Math.max(0, nowMs - this.#seedingSinceMs));
  }
}

/** What most torrents have. */
export const NO_GOALS: SeedGoals = {};
