import { describe, expect, test } from 'vitest';
import type { Case, Verdict } from '../src/case.js';
import { clientCases } from '../src/client/cases.js';
import type { ClientSubject } from '../src/client/subject.js';
import { runCase } from '../src/runner.js';
import { flawsFor } from './flaws.js';
import { modelSubject } from './model/subject.js';

// A case that cannot fail proves nothing: each is played with a client that keeps the rule and with one that breaks it.

/** Minutes are seconds here. On a machine so busy that seconds are too few, the case is played again at its real pace. */
const SCALES = [0.1, 1] as const;

describe.concurrent('a client that keeps the rule passes, one that breaks it does not', () => {
  test.each(clientCases.map((one) => [one.id, one] as const))(
    '%s',
    async (id, one) => {
      expect(await played(one, [], ['pass'])).toMatchObject({ type: 'pass' });
      expect(await played(one, flawsFor(id), ['fail', 'timeout'])).not.toMatchObject({ type: 'pass' });
    },
    600_000,
  );
});

describe('a seed that refuses what is damaged', () => {
  const one = clientCases.find(({ id }) => id === 'safe/resume/damaged-seed')!;
  test('keeps the rule', async () => {
    expect(await played(one, ['refuses-damage'], ['pass'])).toMatchObject({ type: 'pass' });
  });
  test('does not, when it refuses what is right, too', async () => {
    expect(await played(one, ['refuses-to-seed'], ['not-started'])).toMatchObject({ type: 'not-started' });
  });
});

async function played(
  one: Case<ClientSubject>,
  flaws: readonly string[],
  wanted: readonly Verdict['type'][],
): Promise<Verdict> {
  let verdict: Verdict | undefined;
  for (const timeScale of SCALES) {
    const exits = one.id === 'safe/shutdown/exit-code';
    const result = await runCase(one, modelSubject(flaws, timeScale, exits), { jobs: 1, seed: 1, timeScale });
    verdict = result.verdict;
    if (wanted.includes(verdict.type)) break;
  }
  return verdict!;
}
