import { readdirSync, readFileSync } from 'node:fs';
import { LIMITS, ODDITIES, VIOLATIONS } from '@unchoke/wire';
import { expect, test } from 'vitest';

const source = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const tests = readdirSync(new URL('.', import.meta.url)).filter(
  (name) => name.endsWith('.test.ts') && name !== 'lists.test.ts',
);
const everyTest = tests.map((name) => source(name)).join('\n');

test.each(Object.keys(VIOLATIONS))('the violation %s has a rule, a line in the README and a test', (code) => {
  expect(VIOLATIONS[code as keyof typeof VIOLATIONS].rule).toMatch(/^BEP \d+/);
  expect(source('../README.md')).toContain(`\`${code}\``);
  expect(everyTest).toContain(`'${code}'`);
});

test.each(Object.keys(ODDITIES))('the oddity %s has a test', (code) => {
  expect(everyTest).toContain(`'${code}'`);
});

test('no bound is without bounds', () => {
  for (const [name, value] of Object.entries(LIMITS))
    expect([name, Number.isSafeInteger(value) && value > 0]).toEqual([name, true]);
});
