import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withTable } from '../scripts/behaviour-table.js';
import { bundledBehaviourNames, checkBehaviour } from '../src/index.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the catalogue in the README is the one of the behaviours', () => {
  // When it is not: npx tsx --conditions=@unchoke/source scripts/behaviour-table.ts --write
  expect(readme).toBe(withTable(readme));
  for (const name of bundledBehaviourNames()) expect(readme).toContain(`(behaviours/${name}.json)`);
});

test('the behaviour it shows is right', () => {
  const shown = [...readme.matchAll(/```json\n([\s\S]*?)```/g)].map(
    (match) => JSON.parse(match[1]!) as { rules: unknown[] },
  );
  expect(shown.map((behaviour) => checkBehaviour(behaviour).rules.length)).toEqual([3]);
});

test('the README counts behaviours rightly', () => {
  expect(/\[(\d+) behaviours\]/.exec(readme)?.[1]).toBe(String(bundledBehaviourNames().length));
});
