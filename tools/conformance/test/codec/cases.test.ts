import { describe, expect, test } from 'vitest';
import type { Kit } from '../../src/case.js';
import type { Answer } from '../../src/codec/answer.js';
import { codecCase } from '../../src/codec/cases.js';
import type { Vector } from '../../src/codec/vector.js';
import { loadVectors } from '../../src/codec/vector-set.js';
import { Ending } from '../../src/errors.js';
import { badAnswers, goodAnswers, sayer } from './answers.js';

const kit: Pick<Kit, 'log'> = { log: () => undefined };

async function verdictOf(vector: Vector, answer: Answer): Promise<string> {
  try {
    await codecCase(vector).run(sayer(answer), kit as Kit);
    return 'pass';
  } catch (error) {
    if (error instanceof Ending) return error.verdict.type;
    throw error;
  }
}

describe.each(loadVectors())('$id', (vector) => {
  test('passes whoever keeps it, fails whoever breaks it, and leaves out who does not do it', async () => {
    const good = goodAnswers(vector.expect);
    const bad = badAnswers(vector.expect);
    expect(good.length).toBeGreaterThan(0);
    expect(bad.length).toBeGreaterThan(0);
    for (const answer of good) expect(await verdictOf(vector, answer), JSON.stringify(answer)).toBe('pass');
    for (const answer of bad) expect(await verdictOf(vector, answer), JSON.stringify(answer)).toBe('fail');
    expect(await verdictOf(vector, { type: 'not-offered' })).toBe('not-applicable');
  });
});
