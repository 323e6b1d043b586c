import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { patternOf } from '../../src/selection.js';

/** A failure that somebody has looked at. */
export interface Known {
  readonly pattern: string;
  readonly why: string;
  matches(id: string): boolean;
}

/**
 * What a program is known to fail, from `known/NAME.txt` in the form that `--allow-fail` reads: `pattern # why`. What ends a program
 * has no place there.
 */
export function knownFailures(name: string): readonly Known[] {
  const path = join(import.meta.dirname, 'known', `${name.replaceAll('/', '-')}.txt`);
  return existsSync(path) ? parseKnown(readFileSync(path, 'utf8')) : [];
}

export function parseKnown(text: string): readonly Known[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const at = line.indexOf('#');
    const pattern = (at === -1 ? line : line.slice(0, at)).trim();
    const why = at === -1 ? '' : line.slice(at + 1).trim();
    if (pattern === '' || why === '') throw new Error(`expected a pattern, # and the reason, found: ${line}`);
    const expression = patternOf(pattern);
    return { pattern, why, matches: (id) => expression.test(id) };
  });
}
