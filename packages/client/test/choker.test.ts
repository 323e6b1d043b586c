import { type ChokerPeer, chooseUnchoked, LIMITS } from '@unchoke/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const TERMS = { slots: 4, optimistic: undefined, rotate: false, isSeeding: false, nowMs: 0 } as const;

/** One letter a peer: its rate, `-` for one that is not interested, `s` for a snubber with a good past, `n` for a newcomer. */
function drawn(picture: string): readonly ChokerPeer[] {
  return picture.split(' ').map((mark, key) => ({
    key,
    isInterested: mark !== '-',
    isSnubbing: mark === 's',
    isNew: mark === 'n',
    rate: mark === 's' ? 99 : Number.parseInt(mark, 10) || 0,
    unchokedSinceMs: undefined,
    waitingSinceMs: 0,
  }));
}

const first = () => 0;

describe('chooseUnchoked', () => {
  test('unchokes those that give most, and one more to try it out', () => {
    const { unchoked, optimistic } = chooseUnchoked(drawn('5 9 1 7 3 8 2'), TERMS, first);
    expect([...unchoked].sort()).toEqual([0, 1, 2, 3, 5]);
    expect(optimistic).toBe(2);
  });

  test('gives no slot to whoever does not want one', () => {
    const { unchoked } = chooseUnchoked(drawn('9 - - 1'), TERMS, first);
    expect([...unchoked].sort()).toEqual([0, 3]);
  });

  test('gives a snubbing peer no slot for what it once gave', () => {
    const { unchoked, optimistic } = chooseUnchoked(drawn('4 3 2 1 s 5'), TERMS, first);
    expect([...unchoked].filter((key) => key !== optimistic)).not.toContain(4);
  });

  test('tit for tat does not count while seeding: a peer that takes nothing yet may have a free slot', () => {
    const { unchoked } = chooseUnchoked(drawn('0 0 s'), { ...TERMS, isSeeding: true }, first);
    expect([...unchoked].sort()).toEqual([0, 1, 2]);
  });

  test('gives slots that nobody earned away: that is how a swarm starts', () => {
    const { unchoked } = chooseUnchoked(drawn('0 0 0 0 0 0 0'), TERMS, first);
    expect(unchoked.size).toBe(4);
  });

  test('keeps the optimistic peer until it is time for another', () => {
    const peers = drawn('9 8 7 6 0 0 0');
    const kept = chooseUnchoked(peers, { ...TERMS, optimistic: 5 }, first);
    expect(kept.optimistic).toBe(5);
    expect(chooseUnchoked(peers, { ...TERMS, optimistic: 5, rotate: true }, first).optimistic).toBe(4);
  });

  test('tries newcomers three times as often', () => {
    const peers = drawn('9 8 7 6 0 n');
    const tried = [0, 1, 2, 3].map((draw) => chooseUnchoked(peers, TERMS, () => draw).optimistic);
    expect(tried).toEqual([4, 5, 5, 5]);
  });

  test('among equals whoever holds a slot keeps it', () => {
    const peers = drawn('5 5 5 5 5').map((peer) => (peer.key === 4 ? { ...peer, unchokedSinceMs: 1 } : peer));
    const { unchoked, optimistic } = chooseUnchoked(peers, { ...TERMS, slots: 2 }, first);
    expect(unchoked.has(4) && optimistic !== 4).toBe(true);
  });

  test('never unchokes more than the slots and one, and never fewer than could use them', () => {
    const peers = fc.array(
      fc.record({
        isInterested: fc.boolean(),
        isSnubbing: fc.boolean(),
        isNew: fc.boolean(),
        rate: fc.nat({ max: 9 }),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(peers, fc.integer({ min: 0, max: 6 }), fc.boolean(), fc.nat(), (facts, slots, isSeeding, chance) => {
        const all = facts.map(
          (fact, key): ChokerPeer => ({ ...fact, key, unchokedSinceMs: undefined, waitingSinceMs: 0 }),
        );
        const { unchoked } = chooseUnchoked(all, { ...TERMS, slots, isSeeding }, (bound) => chance % bound);
        const interested = all.filter(({ isInterested }) => isInterested);
        expect(unchoked.size).toBeLessThanOrEqual(slots + 1);
        expect(unchoked.size).toBeGreaterThanOrEqual(Math.min(slots, interested.length));
        for (const key of unchoked) expect(all[key]!.isInterested).toBe(true);
      }),
    );
  });

  test('a round of tit for tat: the four that give most keep their slots, who gives nothing is only tried out', () => {
    const giving = { 0: 90, 1: 80, 2: 70, 3: 60 } as Record<number, number>;
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 30 }), fc.infiniteStream(fc.nat()), (count, chances) => {
        const choker = new Rounds(count, (key) => giving[key] ?? 0, chances);
        for (let round = 0; round < 30; round++) {
          const { unchoked, optimistic } = choker.next({ isSeeding: false });
          for (const key of [0, 1, 2, 3]) expect(unchoked.has(key)).toBe(true);
          for (const key of unchoked) expect(key < 4 || key === optimistic).toBe(true);
        }
      }),
    );
  });
});

describe('chooseUnchoked, seeding', () => {
  const slots = 4;
  /** Half of the slots and the optimistic one go round. */
  const goingRound = 3;

  test('everybody who wants is unchoked within as many turns as there are others for one slot', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.func(fc.nat({ max: 9 })),
        fc.infiniteStream(fc.nat()),
        (count, rateOf, chances) => {
          let round = 0;
          const choker = new Rounds(count, (key) => rateOf(key, round), chances);
          const last = new Map<number, number>();
          const roundsMax = 3 * (Math.ceil(count / goingRound) + 1);
          for (; round < 3 * roundsMax; round++) {
            const { unchoked } = choker.next({ isSeeding: true });
            expect(unchoked.size).toBe(Math.min(count, slots + 1));
            for (const key of unchoked) last.set(key, round);
            const longest = Math.max(...Array.from({ length: count }, (_, key) => round - (last.get(key) ?? -1)));
            expect(longest).toBeLessThanOrEqual(roundsMax);
          }
        },
      ),
    );
  });

  test('those that take fastest keep their slots, and who has begun has half a minute', () => {
    const choker = new Rounds(20, (key) => key, fc.sample(fc.infiniteStream(fc.nat()), 1)[0]!);
    const held = new Map<number, number>();
    let fastest: readonly number[] = [];
    for (let round = 0; round < 60; round++) {
      const { unchoked } = choker.next({ isSeeding: true });
      for (const key of fastest) expect(unchoked.has(key)).toBe(true);
      for (const [key, rounds] of held) if (!unchoked.has(key)) expect(rounds).toBeGreaterThanOrEqual(3);
      for (const key of [...held.keys()]) if (!unchoked.has(key)) held.delete(key);
      for (const key of unchoked) held.set(key, (held.get(key) ?? 0) + 1);
      fastest = [...unchoked].sort((one, other) => other - one).slice(0, 2);
    }
    // Everybody was tried by then, and so the two fastest were found.
    expect(fastest).toEqual([19, 18]);
  });

  test('nobody is choked while there is a slot for everybody', () => {
    const choker = new Rounds(5, () => 0, fc.sample(fc.infiniteStream(fc.nat()), 1)[0]!);
    for (let round = 0; round < 20; round++) expect(choker.next({ isSeeding: true }).unchoked.size).toBe(5);
  });
});

/** Decisions one after the other, ten seconds apart, for peers that all want. Nothing is given or taken without a slot. */
class Rounds {
  readonly #rateOf: (key: number) => number;
  readonly #chances: Iterator<number>;
  #peers: readonly ChokerPeer[];
  #optimistic: number | undefined;
  #round = 0;

  constructor(count: number, rateOf: (key: number) => number, chances: Iterable<number>) {
    this.#rateOf = rateOf;
    this.#chances = chances[Symbol.iterator]();
    const peer = { isInterested: true, isSnubbing: false, isNew: false, rate: 0, unchokedSinceMs: undefined };
    this.#peers = Array.from({ length: count }, (_, key) => ({ ...peer, key, waitingSinceMs: 0, rate: rateOf(key) }));
  }

  next({ isSeeding }: { readonly isSeeding: boolean }): ReturnType<typeof chooseUnchoked> {
    const nowMs = this.#round * LIMITS.rechokeMs;
    const rotate = this.#round++ % LIMITS.optimisticRounds === 0;
    const terms = { slots: 4, optimistic: this.#optimistic, rotate, isSeeding, nowMs };
    const decision = chooseUnchoked(this.#peers, terms, (bound) => this.#chances.next().value! % bound);
    this.#optimistic = decision.optimistic;
    this.#peers = this.#peers.map((peer) => {
      const isUnchoked = decision.unchoked.has(peer.key);
      return {
        ...peer,
        unchokedSinceMs: isUnchoked ? (peer.unchokedSinceMs ?? nowMs) : undefined,
        waitingSinceMs: isUnchoked || peer.unchokedSinceMs === undefined ? peer.waitingSinceMs : nowMs,
        rate: isUnchoked || !isSeeding ? this.#rateOf(peer.key) : 0,
      };
    });
    return decision;
  }
}
