import { expect, test } from 'vitest';
import { closeCrowded, closeDuring, MOMENTS } from '../soak/close.js';
import { meetHostileCrowd } from '../soak/hostile-crowd.js';
import { poison, poisonings } from '../soak/poisoners.js';
import { sufferStorm } from '../soak/storm.js';
import { HOSTILE, sufferTrackers } from '../soak/tracker-abuse.js';
import { spendDays } from '../soak/tracker-day.js';

// Short versions of what `npm run soak` does at length. Nothing here depends on how fast the machine is.

test('whatever a tracker answers, it is not asked more than once a minute, a first retry aside', () => {
  const day = spendDays(2);
  expect(day.mostInAMinute).toBe(1);
  expect(day.mostInAMinuteFailing).toBeLessThanOrEqual(2);
}, 600_000);

test('whatever a tracker sends, nobody is asked whom it must not lead us to, and a true answer among strays is heard', async () => {
  const { outcomes, forbiddenRequests } = await sufferTrackers();
  expect(outcomes).toEqual(Object.fromEntries(HOSTILE.map(({ name, outcome }) => [name, outcome])));
  expect(forbiddenRequests).toBe(0);
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

test('while connections come and go and others say nothing, whoever shakes hands is answered, and all descriptors come back', async () => {
  const { honestHandshakes, descriptors } = await sufferStorm(300, 1, 600);
  expect(honestHandshakes).toBeGreaterThan(0);
  const [atStart, , atEnd] = descriptors;
  expect(atEnd).toBeLessThanOrEqual(atStart);
}, 600_000);

test('closed with many torrents and peers, and with trackers that say nothing any more, nothing is left', async () => {
  const { peers, stoppedHeard, left } = await closeCrowded(8, 5);
  expect({ peers, stoppedHeard, handles: left.handles }).toEqual({ peers: 40, stoppedHeard: 8, handles: [] });
  expect(left.descriptors).toBeLessThanOrEqual(0);
}, 600_000);

test.each(Object.keys(MOMENTS))(
  'closed in the middle of a %s, nothing is left',
  async (moment) => {
    const left = await closeDuring(moment);
    expect(left.handles).toEqual([]);
    expect(left.descriptors).toBeLessThanOrEqual(0);
  },
  600_000,
);
