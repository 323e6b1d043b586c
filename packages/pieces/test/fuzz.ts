import fc from 'fast-check';
import { happenings, heal, settings, setUp } from './picker-happenings.js';

/**
 * The picker against the naive model, for as long as one likes: `npm run fuzz -- 100000 7` is a hundred thousand
 * swarms from seed 7. A failure prints the shortest history it could find.
 */
const numRuns = Number(process.argv[2] ?? 20_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
console.log(`picker: ${numRuns} swarms, seed ${seed}`);
fc.assert(
  fc.property(
    settings,
    fc.commands([happenings], { maxCommands: 150, size: 'max' }),
    fc.func(fc.boolean()),
    (setting, all, isServing) => {
      const { model, real } = setUp(setting);
      fc.modelRun(() => ({ model, real }), all);
      heal(model, real, isServing);
    },
  ),
  { numRuns, seed },
);
console.log('picker: every rule kept');
