import { expect, test } from 'vitest';
import type { Level, Result, Verdict } from '../src/case.js';
import { htmlReporter } from '../src/report/html.js';

const LEVELS: readonly Level[] = ['MUST', 'SAFE', 'SHOULD', 'MAY'];

function page(results: readonly Result[], strict: boolean): string {
  let text = '';
  const reporter = htmlReporter((part) => (text += part), { colour: false, strict });
  const cases = results.map((result) => result.case);
  reporter.end({
    ...{ subject: 'a 1', cases, seed: 1, startedAt: '2026-11-21T00:00:00Z' },
    ...{ results, durationMs: 1, fixed: [], exitCode: 1 },
  });
  return text;
}

function failed(level: Level, verdict: Verdict = { type: 'fail', why: 'it did not' }, isAllowed = false): Result {
  const id = `bep3/x/${level.toLowerCase()}`;
  const info = { ...{ id, level, rule: 'It does.', section: 'BEP 3' }, subject: 'client', profile: 'quick' } as const;
  return { case: info, verdict, durationMs: 1, isAllowed };
}

/** What the summaries of the cases say, and whether they are painted as required. */
function items(text: string): readonly string[] {
  return [...text.matchAll(/<details class="([^"]*)".*?<b>(.*?)<\/b>/g)].map(([, look, state]) => `${look}: ${state}`);
}

test('a failure of what is required is told from one of what is not, in words and in colour', () => {
  const text = page(
    LEVELS.map((level) => failed(level)),
    false,
  );
  expect(items(text)).toEqual([
    'fail required: fail, required',
    'fail required: fail, required',
    'fail: fail, not required',
    'fail: fail, not required',
  ]);
  expect(text).toContain('<td class="fail required">4 <small>(2 required)</small></td>');
  expect(page([failed('SHOULD')], false)).toContain('<td class="fail">1</td>');
});

test('with --strict every level is required, and what is allowed to fail or does not fail never is', () => {
  expect(items(page([failed('MAY')], true))).toEqual(['fail required: fail, required']);
  expect(items(page([failed('MUST', undefined, true)], false))).toEqual(['fail: fail, allowed']);
  expect(
    items(page([failed('MUST', { type: 'not-applicable', why: 'no' }), failed('SAFE', { type: 'pass' })], true)),
  ).toEqual(['not-applicable: not-applicable', 'pass: pass']);
});
