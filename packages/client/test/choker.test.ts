import { type ChokerPeer, chooseUnchoked } from '@unchoke/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const TERMS = { slots: 4, optimistic: undefined, rotate: false, isSeeding: false } as const;

/** One letter a peer: its rate, `-` for one that is not interested, `s` for a snubber with a good past, `n` for a newcomer. */
function drawn(picture: string): readonly ChokerPeer[] {
  return picture.split(' ').map((mark, key) => ({
    key,
    isInterested: mark !== '-',
    isSnubbing: mark === 's',
    isNew: mark === 'n',
    rate: mark === 's' ? 99 : Number.parseInt(mark, 10) || 0,
    unchokedSinceMs: undefined,
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
        const all = facts.map((fact, key): ChokerPeer => ({ ...fact, key, unchokedSinceMs: undefined }));
        const { unchoked } = chooseUnchoked(all, { ...TERMS, slots, isSeeding }, (bound) => chance % bound);
        const interested = all.filter(({ isInterested }) => isInterested);
        expect(unchoked.size).toBeLessThanOrEqual(slots + 1);
        expect(unchoked.size).toBeGreaterThanOrEqual(Math.min(slots, interested.length));
        for (const key of unchoked) expect(all[key]!.isInterested).toBe(true);
      }),
    );
  });
});
