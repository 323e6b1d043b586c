import { expect, test } from 'vitest';
import { run, type Setting } from '../src/sim/report/experiment.js';
import { page } from '../src/sim/report/page.js';
import type { Study } from '../src/sim/report/study.js';

/** As `conduct` makes it, of swarms so small that they take no time. */
function study(setting: Setting): Study {
  const main = run(setting);
  const ridden = run({ ...setting, freeRiders: 0.5 });
  return {
    seed: setting.seed,
    commit: 'abc',
    command: 'npm run sim',
    main,
    strategies: [
      { name: 'rarest-first', result: main },
      { name: 'random', result: { ...main } },
    ],
    freeRiding: [
      { share: 0, fair: main, unfair: main },
      { share: 0.5, fair: ridden, unfair: ridden },
    ],
    scale: [main, { ...main, peers: 2 * main.peers, eventCount: 2 * main.eventCount }],
  };
}

const text = (html: string) => html.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]*>/g, ' ');

test('the page of a small swarm says what is so', () => {
  const html = page(study({ seed: 1, peers: 6, pieces: 4 }));
  const said = text(html);
  expect(said).not.toMatch(/NaN|Infinity|undefined|\b1 copies|\b1 CPU seconds|\b0 CPU|\b0 % (longer|shorter)/);
  expect(html).not.toMatch(/NaN|Infinity/);
  expect(said).toContain('6 leeches come at once');
  expect(said).toContain('as long as with rarest-first');
  expect(said).toContain('2 times the peers take 1 times the time, and for each of them there are 1 times the events');
});

test('a swarm that was not waited for to its end does not pass for complete', () => {
  const whole = study({ seed: 1, peers: 6, pieces: 4 });
  const late = (result: Study['main'], count: number) => ({
    ...result,
    outcomes: result.outcomes.map((one, index) => (index < count ? { ...one, tookS: Number.POSITIVE_INFINITY } : one)),
  });
  const [none, ridden] = whole.freeRiding.map(({ share, fair }) => ({
    share,
    fair: late(fair, 6),
    unfair: late(fair, 6),
  }));
  const html = page({ ...whole, main: late(whole.main, 1), freeRiding: [none!, ridden!] });
  expect(text(html)).toContain('5 of 6 have everything after');
  expect(html).not.toMatch(/NaN|Infinity/);
});
