import { TrackerError } from './errors.js';
import { TRACKERS_MAX } from './limits.js';
import { TrackerState, type Wish } from './tracker-state.js';
import { splitTrackerUrl } from './tracker-url.js';

/**
 * BEP 12: tiers are tried one after the other, trackers of a tier in an order that is drawn once; who answers goes to the
 * front of its tier. A ladder wants one answer: it is climbed from the top at every announce until somebody gives one.
 */
export class TierLadder {
  readonly #tiers: readonly TrackerState[][];
  /** Who was asked since somebody last answered, or since the last rung was reached. */
  readonly #tried = new Set<TrackerState>();
  /** Who gave the last answer, as long as it goes on to. */
  active: TrackerState | undefined = undefined;
  /** The torrent was finished, and nobody here has been told. */
  owesCompleted = false;

  constructor(tiers: readonly TrackerState[][]) {
    this.#tiers = tiers;
  }

  get trackers(): readonly TrackerState[] {
    return this.#tiers.flat();
  }

  /** When the next climb is due; infinity when nobody is left. */
  dueMs(wish: Wish): number {
    if (this.active !== undefined) return this.active.readyMs(wish);
    return Math.min(...this.trackers.map((tracker) => tracker.readyMs(wish)), Number.POSITIVE_INFINITY);
  }

  /**
   * The highest rung that may be stepped on now. Those that failed on the way up are not gone back to, or two slow dead
   * trackers at the top could take turns for ever; when there is no other, the climb begins anew.
   */
  next(wish: Wish, nowMs: number): TrackerState | undefined {
    const ready = this.trackers.filter((tracker) => tracker.readyMs(wish) <= nowMs);
    let next = ready.find((tracker) => !this.#tried.has(tracker));
    if (next === undefined) {
      this.#tried.clear();
      next = ready[0];
    }
    if (next !== undefined) this.#tried.add(next);
    return next;
  }

  promote(tracker: TrackerState): void {
    this.active = tracker;
    this.#tried.clear();
    const tier = this.#tiers.find((trackers) => trackers.includes(tracker));
    tier?.sort((a, b) => Number(b === tracker) - Number(a === tracker));
  }

  /** A new run begins at the top. */
  reset(): void {
    this.active = undefined;
    this.#tried.clear();
    for (const tracker of this.trackers) tracker.knowsUs = false;
  }

  failed(tracker: TrackerState): void {
    if (this.active === tracker) this.active = undefined;
  }
}

/** Reads the tiers of a torrent: each URL once, at most 256 in all, shuffled within their tiers. */
export function readTiers(
  tiers: readonly (readonly string[])[],
  announce: string | undefined,
  randomBelow: (bound: number) => number,
): TrackerState[][] {
  const seen = new Set<string>();
  const states = tiers.map((urls, tier) => shuffled(urls, randomBelow).flatMap((url) => stateOf(url, tier, seen)));
  const used = states.filter((trackers) => trackers.length > 0);
  // BEP 12: with a list, `announce` is ignored.
  if (used.length > 0 || announce === undefined) return used;
  return [stateOf(announce, 0, seen)];
}

function stateOf(url: string, tier: number, seen: Set<string>): TrackerState[] {
  if (url === '' || seen.has(url) || seen.size === TRACKERS_MAX) return [];
  seen.add(url);
  return [new TrackerState(url, tier, problemWith(url))];
}

function problemWith(url: string): string | undefined {
  try {
    splitTrackerUrl(url);
    return undefined;
  } catch (error) {
    if (TrackerError.isInstance(error)) return error.message;
    throw error;
  }
}

/** Fisher and Yates: every order is as likely as any other. */
function shuffled(urls: readonly string[], randomBelow: (bound: number) => number): readonly string[] {
  const order = [...urls];
  for (let last = order.length - 1; last > 0; last--) {
    const other = randomBelow(last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
