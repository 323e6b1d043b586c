/**
 * Chance, as an argument: an integer from 0 to below `bound`.
 *
 * @example
 * ```ts
 * import type { RandomBelow } from '@unchoke/client';
 *
 * const always: RandomBelow = () => 0;
 * console.assert(always(6) === 0);
 * ```
 */
export type RandomBelow = (bound: number) => number;
