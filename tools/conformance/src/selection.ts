import { readFileSync } from 'node:fs';
import type { CaseInfo, Level } from './case.js';
import { UsageError } from './errors.js';

/** Which cases are wanted. */
export interface Selection {
  /** Patterns of ids; `*` stands for part of one name, `**` for any number of them. */
  readonly only?: readonly string[];
  readonly level?: readonly Level[];
  readonly profile: 'quick' | 'full';
}

/** Those that are wanted, in their order. `full` has everything, `quick` only what is over soon. */
export function select<C extends CaseInfo>(cases: readonly C[], selection: Selection): readonly C[] {
  const patterns = selection.only?.map(patternOf);
  const found = cases.filter(
    ({ id, level, profile }) =>
      (patterns === undefined || patterns.some((pattern) => pattern.test(id))) &&
      (selection.level === undefined || selection.level.includes(level)) &&
      // Whoever names a case wants it, however long it takes.
      (selection.profile === 'full' || profile === 'quick' || selection.only?.includes(id) === true),
  );
  if (found.length > 0) return found;
  const isOnlyInFull = selection.profile === 'quick' && cases.some(({ id }) => patterns?.some((one) => one.test(id)));
  throw new UsageError(
    isOnlyInFull
      ? 'no such case is in the quick profile: try --profile full'
      : 'no case is called so: `unchoke-conformance list` names them all',
  );
}

/** `must`, `MUST,SAFE` … */
export function parseLevels(text: string): readonly Level[] {
  return text.split(',').map((part) => {
    const level = LEVELS.find((known) => known === part.trim().toUpperCase());
    if (level === undefined) throw new UsageError(`--level ${part}: expected ${LEVELS.join(', ').toLowerCase()}`);
    return level;
  });
}

/** Ids and patterns, one a line; what follows # is a remark. */
export function readAllowed(path: string): (id: string) => boolean {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--allow-fail ${path}: ${(error as Error).message}`);
  }
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  const patterns = lines.filter((line) => line !== '').map(patternOf);
  return (id) => patterns.some((pattern) => pattern.test(id));
}

const LEVELS: readonly Level[] = ['MUST', 'SHOULD', 'MAY', 'SAFE'];

/** `*` stands for part of one name, `**` for any number of names. */
export function patternOf(glob: string): RegExp {
  const source = glob
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[^\w/-]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`);
}
