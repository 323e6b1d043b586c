import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withTable } from '../scripts/behaviour-table.js';
import { bundledBehaviourNames } from '../src/index.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the catalogue in the README is the one of the behaviours', () => {
  // When it is not: npx tsx --conditions=@unchoke/source scripts/behaviour-table.ts --write
  expect(readme).toBe(withTable(readme));
  for (const name of bundledBehaviourNames()) expect(readme).toContain(`(behaviours/${name}.json)`);
});

test('the README counts behaviours rightly', () => {
  expect(/\[(\d+) behaviours\]/.exec(readme)?.[1]).toBe(String(bundledBehaviourNames().length));
});
