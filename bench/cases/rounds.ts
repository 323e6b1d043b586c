import type { Figure, Row } from '../table.js';
import { median } from '../table.js';

/** Whoever takes so long has fewer turns. */
const SLOW_S = 10;
const SLOW_ROUNDS = 1;
/** No further round begins after so long, so that a whole run ends in a foreseeable time. */
const CASE_S = 420;

/** Someone who takes turns. */
export interface Turn {
  readonly name: string;
  /** One run: its figures, or a sentence when it did not come about. */
  readonly take: () => Promise<readonly Figure[] | string>;
}

/** All in turns, so that whatever else the machine does meets everybody. Medians; the first figure is taken for the time. */
export async function inTurns(turns: readonly Turn[], rounds: number, remarks: string[]): Promise<readonly Row[]> {
  const taken = turns.map((): (readonly Figure[])[] => []);
  const failures = turns.map(() => 0);
  const startMs = performance.now();
  for (let round = 0; round < rounds; round++) {
    if (performance.now() - startMs > CASE_S * 1000) break;
    for (const [index, { name, take }] of turns.entries()) {
      const isSlow = taken[index]!.some(([first]) => first?.unit === 's' && (first.value ?? 0) > SLOW_S);
      if ((isSlow && round >= SLOW_ROUNDS) || failures[index]! > 0) continue;
      const figures = await take().catch(
        (error: unknown) => `failed (${error instanceof Error ? error.message : error})`,
      );
      if (typeof figures === 'string') {
        failures[index]!++;
        console.error(`  ${name}: ${figures}`);
        remarks.push(`${name}, round ${round + 1}: ${figures}.`);
      } else {
        taken[index]!.push(figures);
        const shown = figures.map(({ value, unit }) => `${value?.toFixed(2) ?? '–'} ${unit}`).join(', ');
        console.error(`  ${name}: ${shown}`);
      }
    }
  }
  return turns.flatMap(({ name }, index) => {
    const runs = taken[index]!;
    if (runs.length === 0) return [];
    const figures = runs[0]!.map(({ unit }, column) => {
      const values = runs.map((figures) => figures[column]!.value).filter((value) => value !== undefined);
      return { unit, value: values.length === 0 ? undefined : median(values) };
    });
    return [{ name, figures, note: String(runs.length) }];
  });
}
