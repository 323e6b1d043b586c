import type { ModelClient } from './client.js';
import type { ModelPeer } from './peer.js';

/** So many of the four slots are for those who give most. */
const EARNED = 3;
/** What a peer gave counts for so many rounds. */
const REMEMBERED_ROUNDS = 2;

/** Whom the model client serves: those who give most, and the others in turn. */
export class Slots {
  readonly #client: ModelClient;
  #roundMs = -Infinity;
  /** What each had given when the last rounds began, the oldest first. */
  readonly #gave = new WeakMap<ModelPeer, readonly number[]>();

  constructor(client: ModelClient) {
    this.#client = client;
  }

  /** Once in ten seconds slots are taken away; one that is free is given at once. */
  choke(): void {
    const client = this.#client;
    if (client.flaw('never-unchokes') || (client.flaw('seeds-only-at-the-end') && client.store?.isComplete !== true))
      return;
    const slots = client.flaw('no-slots') ? Infinity : client.flaw('one-slot') ? 1 : 4;
    const interested = client.peers.filter(({ isInterested, isGreeted }) => isInterested && isGreeted);
    for (const peer of client.peers) if (!peer.isInterested && !peer.amChoking) peer.setChoking(true);
    const now = performance.now();
    const hasRested = (peer: ModelPeer): boolean =>
      client.flaw('fibrillates') || now - peer.changedMs >= client.ms(9_900);
    const isRound = now - this.#roundMs >= (client.flaw('fibrillates') ? 20 : client.ms(10_000));
    if (isRound) this.#remember();
    const earners = this.#earners(interested);
    if (isRound) {
      this.#roundMs = now;
      const waiting = interested.filter(({ amChoking }) => amChoking);
      const tired = interested.filter((peer) => !peer.amChoking && !earners.has(peer) && hasRested(peer));
      if (!client.flaw('keeps-favourites')) for (const peer of tired.slice(0, waiting.length)) peer.setChoking(true);
    }
    const free = slots - interested.filter(({ amChoking }) => !amChoking).length;
    const rested = interested.filter((peer) => peer.amChoking && hasRested(peer));
    const place = (peer: ModelPeer): number => (earners.has(peer) ? 0 : 1);
    rested.sort((a, b) => place(a) - place(b) || a.changedMs - b.changedMs);
    for (const peer of rested.slice(0, Math.max(0, free))) peer.setChoking(false);
  }

  #remember(): void {
    for (const peer of this.#client.peers)
      this.#gave.set(peer, [...(this.#gave.get(peer) ?? []), peer.gaveBytes].slice(-REMEMBERED_ROUNDS));
  }

  /** Those who gave most of late, and anything at all. */
  #earners(interested: readonly ModelPeer[]): ReadonlySet<ModelPeer> {
    const { flaw } = this.#client;
    if (flaw('gives-to-anybody')) return new Set();
    const recent = (peer: ModelPeer): number =>
      peer.gaveBytes - (flaw('never-forgets') ? 0 : (this.#gave.get(peer)?.[0] ?? 0));
    const givers = interested.filter((peer) => recent(peer) > 0);
    return new Set(givers.sort((a, b) => recent(b) - recent(a)).slice(0, EARNED));
  }
}
