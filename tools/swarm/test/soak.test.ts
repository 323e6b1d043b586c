import { expect, test } from 'vitest';
import { meetHostileCrowd } from '../soak/hostile-crowd.js';
import { poison, poisonings } from '../soak/poisoners.js';
import { spendDays } from '../soak/tracker-day.js';

// Short versions of what `npm run soak` does at length. Nothing here depends on how fast the machine is.

test('whatever a tracker answers, it is not asked more than once a minute, a first retry aside', () => {
  const day = spendDays(2);
  expect(day.mostInAMinute).toBe(1);
  expect(day.mostInAMinuteFailing).toBeLessThanOrEqual(2);
}, 600_000);

test.each(poisonings(2).slice(0, 3))(
  'poisoned by %s: everything is right, nothing false is passed on, and nobody honest is banned',
  async (...scene) => {
    const { download, honestBanned, corruptServed } = await poison(scene);
    expect({ isExact: download.isExact, honestBanned, corruptServed }).toEqual({
      isExact: true,
      honestBanned: 0,
      corruptServed: 0,
    });
  },
  600_000,
);

test('in a crowd with one of each of 24 hostile kinds the honest ones get through', async () => {
  const { together, honestBanned } = await meetHostileCrowd(4, 24, 6);
  expect({ isExact: together.isExact, honestBanned }).toEqual({ isExact: true, honestBanned: 0 });
}, 600_000);
