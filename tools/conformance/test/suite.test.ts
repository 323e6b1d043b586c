import { describe, expect, test } from 'vitest';
import { allCases, type Case, fail, runCases } from '../src/index.js';
import { select } from '../src/selection.js';

const plan = { jobs: 4, seed: 1 };

function caseOf(id: string, run: Case<string>['run']): Case<string> {
  return { ...{ id, level: 'MUST', rule: 'It does.', section: 'BEP 3', subject: 'client', profile: 'quick' }, run };
}

describe('a run', () => {
  test('gives each case a verdict of its own', async () => {
    const results = await runCases(
      [
        caseOf('a/b/good', async () => undefined),
        caseOf('a/b/bad', async () => fail('it did not')),
        caseOf('a/b/broken', async () => {
          throw new TypeError('oops');
        }),
        caseOf('a/b/hanging', () => new Promise(() => undefined)),
      ],
      'subject',
      { ...plan, timeoutMs: 50 },
    );
    expect(results.map(({ verdict }) => verdict.type)).toEqual(['pass', 'fail', 'error', 'timeout']);
  });
});

test('ids are unique and say where the rule stands', () => {
  const cases = allCases();
  expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  for (const { id, rule, section } of cases) {
    expect(id).toMatch(/^(bep\d+|safe)(\/[a-z0-9-]+){2,4}$/);
    expect(rule).toMatch(/^\S.*\.$/);
    expect(section).not.toBe('');
  }
});

test('who asks for cases that are not quick is told where they are', () => {
  const slow = { ...caseOf('a/b/slow', async () => undefined), profile: 'full' } as const;
  expect(() => select([slow], { only: ['a/b/*'], profile: 'quick' })).toThrow('--profile full');
  expect(() => select([slow], { only: ['a/c/*'], profile: 'quick' })).toThrow('no case is called so');
  expect(select([slow], { only: ['a/b/slow'], profile: 'quick' })).toEqual([slow]);
});
