import { layerOf } from '../case.js';
import type { Reporter } from './report.js';

/** One object with everything, for programs. */
export function jsonReporter(write: (text: string) => void): Reporter {
  return {
    end: ({ results, cases: _, ...run }) => {
      const rows = results.map(({ case: one, verdict, durationMs, isAllowed, transcript }) => ({
        ...{ id: one.id, layer: layerOf(one), level: one.level, rule: one.rule, section: one.section },
        ...(one.reason === undefined ? {} : { reason: one.reason }),
        ...(one.withheld === true ? { withheld: true } : {}),
        ...{ verdict: verdict.type, ...('why' in verdict ? { why: verdict.why } : {}) },
        ...{ durationMs: Math.round(durationMs), isAllowed },
        ...(transcript === undefined ? {} : { transcript }),
      }));
      write(
        `${JSON.stringify({ version: 1, ...run, durationMs: Math.round(run.durationMs), results: rows }, null, 2)}\n`,
      );
    },
  };
}
