import { expect, test } from 'vitest';
import { parseKnown } from '../scripts/scoreboard/known.js';
import { failures, type Report, remarks, table } from '../scripts/scoreboard/table.js';

const row = (layer: string, level: string, verdict: string, withheld = false): Report['results'][number] => {
  return { id: `${layer}/x`, layer, level, verdict, ...(withheld ? { withheld } : {}) };
};

test('a table counts what applies, marks what is required, and names nothing that is withheld', () => {
  const one = [
    row('bep15/x', 'MUST', 'pass'),
    row('bep3/x', 'MUST', 'fail'),
    row('bep3/x', 'SHOULD', 'timeout'),
    row('bep3/x', 'MAY', 'pass'),
    row('bep3/x', 'SAFE', 'fail', true),
    row('safe/x', 'SAFE', 'not-applicable'),
  ];
  const other = [row('safe/x', 'SHOULD', 'fail')];
  const report = (results: Report['results']): Report => ({ startedAt: '', results });
  expect(
    table([
      { title: 'a 1', report: report(one) },
      { title: 'b 2', report: report(other) },
    ]),
  ).toBe(
    [
      '| Layer | a 1 | b 2 |',
      '| --- | ---: | ---: |',
      '| `bep3/x` | 1/3 (1) |  |',
      '| `bep15/x` | 1/1 |  |',
      '| `safe/x` |  | 0/1 |',
      '| all | 2/4 (1) | 0/1 |',
      '| withheld | 1 |  |',
    ].join('\n'),
  );
});

test('failures are told with what is known of them, and those that end a process with nothing', () => {
  const results: Report['results'] = [
    row('bep3/x', 'MUST', 'fail'),
    row('bep6/x', 'SHOULD', 'timeout'),
    row('safe/x', 'SAFE', 'fail', true),
    { ...row('safe/y', 'SAFE', 'fail'), why: 'its process ended with signal SIGSEGV: ' },
  ];
  const column = {
    title: 'a 1',
    report: { startedAt: '', results, again: ['bep6/x/x', 'gone'] },
    known: parseKnown("bep3/** # It is 'so'.\nbep9/** # never seen\n"),
  };
  expect(failures([column])).toEqual(['### What a 1 fails', "- `bep3/**` (MUST): It is 'so'.\n- Not told here: 1."]);
  expect(remarks([column]).join('')).toMatch(/: a 1 0 of 2\.$/);
  expect(remarks([{ ...column, report: { startedAt: '', results } }])).toEqual([]);
  expect(() => parseKnown('bep3/x')).toThrow(/reason/);
});
