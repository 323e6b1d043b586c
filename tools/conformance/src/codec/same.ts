import { excerpt } from './answer.js';
import type { Json } from './vector.js';

type JsonObject = { readonly [key: string]: Json };

/**
 * Where an answer says something else than was expected, in words; `undefined` when it does not. Of an object only the expected
 * keys are looked at, and a key that the answer leaves out says nothing: a tool need not tell everything. But one it must.
 */
export function difference(expected: Json, actual: Json | undefined, path = 'value'): string | undefined {
  if (isList(expected)) return listDifference(expected, actual, path);
  if (isObject(expected)) return objectDifference(expected, actual, path);
  return isSameScalar(expected, actual) ? undefined : mismatch(path, expected, actual);
}

function listDifference(expected: readonly Json[], actual: Json | undefined, path: string): string | undefined {
  if (!isList(actual)) return mismatch(path, expected, actual);
  if (actual.length !== expected.length) return `${path}: expected ${expected.length} entries, got ${actual.length}`;
  return first(expected.map((item, index) => () => difference(item, actual[index], `${path}[${index}]`)));
}

function objectDifference(expected: JsonObject, actual: Json | undefined, path: string): string | undefined {
  if (!isObject(actual)) return mismatch(path, expected, actual);
  const keys = Object.keys(expected);
  const told = keys.filter((key) => Object.hasOwn(actual, key));
  if (keys.length > 0 && told.length === 0) return `${path}: none of ${keys.join(', ')} is told`;
  return first(
    told.map(
      (key) => () =>
        key === 'dict'
          ? difference(sortedPairs(expected[key]!), sortedPairs(actual[key]!), `${path}.${key}`)
          : difference(expected[key]!, actual[key], `${path}.${key}`),
    ),
  );
}

/** The order in which a language keeps the keys of a dictionary is its own affair. */
function sortedPairs(pairs: Json): Json {
  if (!isList(pairs) || !pairs.every(isList)) return pairs;
  return [...pairs].sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
}

/** Integers that JSON’s numbers cannot hold come as text, and small ones may. */
function isSameScalar(expected: Json, actual: Json | undefined): boolean {
  if (expected === actual) return true;
  const isInteger = (value: Json | undefined): boolean =>
    typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,40}$/.test(value));
  return typeof expected !== typeof actual && isInteger(expected) && isInteger(actual) && `${expected}` === `${actual}`;
}

function first(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

function mismatch(path: string, expected: Json, actual: Json | undefined): string {
  const got = actual === undefined ? 'nothing' : excerpt(JSON.stringify(actual));
  return `${path}: expected ${excerpt(JSON.stringify(expected))}, got ${got}`;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value);
}
