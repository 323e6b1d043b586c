import fc from 'fast-check';
import { test } from 'vitest';
import { happenings, heal, settings, setUp } from './picker-happenings.js';

test('keeps every rule of a model that looks at every block, and completes once peers serve', () => {
  fc.assert(
    fc.property(
      settings,
      fc.commands([happenings], { maxCommands: 80, size: 'max' }),
      fc.func(fc.boolean()),
      (setting, commands, isServing) => {
        const { model, real } = setUp(setting);
        fc.modelRun(() => ({ model, real }), commands);
        heal(model, real, isServing);
      },
    ),
    { numRuns: 400 },
  );
});
