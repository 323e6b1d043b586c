import { SimFailure } from '../failure.js';
import { drawPlan } from '../sim-plan.js';
import { Simulation } from '../simulation.js';

/** Some seeds one after the other, in a process of its own: arguments are the first seed, the end, and the size. */
const [first, end, peers, pieces] = process.argv.slice(2).map(Number) as [number, number, number, number];
let failed = 0;
for (let seed = first; seed < end; seed++) {
  try {
    new Simulation(drawPlan(seed, { peers, pieces })).run();
  } catch (error) {
    if (!(error instanceof SimFailure)) throw error;
    failed++;
    process.stdout.write(`${error.message}\n`);
  }
}
process.stdout.write(`seeds ${first} to ${end - 1} done, ${failed} failed\n`);
const { user, system } = process.cpuUsage();
const peakMiB = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify({ failed, cpuS: (user + system) / 1e6, peakMiB })}\n`);
if (failed > 0) process.exitCode = 1;
