import type { Known } from './known.js';

/** What the JSON reporter writes, as far as the table needs it. */
export interface Report {
  readonly startedAt: string;
  readonly subject?: string;
  /** Cases that were judged once more, alone. */
  readonly again?: readonly string[];
  readonly results: readonly {
    readonly id: string;
    readonly layer: string;
    readonly level: string;
    readonly verdict: string;
    readonly why?: string;
    readonly withheld?: true;
  }[];
}

/** One program. */
export interface Column {
  readonly title: string;
  readonly report: Report;
  readonly known: readonly Known[];
}

type Row = Report['results'][number];

/** Layers × programs: how many cases passed of those that apply, and in brackets how many of the others are MUST or SAFE. */
export function table(columns: readonly Pick<Column, 'title' | 'report'>[]): string {
  const shown = columns.map(({ title, report }) => ({
    title,
    rows: report.results.filter((row) => !isWithheld(row) && row.verdict !== 'not-applicable'),
    withheld: report.results.filter(isWithheld).length,
  }));
  const hasWithheld = shown.some(({ withheld }) => withheld > 0);
  const layers = [...new Set(shown.flatMap(({ rows }) => rows.map(({ layer }) => layer)))].toSorted(byBep);
  const line = (name: string, cells: readonly string[]): string => `| ${name} | ${cells.join(' | ')} |`;
  return [
    line(
      'Layer',
      shown.map(({ title }) => title),
    ),
    line(
      '---',
      shown.map(() => '---:'),
    ),
    ...layers.map((layer) =>
      line(
        `\`${layer}\``,
        shown.map(({ rows }) => cell(rows.filter((row) => row.layer === layer))),
      ),
    ),
    line(
      'all',
      shown.map(({ rows }) => cell(rows)),
    ),
    ...(hasWithheld
      ? [
          line(
            'withheld',
            shown.map(({ withheld }) => (withheld === 0 ? '' : String(withheld))),
          ),
        ]
      : []),
  ].join('\n');
}

/** Which verdicts are those of a second run. */
export function remarks(columns: readonly Column[]): readonly string[] {
  const twice = columns.flatMap(({ title, report: { again = [], results } }) => {
    if (again.length === 0) return [];
    const passed = results.filter(({ id, verdict }) => again.includes(id) && verdict === 'pass').length;
    return [`${title} ${passed} of ${again.length}`];
  });
  if (twice.length === 0) return [];
  return [
    `Cases that failed unexpectedly were judged once more, alone, and that verdict counts. So many passed then: ${twice.join(', ')}.`,
  ];
}

/** What each fails and why. What nobody has looked at, and what could harm those who use it, is not named. */
export function failures(columns: readonly Column[]): readonly string[] {
  return columns.flatMap(({ title, report, known }) => {
    if (known.length === 0) return [];
    const rows = report.results.filter((row) => isFailure(row) && !isWithheld(row));
    if (rows.length === 0) return [];
    const lines = known.flatMap(({ pattern, why, matches }) => {
      const found = rows.filter(({ id }) => matches(id));
      return found.length === 0 ? [] : [`- \`${pattern}\` (${levelsOf(found)}): ${why}`];
    });
    const unseen = rows.filter(({ id }) => !known.some(({ matches }) => matches(id)));
    const rest = unseen.length === 0 ? [] : [`- Not told here: ${unseen.length}.`];
    return [`### What ${title} fails`, [...lines, ...rest].join('\n')];
  });
}

function levelsOf(rows: readonly Row[]): string {
  const levels = [...new Set(rows.map(({ level }) => level))].join(', ');
  return rows.length === 1 ? levels : `${levels}, ${rows.length} cases`;
}

function isFailure({ verdict }: Row): boolean {
  return verdict !== 'pass' && verdict !== 'not-applicable';
}

/** What ends somebody's process is for its authors first. */
function isWithheld(row: Row): boolean {
  const { withheld, verdict, why = '' } = row;
  if (!isFailure(row)) return false;
  return withheld === true || (verdict === 'fail' && ENDED.test(why));
}

function cell(rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const unkept = rows.filter(isFailure);
  const required = unkept.filter(({ level }) => level === 'MUST' || level === 'SAFE');
  const score = `${rows.length - unkept.length}/${rows.length}`;
  return required.length === 0 ? score : `${score} (${required.length})`;
}

/** `bep3` before `bep15`, and what no BEP says at the end. */
function byBep(one: string, other: string): number {
  const number = (layer: string): number => Number(/^bep(\d+)/.exec(layer)?.[1] ?? Number.POSITIVE_INFINITY);
  return number(one) - number(other) || one.localeCompare(other);
}

/** By a signal, or as a shell and a runtime report one. */
const ENDED = /process ended.* with (signal|code (12[89]|1[3-9]\d|2\d\d))/;
