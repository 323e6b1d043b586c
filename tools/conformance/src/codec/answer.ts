import type { Json } from './vector.js';

/** What came back for one request. */
export type Answer =
  | { readonly type: 'value'; readonly value: Json }
  | { readonly type: 'error'; readonly error: string }
  /** The subject does not do this operation. */
  | { readonly type: 'not-offered' }
  /** The process ended, said nothing in time, or said something that is no answer. */
  | { readonly type: 'broken'; readonly how: 'exited' | 'late' | 'no-answer'; readonly detail: string };

/** Reads a line of the protocol. */
export function parseAnswer(line: string): Answer {
  const broken = (detail: string): Answer => ({ type: 'broken', how: 'no-answer', detail });
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return broken(`a line that is no JSON: ${excerpt(line)}`);
  }
  if (typeof json !== 'object' || json === null) return broken(`no object: ${excerpt(line)}`);
  if ('unsupported' in json) return { type: 'not-offered' };
  if ('error' in json) return { type: 'error', error: String(json.error) };
  if ('value' in json) return { type: 'value', value: json.value as Json };
  return broken(`neither value nor error: ${excerpt(line)}`);
}

const EXCERPT_LENGTH_MAX = 200;

/** Short enough to be read. */
export function excerpt(text: string): string {
  return text.length <= EXCERPT_LENGTH_MAX ? text : `${text.slice(0, EXCERPT_LENGTH_MAX)}… (${text.length} characters)`;
}
