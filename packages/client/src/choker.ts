import { LIMITS } from './limits.js';
import type { RandomBelow } from './random.js';

/**
 * What the choker knows of a peer.
 *
 * @example
 * ```ts
 * import type { ChokerPeer } from '@unchoke/client';
 *
 * const peer: ChokerPeer = { key: 1, isInterested: true, isSnubbing: false, rate: 0, isNew: true, unchokedSinceMs: undefined, waitingSinceMs: 0 };
 * console.assert(peer.isInterested);
 * ```
 */
export interface ChokerPeer {
  readonly key: number;
  /** It wants blocks of ours. */
  readonly isInterested: boolean;
  /** It was asked for blocks and sent none for a minute: it gets no slot for what it once gave. */
  readonly isSnubbing: boolean;
  /** Bytes a second: what it gives us while we download, what it takes while we seed. */
  readonly rate: number;
  /** Connected within the last rounds: three times as likely to be tried (BEP 3, optimistic unchoking). */
  readonly isNew: boolean;
  /** When its slot began. */
  readonly unchokedSinceMs: number | undefined;
  /** When it lost its slot, or came: who waits longest is next when we seed. */
  readonly waitingSinceMs: number;
}

/**
 * Who may request from us until the next decision.
 *
 * @example
 * ```ts
 * import { type ChokerDecision, chooseUnchoked } from '@unchoke/client';
 *
 * const nobody: ChokerDecision = chooseUnchoked([], { slots: 4, optimistic: undefined, rotate: false, isSeeding: false, nowMs: 0 }, () => 0);
 * console.assert(nobody.unchoked.size === 0);
 * ```
 */
export interface ChokerDecision {
  readonly unchoked: ReadonlySet<number>;
  readonly optimistic: number | undefined;
}

/**
 * Who is unchoked (BEP 3, choking), as a pure function of what is known. While we download: the peers that give most, and
 * one that is tried out. While we seed, nobody can give anything back: half of the slots are for those that take fastest, and
 * the others go round, so that everybody who wants has a turn before anybody has a second one.
 *
 * @example
 * ```ts
 * import { chooseUnchoked } from '@unchoke/client';
 *
 * const peer = (key: number, rate: number) => ({ key, rate, isInterested: true, isSnubbing: false, isNew: false, unchokedSinceMs: undefined, waitingSinceMs: 0 });
 * const { unchoked } = chooseUnchoked([peer(1, 10), peer(2, 30), peer(3, 20)], { slots: 2, optimistic: undefined, rotate: false, isSeeding: false, nowMs: 0 }, () => 0);
 * console.assert(unchoked.has(2) && unchoked.has(3));
 * ```
 */
export function chooseUnchoked(
  peers: readonly ChokerPeer[],
  terms: {
    readonly slots: number;
    /** The peer being tried out so far, and whether it is time for another. */
    readonly optimistic: number | undefined;
    readonly rotate: boolean;
    readonly isSeeding: boolean;
    readonly nowMs: number;
  },
  randomBelow: RandomBelow,
): ChokerDecision {
  const interested = peers.filter(({ isInterested }) => isInterested);
  if (terms.isSeeding) return { unchoked: takeTurns(interested, terms), optimistic: undefined };
  const deserving = interested.filter((peer) => !peer.isSnubbing && peer.rate > 0);
  const regular = [...deserving].sort(byRate).slice(0, terms.slots);
  const unchoked = new Set(regular.map(({ key }) => key));
  const rest = interested.filter(({ key }) => !unchoked.has(key));
  const kept = terms.rotate ? undefined : rest.find(({ key }) => key === terms.optimistic);
  const optimistic = kept ?? draw(rest, randomBelow);
  if (optimistic !== undefined) unchoked.add(optimistic.key);
  // Slots that nobody earned yet are better given than kept: that is how a swarm starts.
  while (unchoked.size < terms.slots) {
    const next = draw(
      rest.filter(({ key }) => !unchoked.has(key)),
      randomBelow,
    );
    if (next === undefined) break;
    unchoked.add(next.key);
  }
  return { unchoked, optimistic: optimistic?.key };
}

/**
 * Only who holds a slot can be among the fastest: a slot begins with a turn, and turns come in the order of waiting. So
 * nobody gets past those who wait, however fast it once was.
 */
function takeTurns(
  interested: readonly ChokerPeer[],
  { slots, nowMs }: { readonly slots: number; readonly nowMs: number },
): ReadonlySet<number> {
  const holders = interested.filter(({ unchokedSinceMs }) => unchokedSinceMs !== undefined);
  const fastest = holders.filter(({ rate }) => rate > 0).sort(byRate);
  const unchoked = new Set(fastest.slice(0, Math.ceil(slots / 2)).map(({ key }) => key));
  const hasTurn = ({ unchokedSinceMs = Number.NEGATIVE_INFINITY }: ChokerPeer) =>
    nowMs - unchokedSinceMs < SEED_TURN_MS;
  const rest = interested.filter(({ key }) => !unchoked.has(key));
  const line = [
    ...rest.filter(hasTurn).sort(byTurn),
    ...rest.filter(({ unchokedSinceMs }) => unchokedSinceMs === undefined).sort(byWait),
    // Who had its turn keeps the slot as long as nobody else wants it.
    ...rest.filter((peer) => peer.unchokedSinceMs !== undefined && !hasTurn(peer)).sort(byRate),
  ];
  for (const { key } of line.slice(0, slots + 1 - unchoked.size)) unchoked.add(key);
  return unchoked;
}

/** A slot that goes round is held for so long when others wait: as long as an optimistic one. */
const SEED_TURN_MS = LIMITS.rechokeMs * LIMITS.optimisticRounds;

/** Fastest first; among equals who holds a slot keeps it, so that nothing flaps. */
function byRate(one: ChokerPeer, other: ChokerPeer): number {
  if (one.rate !== other.rate) return other.rate - one.rate;
  const held = Number(other.unchokedSinceMs !== undefined) - Number(one.unchokedSinceMs !== undefined);
  return held !== 0 ? held : one.key - other.key;
}

function byTurn(one: ChokerPeer, other: ChokerPeer): number {
  return one.unchokedSinceMs! - other.unchokedSinceMs! || one.key - other.key;
}

function byWait(one: ChokerPeer, other: ChokerPeer): number {
  return one.waitingSinceMs - other.waitingSinceMs || one.key - other.key;
}

const NEWCOMER_WEIGHT = 3;

function draw(peers: readonly ChokerPeer[], randomBelow: RandomBelow): ChokerPeer | undefined {
  const weights = peers.map(({ isNew }) => (isNew ? NEWCOMER_WEIGHT : 1));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (sum === 0) return undefined;
  let left = randomBelow(sum);
  return peers.find((_, index) => {
    left -= weights[index]!;
    return left < 0;
  });
}
