import type { SideState } from '@unchoke/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commands, LinkedPair } from './linked-pair.js';

/** The only oddities between honest sides: what crosses on the way. */
const CROSSING = ['request-while-choked', 'request-repeated', 'cancel-unmatched', 'piece-unexpected'];

function visible({ choking, interested, requestQueue, extensions }: SideState): object {
  return { choking, interested, requestQueue, extensions };
}

test.each([true, false])('two links never accuse each other and agree in the end (fast: %s)', (isFast) => {
  fc.assert(
    fc.property(fc.boolean(), commands, (isWarm, steps) => {
      const pair = new LinkedPair(isFast, isWarm);
      for (const [isA, command] of steps) pair.run(isA ? pair.a : pair.b, command);
      pair.drain();
      for (const end of [pair.a, pair.b]) {
        const { link } = end;
        const other = pair.other(end).link;
        expect(end.accusations).toEqual([]);
        expect(CROSSING).toEqual(expect.arrayContaining(end.oddities));
        expect(visible(link.local)).toEqual(visible(other.remote));
        // With the fast extension every request has exactly one answer, so both lists are the same. Without it a choke and an
        // unchoke that cross a request make it void on one side only (BEP 3, `piece`): then ours is part of theirs.
        const ours = link.local.outstanding();
        const theirs = other.remote.outstanding();
        if (isFast) expect(theirs).toEqual(ours);
        else expect(theirs).toEqual(expect.arrayContaining([...ours]));
      }
    }),
    { numRuns: 400 },
  );
});

test('the commands reach what they are meant to reach', () => {
  const reached = new Map<string, number>();
  const count = (what: string): void => {
    reached.set(what, (reached.get(what) ?? 0) + 1);
  };
  fc.assert(
    fc.property(fc.boolean(), commands, (isFast, steps) => {
      const pair = new LinkedPair(isFast, true);
      for (const [isA, command] of steps) {
        const end = isA ? pair.a : pair.b;
        const before = end.link.remote.requestCount;
        pair.run(end, command);
        if (command.do === 'answer' && end.link.remote.requestCount < before) count('a block was sent');
        if (end.refusedCount > 0) count('a command was refused');
      }
      pair.drain();
      for (const oddity of [...pair.a.oddities, ...pair.b.oddities]) count(oddity);
    }),
    // One seed on purpose: this is about the commands, not about the links.
    { numRuns: 300, seed: 1 },
  );
  expect([...reached.keys()]).toEqual(
    expect.arrayContaining(['a block was sent', 'a command was refused', ...CROSSING]),
  );
});
