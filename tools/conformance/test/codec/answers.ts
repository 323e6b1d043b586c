import type { Answer } from '../../src/codec/answer.js';
import type { CodecSubject } from '../../src/codec/subject.js';
import type { Expectation, Json, Outcome } from '../../src/codec/vector.js';

/** A subject that says the same to everything. */
export function sayer(answer: Answer): CodecSubject {
  return { name: 'sayer', ask: () => Promise.resolve(answer) };
}

const value = (json: Json): Answer => ({ type: 'value', value: json });
const REFUSAL: Answer = { type: 'error', error: 'no' };
const CRASH: Answer = { type: 'broken', how: 'exited', detail: 'the process was ended by SIGSEGV' };

/** Every answer that keeps the rule. */
export function goodAnswers(expect: Expectation): readonly Answer[] {
  if ('survives' in expect) return [REFUSAL, value(true)];
  if ('inside' in expect) return [REFUSAL, value([]), value([['t', 'a']])];
  if ('places' in expect) return [REFUSAL, value(placesApart(expect.places))];
  const outcomes: readonly Outcome[] = 'anyOf' in expect ? expect.anyOf : [expect];
  return outcomes.map((outcome) => ('error' in outcome ? REFUSAL : value(outcome.value)));
}

/** Answers each of which breaks the rule in its own way. */
export function badAnswers(expect: Expectation): readonly Answer[] {
  if ('survives' in expect) return [CRASH];
  if ('inside' in expect)
    return [
      CRASH,
      value([['..', 'etc']]),
      value([
        ['t', 'a'],
        ['t', '..', 'x'],
      ]),
      value([[]]),
      value([['t', '/etc']]),
    ];
  if ('places' in expect) return [CRASH, ...badPlaces(expect.places, expect.portable === true).map(value)];
  const outcomes: readonly Outcome[] = 'anyOf' in expect ? expect.anyOf : [expect];
  const values = outcomes.flatMap((outcome) => ('value' in outcome ? [outcome.value] : []));
  const wrong = values
    .flatMap(changes)
    .filter((changed) => !values.some((json) => JSON.stringify(json) === JSON.stringify(changed)));
  const mayRefuse = outcomes.some((outcome) => 'error' in outcome);
  return [CRASH, ...(mayRefuse ? [] : [REFUSAL]), ...(values.length === 0 ? [value({}), value(0)] : wrong.map(value))];
}

function placesApart(count: number): Json {
  return Array.from({ length: count }, (_, index) => ['t', `file ${index}`]);
}

/** The first file somewhere else, the others where they may be. */
function badPlaces(count: number, isPortable: boolean): readonly Json[] {
  const rest = (placesApart(count) as readonly Json[]).slice(1);
  const outside = [['..', 'x'], ['t', '..'], ['.'], [''], [], ['t', '/etc/passwd'], ['a\0b'], ['x'.repeat(256)]];
  const elsewhere = ['..\\x', 'C:', 'a ', 'a.', 'nul.txt', 'COM1', 'a\u202eb', 'a\nb', 'a?'];
  const shared =
    count < 2
      ? []
      : [
          [rest[0]!, ...rest],
          [['t'], ...rest],
        ];
  const merged = count < 2 || !isPortable ? [] : [[['T', 'FILE 1'], ...rest]];
  const alone = [...outside, ...(isPortable ? elsewhere.map((name) => ['t', name]) : [])];
  return [...alone.map((place) => [place, ...rest]), ...shared, ...merged, rest, 'x'];
}

/** The same, but for one thing: once for each thing in it. */
function changes(json: Json): readonly Json[] {
  if (typeof json === 'number') return [json + 1];
  if (typeof json === 'boolean') return [!json];
  if (typeof json === 'string') return [`${json}0`, null];
  if (json === null) return ['x'];
  if (Array.isArray(json)) {
    const list = json as readonly Json[];
    const longer: Json = [...list, list.at(-1) ?? 'x'];
    const shorter: readonly Json[] = list.length === 0 ? [] : [list.slice(1)];
    // One entry is enough: of a thousand messages all are looked at alike.
    const changed = list.slice(0, 1).flatMap((item) => changes(item).map((other) => [other, ...list.slice(1)]));
    return [longer, ...shorter, ...changed];
  }
  const entries = Object.entries(json);
  const others = entries.flatMap(([key, item]) => changes(item).map((other) => ({ ...json, [key]: other })));
  return [...others, 'x'];
}
