import { SimFailure } from '../failure.js';
import { drawPlan } from '../sim-plan.js';
import { Simulation } from '../simulation.js';

/** Some seeds one after the other, in a process of its own: arguments are the first seed, the stride, the end, and the size. */
const [first, stride, end, peers, pieces] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
  number,
];
const PROGRESS_EVERY = 25;
let failed = 0;
let done = 0;
for (let seed = first; seed < end; seed += stride) {
  try {
    new Simulation(drawPlan(seed, { peers, pieces })).run();
  } catch (error) {
    if (!(error instanceof SimFailure)) throw error;
    failed++;
    process.stdout.write(`${error.message}\n`);
  }
  if (++done % PROGRESS_EVERY === 0) process.stdout.write(`seed ${seed}: ${done} swarms done, ${failed} failed\n`);
}
const { user, system } = process.cpuUsage();
const peakMiB = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify({ failed, cpuS: (user + system) / 1e6, peakMiB })}\n`);
if (failed > 0) process.exitCode = 1;
