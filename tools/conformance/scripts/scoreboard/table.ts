/** What the JSON reporter writes, as far as the table needs it. */
export interface Report {
  readonly startedAt: string;
  readonly subject?: string;
  readonly results: readonly {
    readonly id: string;
    readonly layer: string;
    readonly level: string;
    readonly verdict: string;
    readonly why?: string;
    readonly withheld?: true;
  }[];
}

type Row = Report['results'][number];

/** Layers × programs: how many cases passed of those that apply, and in brackets how many of the others are MUST or SAFE. */
export function table(columns: readonly { readonly title: string; readonly report: Report }[]): string {
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

/** What ends somebody's process is for its authors first. */
function isWithheld({ withheld, verdict, why }: Row): boolean {
  return (
    withheld === true || (verdict === 'fail' && /process ended.* with (signal|code (1[3-9]|2)\d\d?)/.test(why ?? ''))
  );
}

function cell(rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const unkept = rows.filter(({ verdict }) => verdict !== 'pass');
  const required = unkept.filter(({ level }) => level === 'MUST' || level === 'SAFE');
  const score = `${rows.length - unkept.length}/${rows.length}`;
  return required.length === 0 ? score : `${score} (${required.length})`;
}

/** `bep3` before `bep15`, and what no BEP says at the end. */
function byBep(one: string, other: string): number {
  const number = (layer: string): number => Number(/^bep(\d+)/.exec(layer)?.[1] ?? Number.POSITIVE_INFINITY);
  return number(one) - number(other) || one.localeCompare(other);
}
