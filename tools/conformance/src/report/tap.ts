import type { Reporter } from './report.js';

/** TAP 14. What is allowed to fail is TODO, what does not apply is SKIP. */
export function tapReporter(write: (text: string) => void): Reporter {
  let number = 0;
  return {
    begin: ({ cases }) => write(`TAP version 14\n1..${cases.length}\n`),
    result: ({ case: { id, rule, section }, verdict, isAllowed }) => {
      number++;
      const isOk = verdict.type === 'pass' || verdict.type === 'not-applicable';
      const skip = verdict.type === 'not-applicable' ? ` # SKIP ${oneLine(verdict.why)}` : '';
      const todo = isAllowed ? ' # TODO allowed to fail' : '';
      write(`${isOk ? 'ok' : 'not ok'} ${number} - ${id}${skip}${todo}\n`);
      if (isOk) return;
      const rows = { rule, section, verdict: verdict.type, instead: verdict.why };
      const yaml = Object.entries(rows).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
      write(`  ---\n${yaml.join('')}  ...\n`);
    },
    end: () => undefined,
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('#', '\\#');
}
