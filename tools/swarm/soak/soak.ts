import { meetHostileCrowd } from './hostile-crowd.js';
import { sufferJunk } from './junk-flood.js';
import { poison, poisonings } from './poisoners.js';
import { spendDays } from './tracker-day.js';

// What takes too long for every run of the tests: `npm run soak -- [name]`, one of the names below, or all.

const SOAKS: { readonly [name: string]: () => Promise<void> | void } = {
  trackers: () => print('trackers', spendDays()),
  poisoners: async () => {
    for (const scene of poisonings(64)) print('poisoners', await poison(scene));
  },
  junk: async () => print('junk', await sufferJunk(512)),
  crowd: async () => print('crowd', await meetHostileCrowd(256, 400, 100)),
};

const [wanted] = process.argv.slice(2);
for (const [name, run] of Object.entries(SOAKS)) if (wanted === undefined || wanted === name) await run();

function print(name: string, figures: unknown): void {
  process.stdout.write(`${name}: ${JSON.stringify(figures)}\n`);
}
