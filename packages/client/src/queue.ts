import { ClientError } from './errors.js';

/**
 * How many torrents may be active at one time; without a number, all.
 *
 * @example
 * ```ts
 * import type { QueueLimits } from '@unchoke/client';
 *
 * const few: QueueLimits = { activeDownloadsMax: 3, activeSeedsMax: 10 };
 * console.assert(few.activeDownloadsMax === 3);
 * ```
 */
export interface QueueLimits {
  readonly activeDownloadsMax?: number | undefined;
  readonly activeSeedsMax?: number | undefined;
}

/**
 * A torrent, as the queue sees it.
 *
 * @example
 * ```ts
 * import type { QueueEntry } from '@unchoke/client';
 *
 * const entry: QueueEntry = { isPaused: false, isSeeding: true };
 * console.assert(entry.isSeeding);
 * ```
 */
export interface QueueEntry {
  /** By a person, or because its goal is reached: it takes nobody's place. */
  readonly isPaused: boolean;
  /** It has all that is wanted. */
  readonly isSeeding: boolean;
}

/**
 * Which of the torrents may run: the first so many of each kind, in the order given, which is that in which they were added.
 *
 * @example
 * ```ts
 * import { chooseActive } from '@unchoke/client';
 *
 * const download = { isPaused: false, isSeeding: false };
 * const active = chooseActive([{ ...download, isPaused: true }, download, download], { activeDownloadsMax: 1 });
 * console.assert(active.join() === 'false,true,false');
 * ```
 */
export function chooseActive(entries: readonly QueueEntry[], limits: QueueLimits): readonly boolean[] {
  let downloads = limits.activeDownloadsMax ?? Number.POSITIVE_INFINITY;
  let seeds = limits.activeSeedsMax ?? Number.POSITIVE_INFINITY;
  return entries.map(({ isPaused, isSeeding }) => {
    if (isPaused) return false;
    return (isSeeding ? seeds-- : downloads--) > 0;
  });
}

/** Why a torrent that may not run waits. */
export function whyQueued(isSeeding: boolean, { activeDownloadsMax, activeSeedsMax }: QueueLimits): string {
  const [max, kind] = isSeeding ? [activeSeedsMax, 'seed'] : [activeDownloadsMax, 'download'];
  return `queued: ${max} ${kind}${max === 1 ? ' is' : 's are'} active, as many as may be`;
}

/** Refuses what is no number of torrents. */
export function checkQueueLimits({ activeDownloadsMax, activeSeedsMax }: QueueLimits): void {
  for (const [name, max] of Object.entries({ activeDownloadsMax, activeSeedsMax })) {
    if (max === undefined || max >= 0) continue;
    throw new ClientError('bad-option', `${name} ${max}: expected 0 or more torrents; leave it away for all`);
  }
}
