import { layerOf, type Result } from '../case.js';
import { counts, type Look, type Reporter, type Run } from './report.js';

const MARKS = { pass: '✓', fail: '✗', 'not-applicable': '–', timeout: '⧖', 'not-started': '!', error: '!' } as const;

/** For people, live: a block a layer as soon as the layer is through, then what failed and why. */
export function humanReporter(write: (text: string) => void, look: Look): Reporter {
  const left = new Map<string, number>();
  const done = new Map<string, Result[]>();
  const paint = (code: number, text: string): string => (look.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const line = (result: Result): string => {
    const { case: one, verdict, isAllowed } = result;
    const mark = MARKS[verdict.type];
    const colour = verdict.type === 'pass' ? 32 : verdict.type === 'not-applicable' ? 90 : isAllowed ? 33 : 31;
    const first = `  ${paint(colour, mark)} ${one.id} ${paint(90, `${one.level}${isAllowed ? ', allowed' : ''}`)}`;
    if (verdict.type === 'pass') return `${first}\n`;
    if (verdict.type === 'not-applicable') return `${first} ${paint(90, verdict.why)}\n`;
    const where = `${one.section}${one.reason === undefined ? '' : `; ${one.reason}`}`;
    const rest = [`rule      ${one.rule} (${where})`, `instead   ${verdict.why}`];
    if (result.transcript !== undefined) rest.push(`look at   ${result.transcript}`);
    return `${first}\n${rest.map((text) => `      ${text}\n`).join('')}`;
  };
  return {
    begin: (head) => {
      for (const one of head.cases) left.set(layerOf(one), (left.get(layerOf(one)) ?? 0) + 1);
      write(`${head.subject}: ${head.cases.length} cases, --seed ${head.seed}\n`);
    },
    result: (result) => {
      const layer = layerOf(result.case);
      const results = [...(done.get(layer) ?? []), result];
      done.set(layer, results);
      const open = (left.get(layer) ?? 1) - 1;
      left.set(layer, open);
      if (open > 0) return;
      const ordered = results.sort((a, b) => (a.case.id < b.case.id ? -1 : 1));
      write(`\n${paint(1, layer)}\n${ordered.map(line).join('')}`);
    },
    end: (run) => write(`\n${summary(run, look)}`),
  };
}

function summary(run: Run, look: Look): string {
  const count = (type: Result['verdict']['type']): number =>
    run.results.filter(({ verdict }) => verdict.type === type).length;
  const failing = run.results.filter((result) => counts(result, look.strict)).length;
  const parts = [
    `${count('pass')} passed`,
    `${count('fail')} failed`,
    `${count('not-applicable')} not applicable`,
    ...(['timeout', 'not-started', 'error'] as const).flatMap((type) =>
      count(type) === 0 ? [] : [`${count(type)} ${type}`],
    ),
  ];
  const fixed = run.fixed.map((id) => `${id} passes now: take it off the list of allowed failures\n`).join('');
  const seconds = (run.durationMs / 1000).toFixed(1);
  return `${fixed}${parts.join(', ')} in ${seconds} s; ${failing} of them count\n`;
}
