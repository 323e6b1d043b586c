import fc from 'fast-check';
import { announcerProperty } from './announcer-property.js';
import { generator, mutant, readAll } from './hostile-bytes.js';

// npm run fuzz -- [inputs] [seed]: the same properties as in `npm test`, for as long as you like.

const inputCount = Number(process.argv[2] ?? 2_000_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
console.log(`fuzzing ${inputCount} inputs with seed ${seed}`);

const randomBelow = generator(seed);
let slowestMs = 0;
for (let count = 0; count < inputCount; count++) {
  const bytes = mutant(randomBelow);
  const startMs = performance.now();
  try {
    readAll(bytes);
  } catch (error) {
    console.error(`input ${count}: ${Buffer.from(bytes).toString('base64')}`);
    throw error;
  }
  slowestMs = Math.max(slowestMs, performance.now() - startMs);
}
console.log(`${inputCount} inputs, no surprise; the slowest took ${slowestMs.toFixed(1)} ms for all readers together`);

const worldCount = Math.ceil(inputCount / 200);
fc.assert(announcerProperty(), { seed, numRuns: worldCount });
console.log(`${worldCount} worlds of trackers, every rule kept`);
