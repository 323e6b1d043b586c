import type { Actor } from '../actor.js';

/** The subject has unchoked it, on a connection that stands. */
export function holdsSlot(actor: Actor): boolean {
  const decisions = actor.records.filter(
    ({ direction, message }) => direction === 'received' && (message === 'choke' || message === 'unchoke'),
  );
  const last = decisions.at(-1);
  if (last?.message !== 'unchoke') return false;
  return !actor.notices.some((notice) => notice.type === 'connection-closed' && notice.connection === last.connection);
}

/** For which part of the time each of some peers was unchoked. */
export class SlotTime {
  readonly #everyMs: number;
  readonly #heldMs: Map<Actor, number>;
  #startedMs: number | undefined;
  #lookedMs = 0;

  /** Looks at most once in `everyMs`. */
  constructor(actors: readonly Actor[], everyMs: number) {
    this.#everyMs = everyMs;
    this.#heldMs = new Map(actors.map((actor) => [actor, 0]));
  }

  /** The time since the last look is that of who holds a slot now. */
  look(nowMs: number): void {
    if (this.#startedMs === undefined) {
      this.#startedMs = nowMs;
      this.#lookedMs = nowMs;
    }
    const passedMs = nowMs - this.#lookedMs;
    if (passedMs < this.#everyMs) return;
    this.#lookedMs = nowMs;
    for (const [actor, heldMs] of this.#heldMs) if (holdsSlot(actor)) this.#heldMs.set(actor, heldMs + passedMs);
  }

  /** Between 0 and 1. */
  shareOf(actor: Actor): number {
    const watchedMs = this.#lookedMs - (this.#startedMs ?? 0);
    return watchedMs === 0 ? 0 : (this.#heldMs.get(actor) ?? 0) / watchedMs;
  }
}
