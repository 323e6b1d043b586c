/**
 * npm run fuzz [count] [seed]
 *
 * The properties of the tests, for longer: any bytes in any cuts yield events, cuts do not matter, any payload is read or
 * refused, and two links never accuse each other.
 */
import fc from 'fast-check';
import { anyBytesYieldEvents, anyPayloadIsReadOrRefused, cutsDoNotMatter } from './hostile.js';
import { commands, LinkedPair } from './linked-pair.js';

const numRuns = Number(process.argv[2] ?? 200_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
console.log(`seed ${seed}: again with npm run fuzz -- ${numRuns} ${seed}`);

const pairsAgree = fc.property(fc.boolean(), fc.boolean(), commands, (isFast, isWarm, steps) => {
  const pair = new LinkedPair(isFast, isWarm);
  for (const [isA, command] of steps) pair.run(isA ? pair.a : pair.b, command);
  pair.drain();
  for (const end of [pair.a, pair.b]) {
    if (end.accusations.length > 0) throw new Error(`${end} accused: ${JSON.stringify(end.accusations)}`);
    const ours = JSON.stringify(end.link.local.outstanding());
    const theirs = JSON.stringify(pair.other(end).link.remote.outstanding());
    if (isFast && ours !== theirs) throw new Error(`${ours} here, ${theirs} there`);
  }
});

const targets = [
  ['any bytes yield events', anyBytesYieldEvents, numRuns],
  ['cuts do not matter', cutsDoNotMatter, numRuns],
  ['any payload is read or refused', anyPayloadIsReadOrRefused, numRuns],
  ['two links agree', pairsAgree, Math.ceil(numRuns / 10)],
] as const;

for (const [name, property, count] of targets) {
  const startedMs = performance.now();
  fc.assert(property as fc.IRawProperty<unknown>, { numRuns: count, seed });
  console.log(`${name}: ${count} runs in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}
