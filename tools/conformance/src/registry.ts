import type { CaseInfo } from './case.js';
import { clientCases } from './client/cases.js';
import { codecCases } from './codec/cases.js';
import { trackerCases } from './tracker/cases.js';

/**
 * Every case there is, as reports and lists show it.
 *
 * @example
 * const must = allCases().filter(({ level, subject }) => level === 'MUST' && subject === 'tracker');
 * console.assert(must.length > 0);
 */
export function allCases(): readonly CaseInfo[] {
  return [...codecCases, ...trackerCases, ...clientCases];
}
