import { layerOf, type Result } from '../case.js';
import type { Reporter, Run } from './report.js';

/** JUnit XML: a suite a layer, as GitLab, Jenkins and others read it. */
export function junitReporter(write: (text: string) => void): Reporter {
  return { end: (run) => write(junit(run)) };
}

function junit(run: Run): string {
  const layers = groups(run.results);
  const suites = [...layers].map(([layer, results]) => {
    const failures = results.filter(({ verdict, isAllowed }) => !isAllowed && isFailure(verdict.type)).length;
    const errors = results.filter(({ verdict }) => verdict.type === 'error' || verdict.type === 'not-started').length;
    const skipped = results.filter(({ verdict, isAllowed }) => verdict.type === 'not-applicable' || isAllowed).length;
    const seconds = results.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000;
    const head = `name="${xml(layer)}" tests="${results.length}" failures="${failures}" errors="${errors}" skipped="${skipped}" time="${seconds.toFixed(3)}"`;
    return `  <testsuite ${head}>\n${results.map(testcase).join('')}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${xml(run.subject)}" time="${(run.durationMs / 1000).toFixed(3)}">\n${suites.join('')}</testsuites>\n`;
}

function testcase({ case: one, verdict, durationMs, isAllowed }: Result): string {
  const head = `    <testcase classname="${xml(layerOf(one))}" name="${xml(one.id)}" time="${(durationMs / 1000).toFixed(3)}"`;
  if (verdict.type === 'pass') return `${head}/>\n`;
  const body = (tag: string): string =>
    `${head}>\n      <${tag} message="${xml(verdict.why)}">${xml(`${one.level}: ${one.rule} (${one.section})`)}</${tag}>\n    </testcase>\n`;
  if (verdict.type === 'not-applicable' || isAllowed) {
    return `${head}>\n      <skipped message="${xml(verdict.why)}"/>\n    </testcase>\n`;
  }
  return body(isFailure(verdict.type) ? 'failure' : 'error');
}

function isFailure(type: Result['verdict']['type']): boolean {
  return type === 'fail' || type === 'timeout';
}

function groups(results: readonly Result[]): Map<string, Result[]> {
  const found = new Map<string, Result[]>();
  for (const result of results) {
    const layer = layerOf(result.case);
    found.set(layer, [...(found.get(layer) ?? []), result]);
  }
  return found;
}

/** XML 1.0 knows no control characters, not even escaped. */
function xml(text: string): string {
  const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  const printable = [...text].map((char) => (char < ' ' && !'\t\n\r'.includes(char) ? '\ufffd' : char)).join('');
  return printable.replace(/[&<>"]/g, (char) => escapes[char]!);
}
