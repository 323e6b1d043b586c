import { expect, test } from 'vitest';
import { type Report, table } from '../scripts/scoreboard/table.js';

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
