/** One line of a table: what a program took, of several runs the medians. */
export interface Row {
  readonly name: string;
  readonly figures: readonly Figure[];
  /** Runs, and what else a reader must know. */
  readonly note: string;
}

/** A number with its unit; undefined where there is none. */
export interface Figure {
  readonly value: number | undefined;
  readonly unit: 's' | 'MB' | 'MB/s' | 'ms' | 'kB' | '';
}

/** What one case came to. */
export interface Result {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** Programs that were left out, and why; and what else is to be said. */
  readonly remarks: readonly string[];
}

export function median(samples: readonly number[]): number {
  return [...samples].sort((one, other) => one - other)[samples.length >> 1]!;
}

/** As Markdown. Every number but ours comes with its ratio to ours, which stands first; without one there are no ratios. */
export function format({ title, columns, rows, remarks }: Result): string {
  const ours = rows.find(({ name }) => name.startsWith('unchoke'));
  const lines = rows.map((row) => {
    const cells = row.figures.map((figure, index) =>
      row === ours ? numberOf(figure) : `${numberOf(figure)}${ratioOf(figure, ours?.figures[index])}`,
    );
    return `| ${[row.name, ...cells, row.note].join(' | ')} |`;
  });
  const head = `| ${['', ...columns, 'runs'].join(' | ')} |`;
  const rule = `|${' --- |'.repeat(columns.length + 2)}`;
  const table = rows.length === 0 ? [] : [head, rule, ...lines];
  const said = remarks.flatMap((remark) => ['', `- ${remark}`]).slice(1);
  return [`### ${title}`, '', ...table, ...(said.length === 0 ? [] : ['', ...said])].join('\n');
}

function numberOf({ value, unit }: Figure): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
}

function ratioOf(figure: Figure, ours: Figure | undefined): string {
  if (figure.value === undefined || ours?.value === undefined || ours.value === 0) return '';
  const ratio = figure.value / ours.value;
  return ` (×${ratio.toFixed(ratio >= 10 ? 0 : 2)})`;
}
