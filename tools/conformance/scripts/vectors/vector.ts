import type { ErrorClass, Expectation, Json, Vector } from '../../src/codec/vector.js';

export type { ErrorClass, Expectation, Json, Vector };

export type Level = Vector['level'];

/** What the cases of a group share. */
export interface GroupHead {
  readonly id: string;
  readonly spec: string;
  readonly level: Level;
  readonly operation: string;
  readonly rule?: string;
  readonly with?: readonly string[];
  readonly bug?: string;
}

/** Name, rule (or only a name, where the group has a rule), bytes (one character each), what may be answered, and what differs. */
export type Row = readonly [
  name: string,
  rule: string,
  bytes: string | Hex,
  expect: Expectation,
  differs?: Partial<Pick<Vector, 'level' | 'with' | 'bug' | 'spec' | 'operation' | 'withheld'>>,
];

/** An input that is told in hexadecimal, with the notation of the vectors. */
export class Hex {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits.replace(/\s+/g, '');
  }
}

export function hex(digits: string): Hex {
  return new Hex(digits);
}

/** The hexadecimal digits of bytes that are told one character each. */
export function hexOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('hex');
}

/** Text in UTF-8, one character per byte. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function vectors(head: GroupHead, rows: readonly Row[]): readonly Vector[] {
  return rows.map(([name, rule, bytes, expect, differs = {}]) => {
    const { spec, level, operation } = { ...head, ...differs };
    const further = differs.with ?? head.with;
    const bug = differs.bug ?? head.bug;
    return {
      id: `${head.id}/${name}`,
      spec,
      level,
      rule: rule === '' ? (head.rule ?? '') : rule,
      operation,
      input: bytes instanceof Hex ? bytes.digits : withRuns(hexOf(bytes)),
      ...(further === undefined ? {} : { with: further }),
      expect,
      ...(bug === undefined ? {} : { bug }),
      ...(differs.withheld === true ? { withheld: true } : {}),
    };
  });
}

export const value = (json: Json): Expectation => ({ value: json });
export const refuse = (error: ErrorClass): Expectation => ({ error });
export const SURVIVES: Expectation = { survives: true };

/** One of these values, or a refusal. */
export function either(...values: readonly Json[]): Expectation {
  return { anyOf: [...values.map((json) => ({ value: json })), { error: 'malformed' as const }] };
}

const RUN_LENGTH_MIN = 64;

/** Long runs of one byte are told as such: files of megabytes are read by nobody. */
function withRuns(digits: string): string {
  const octets = digits.match(/../g) ?? [];
  let text = '';
  for (let at = 0; at < octets.length; ) {
    let end = at + 1;
    while (octets[end] === octets[at]) end++;
    text += end - at >= RUN_LENGTH_MIN ? `(${octets[at]}){${end - at}}` : octets.slice(at, end).join('');
    at = end;
  }
  return text;
}
