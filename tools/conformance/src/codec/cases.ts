import type { Case, Level } from '../case.js';
import { fail, notApplicable } from '../errors.js';
import { excerpt } from './answer.js';
import { expandInput } from './input.js';
import { judgeAnswer } from './judge.js';
import type { CodecSubject } from './subject.js';
import type { Vector } from './vector.js';
import { loadVectors } from './vector-set.js';

/** Every rule for codecs and parsers: one case for each vector. */
export const codecCases: readonly Case<CodecSubject>[] = loadVectors().map(codecCase);

/** The case that a vector is. */
export function codecCase(vector: Vector): Case<CodecSubject> {
  const { id, level, rule, spec, bug, operation, withheld } = vector;
  return {
    id,
    level: level.toUpperCase() as Level,
    rule,
    section: spec,
    ...(bug === undefined ? {} : { reason: bug }),
    ...(withheld === true ? { withheld } : {}),
    subject: 'codec',
    profile: 'quick',
    run: async (subject, kit) => {
      kit.log({ operation, input: vector.input, with: vector.with, expect: vector.expect });
      const answer = await subject.ask(operation, expandInput(vector.input), vector.with ?? []);
      kit.log({ answer: excerpt(JSON.stringify(answer)) });
      const judged = judgeAnswer(vector, answer);
      if (judged.verdict === 'not-applicable') notApplicable(`it does not do ${operation}`);
      if (judged.verdict === 'fail') fail(judged.instead);
    },
  };
}
