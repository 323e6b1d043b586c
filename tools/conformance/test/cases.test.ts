import { describe, expect, test } from 'vitest';
import type { Case, Verdict } from '../src/case.js';
import { clientCases } from '../src/client/cases.js';
import type { ClientSubject } from '../src/client/subject.js';
import { CASE_MS } from '../src/limits.js';
import { runCase } from '../src/runner.js';
import { alsoBroken, fatalFor, flawsFor } from './flaws.js';
import { modelSubject } from './model/subject.js';

// A case that cannot fail proves nothing: each is played with a client that keeps the rule and with one that breaks it.

/**
 * Minutes are seconds here. On a machine so busy that seconds are too few, the case is played again at its real pace, and
 * at last at a third of it.
 */
const SCALES = [0.1, 1, 3] as const;

const LIMIT_MS = 1_800_000;
const FAILED: Verdict['type'][] = ['fail', 'timeout'];

/** The odd things that the client which keeps every rule met, by case. */
const met = new Map<string, ReadonlySet<string>>();

describe('a client that keeps the rule passes, one that breaks it does not', () => {
  const passes = async (one: Case<ClientSubject>): Promise<void> => {
    expect(await played(one, [], ['pass'])).toMatchObject({ type: 'pass' });
    expect(await played(one, flawsFor(one.id), FAILED)).toMatchObject({ type: expect.toBeOneOf(FAILED) });
  };
  const rows = clientCases.map((one) => [one.id, one] as const);
  const shared = rows.filter(([, { alone }]) => alone !== true);
  // As when they are run: what loads a machine starves whatever is played beside it.
  const alone = rows.filter(([, one]) => one.alone === true);
  test.concurrent.each(shared)('%s', async (_, one) => await passes(one), LIMIT_MS);
  test.each(alone)('%s', async (_, one) => await passes(one), LIMIT_MS);
});

// Looked at when all have been played: whoever ends over one thing lives through what all other cases do to it.
test('a client that ends over what one case is about passes the others', () => {
  const fatal = [...met.keys()].filter((id) => fatalFor(id) !== undefined);
  expect(fatal.flatMap((id) => alsoBroken(id, met).map((other) => `${other} is about ${fatalFor(id)}, too`))).toEqual(
    [],
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
    const play = async (): Promise<Verdict> => await playedAt(timeScale, one, flaws);
    verdict = timeScale === SCALES.at(-1) ? await inTurn(play) : await play();
    if (wanted.includes(verdict.type)) break;
  }
  return verdict!;
}

let last: Promise<unknown> = Promise.resolve();

/** One after the other: a machine that was too busy for a case is not to be busy with several of them again. */
async function inTurn<T>(play: () => Promise<T>): Promise<T> {
  const turn = last.then(play);
  last = turn.catch(() => undefined);
  return await turn;
}

async function playedAt(timeScale: number, one: Case<ClientSubject>, flaws: readonly string[]): Promise<Verdict> {
  const exits = one.id === 'safe/shutdown/exit-code';
  const kinds = new Set<string>();
  let isOver = false;
  const subject = modelSubject(flaws, timeScale, exits, (kind) => {
    if (!isOver) kinds.add(kind);
  });
  const run: typeof one.run = async (judged, kit) => {
    try {
      await one.run(judged, kit);
    } finally {
      // What is met while everything is taken away is no part of the case.
      isOver = true;
    }
  };
  const timeoutMs = (one.timeoutMs ?? CASE_MS) * Math.max(1, timeScale);
  const { verdict } = await runCase({ ...one, run }, subject, { jobs: 1, seed: 1, timeScale, timeoutMs });
  if (flaws.length === 0) met.set(one.id, kinds);
  return verdict;
}
