import { type Answer, excerpt } from './answer.js';
import { outsideProblem, placesProblem } from './places.js';
import { difference } from './same.js';
import type { Expectation, Json, Outcome, Vector } from './vector.js';

/** What an answer to a vector deserves, and for a failure what happened instead of the rule. */
export type CodecVerdict =
  | { readonly verdict: 'pass' | 'not-applicable' }
  | { readonly verdict: 'fail'; readonly instead: string };

/** Judges one answer. */
export function judgeAnswer({ expect }: Pick<Vector, 'expect'>, answer: Answer): CodecVerdict {
  if (answer.type === 'not-offered') return { verdict: 'not-applicable' };
  const instead = answer.type === 'broken' ? answer.detail : problemOf(expect, answer);
  return instead === undefined ? { verdict: 'pass' } : { verdict: 'fail', instead };
}

type GivenAnswer = Extract<Answer, { type: 'value' | 'error' }>;

function problemOf(expect: Expectation, answer: GivenAnswer): string | undefined {
  if ('survives' in expect) return undefined;
  if ('inside' in expect) return answer.type === 'error' ? undefined : outsideProblem(answer.value);
  if ('places' in expect) return answer.type === 'error' ? undefined : placesProblem(expect, answer.value);
  if (!('anyOf' in expect)) return outcomeProblem(expect, answer);
  const problems = expect.anyOf.map((outcome) => outcomeProblem(outcome, answer));
  if (problems.includes(undefined)) return undefined;
  return problems.find((_, index) => 'value' in expect.anyOf[index]!) ?? problems[0];
}

function outcomeProblem(outcome: Outcome, answer: GivenAnswer): string | undefined {
  if ('error' in outcome) return answer.type === 'error' ? undefined : `accepted as ${shown(answer.value)}`;
  if (answer.type === 'error') return `refused: ${excerpt(answer.error)}`;
  return difference(outcome.value, answer.value);
}

function shown(value: Json): string {
  return excerpt(JSON.stringify(value));
}
