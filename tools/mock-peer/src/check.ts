import { MockPeerError } from './errors.js';

/** Judges a value; throws `MockPeerError` with the path of what is wrong. */
export type Check = (value: unknown, path: string) => void;

/** Required unless marked by `optional`. */
export type Fields = Readonly<Record<string, Check | OptionalCheck>>;

export interface OptionalCheck {
  readonly optional: Check;
}

export function optional(check: Check): OptionalCheck {
  return { optional: check };
}

export function fail(path: string, message: string): never {
  throw new MockPeerError('bad-behaviour', message, path);
}

export function integer(min: number, max: number): Check {
  return (value, path) => {
    if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return;
    fail(path, `expected an integer between ${min} and ${max}, found ${shown(value)}`);
  };
}

export const probability: Check = (value, path) => {
  if (typeof value === 'number' && value >= 0 && value <= 1) return;
  fail(path, `expected a number between 0 and 1, found ${shown(value)}`);
};

export const flag: Check = (value, path) => {
  if (typeof value !== 'boolean') fail(path, `expected true or false, found ${shown(value)}`);
};

export const text: Check = (value, path) => {
  if (typeof value !== 'string') fail(path, `expected a string, found ${shown(value)}`);
};

export function word(...words: readonly string[]): Check {
  return (value, path) => {
    if (typeof value === 'string' && words.includes(value)) return;
    const near = typeof value === 'string' ? nearest(value, words) : undefined;
    const hint = near === undefined ? '' : `. Did you mean "${near}"?`;
    fail(path, `expected one of ${words.join(', ')}; found ${shown(value)}${hint}`);
  };
}

export function listOf(check: Check, lengthMax = 10_000): Check {
  return (value, path) => {
    if (!Array.isArray(value)) fail(path, `expected a list, found ${shown(value)}`);
    if (value.length > lengthMax) fail(path, `${value.length} entries: at most ${lengthMax} are possible`);
    value.forEach((item, i) => {
      check(item, `${path}[${i}]`);
    });
  };
}

/** An object with these fields and no others. */
export function object(fields: Fields): Check {
  return (value, path) => {
    const entries = entriesOf(value, path);
    for (const [key] of entries) {
      if (Object.hasOwn(fields, key)) continue;
      const near = nearest(key, Object.keys(fields));
      fail(
        below(path, key),
        `is not known here${near === undefined ? `. Known: ${Object.keys(fields).join(', ')}` : `. Did you mean "${near}"?`}`,
      );
    }
    const given = new Map(entries);
    for (const [key, field] of Object.entries(fields)) {
      const isOptional = typeof field === 'object';
      if (given.has(key)) (isOptional ? field.optional : field)(given.get(key), below(path, key));
      else if (!isOptional) fail(below(path, key), 'is missing');
    }
  };
}

/** An object of any keys whose values all fit. */
export function dictOf(check: Check): Check {
  return (value, path) => {
    for (const [key, item] of entriesOf(value, path)) check(item, below(path, key));
  };
}

/** Objects told apart by their `type`. */
export function union(kinds: Readonly<Record<string, Fields>>): Check {
  const checks = new Map(Object.entries(kinds).map(([type, fields]) => [type, object({ type: text, ...fields })]));
  const isType = word(...checks.keys());
  return (value, path) => {
    const type = entriesOf(value, path).find(([key]) => key === 'type')?.[1];
    if (type === undefined) fail(below(path, 'type'), `is missing. It is one of ${[...checks.keys()].join(', ')}`);
    isType(type, below(path, 'type'));
    checks.get(type as string)!(value, path);
  };
}

/** The first check whose kind of value it is. */
export function either(cases: readonly (readonly [(value: unknown) => boolean, Check])[], expected: string): Check {
  return (value, path) => {
    const found = cases.find(([isCase]) => isCase(value));
    if (found === undefined) fail(path, `expected ${expected}, found ${shown(value)}`);
    found[1](value, path);
  };
}

export function isKind(kind: 'string' | 'number'): (value: unknown) => boolean {
  return (value) => typeof value === kind;
}

/** A plain object that has this key. */
export function has(key: string): (value: unknown) => boolean {
  return (value) => isObject(value) && Object.hasOwn(value, key);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function entriesOf(value: unknown, path: string): readonly (readonly [string, unknown])[] {
  if (!isObject(value)) fail(path, `expected an object, found ${shown(value)}`);
  return Object.entries(value);
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value);
}

/** The word with the fewest edits, when these are few. */
function nearest(found: string, words: readonly string[]): string | undefined {
  const ranked = words.map((known) => ({ known, edits: distance(found.slice(0, 40), known) }));
  const best = ranked.sort((a, b) => a.edits - b.edits)[0];
  return best !== undefined && best.edits <= Math.max(2, best.known.length / 3) ? best.known : undefined;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
