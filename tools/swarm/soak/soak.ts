import { sufferChurn } from './churn.js';
import { closeCrowded } from './close.js';
import { forkSource } from './crowd.js';
import { meetHostileCrowd } from './hostile-crowd.js';
import { loadIdle } from './idle-torrents.js';
import { sufferJunk } from './junk-flood.js';
import { poison, poisonings } from './poisoners.js';
import { sufferStorm } from './storm.js';
import { sufferTrackers } from './tracker-abuse.js';
import { spendDays } from './tracker-day.js';

// What takes too long for every run of the tests: `npm run soak -- [name] [minutes]`, one of the names below, or all. Each of
// all has a process of its own, so that none is measured with the memory of another.

const [wanted, minutes = '120'] = process.argv.slice(2);

const SOAKS: { readonly [name: string]: () => Promise<void> | void } = {
  trackers: async () => print('trackers', { ...spendDays(), ...(await sufferTrackers()) }),
  poisoners: async () => {
    for (const scene of poisonings(64)) print('poisoners', await poison(scene));
  },
  junk: async () => {
    const { quiet, flooded, ...figures } = await sufferJunk(512);
    print('junk', { quiet, flooded: { ...flooded, banned: flooded.banned.length }, ...figures });
  },
  crowd: async () => print('crowd', await meetHostileCrowd(256, 400, 100)),
  storm: async () => print('storm', await sufferStorm(20_000, 60, 2_000)),
  close: async () => print('close', await closeCrowded(100, 5)),
  idle: async () => print('idle', await loadIdle(1_000)),
  churn: async () => print('churn', await sufferChurn(Number(minutes))),
};

if (wanted === undefined) for (const name of Object.keys(SOAKS)) await runAlone(name);
else if (SOAKS[wanted] === undefined) throw new Error(`${wanted}: expected one of ${Object.keys(SOAKS).join(', ')}`);
else await SOAKS[wanted]();

function runAlone(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => (code === 0 ? resolve() : reject(new Error(`${name} ended with ${code}`)));
    forkSource('./soak.ts', [name]).once('exit', ended);
  });
}

function print(name: string, figures: unknown): void {
  process.stdout.write(`${name}: ${JSON.stringify(figures)}\n`);
}
