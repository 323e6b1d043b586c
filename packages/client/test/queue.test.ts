import { chooseActive, type QueueEntry } from '@unchoke/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** `d` downloads, `s` seeds; capitals are paused. */
function drawn(picture: string): readonly QueueEntry[] {
  return [...picture].map((mark) => ({ isPaused: mark < 'a', isSeeding: mark.toLowerCase() === 's' }));
}

describe('chooseActive', () => {
  test.each([
    ['ddd', {}, 'ddd'],
    ['ddd', { activeDownloadsMax: 2 }, 'dd-'],
    ['Dddd', { activeDownloadsMax: 2 }, '-dd-'],
    ['dsdsds', { activeDownloadsMax: 1, activeSeedsMax: 2 }, 'ds-s--'],
    ['ds', { activeDownloadsMax: 0, activeSeedsMax: 0 }, '--'],
  ])('of %s with %j it chooses %s', (picture, limits, expected) => {
    const active = chooseActive(drawn(picture), limits);
    expect([...picture].map((mark, index) => (active[index]! ? mark : '-')).join('')).toBe(expected);
  });

  test('as many as may be, never more, nobody past one who waits, and never who is paused', () => {
    const entry = fc.record({ isPaused: fc.boolean(), isSeeding: fc.boolean() });
    const max = fc.nat({ max: 5 });
    fc.assert(
      fc.property(fc.array(entry), max, max, (entries, activeDownloadsMax, activeSeedsMax) => {
        const active = chooseActive(entries, { activeDownloadsMax, activeSeedsMax });
        for (const [isSeeding, most] of [
          [false, activeDownloadsMax],
          [true, activeSeedsMax],
        ]) {
          const turns = entries.flatMap((each, index) =>
            each.isSeeding === isSeeding && !each.isPaused ? [active[index]] : [],
          );
          expect(turns).toEqual(turns.map((_, index) => index < Number(most)));
        }
        for (const [index, { isPaused }] of entries.entries()) if (isPaused) expect(active[index]).toBe(false);
      }),
    );
  });
});
