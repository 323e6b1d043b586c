import fc from 'fast-check';
import { test } from 'vitest';
import { announcerProperty } from './announcer-property.js';

test('whatever happens, the announcer keeps the rules and finds the one live tracker in time', () => {
  fc.assert(announcerProperty(), { numRuns: 400 });
});
