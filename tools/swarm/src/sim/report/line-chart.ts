/** A line, and how it is drawn. */
export interface Line {
  readonly name: string;
  /** `bound` is what nothing can beat; the others are told apart by colour and dashes. */
  readonly look: 'bound' | 'first' | 'second' | 'third' | 'first-dashed' | 'second-dashed';
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What the axes say. */
export interface Axes {
  readonly width: number;
  readonly height: number;
  readonly xMax: number;
  readonly yMax: number;
  readonly xName: string;
  readonly yName: string;
}

const MARGIN = { left: 46, right: 12, top: 10, bottom: 36 } as const;
const TICKS = 4;

/** Lines over time as one SVG, with a legend that names each. */
export function lineChart(lines: readonly Line[], axes: Axes): string {
  const { width, height, xMax, yMax, xName, yName } = axes;
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const x = (value: number): number => MARGIN.left + (Math.min(value, xMax) / xMax) * inner.width;
  const y = (value: number): number => MARGIN.top + (1 - Math.min(value, yMax) / yMax) * inner.height;
  const grid = ticks(yMax).map(
    (tick) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${width - MARGIN.right}" y1="${fix(y(tick))}" y2="${fix(y(tick))}"/>` +
      `<text x="${MARGIN.left - 6}" y="${fix(y(tick) + 4)}" text-anchor="end">${label(tick)}</text>`,
  );
  const bottom = height - MARGIN.bottom;
  const times = ticks(xMax).map(
    (tick) => `<text x="${fix(x(tick))}" y="${bottom + 15}" text-anchor="middle">${label(tick)}</text>`,
  );
  const paths = lines.map(
    ({ look, points }) =>
      `<path class="line ${look}" d="M${points.map(([px, py]) => `${fix(x(px))} ${fix(y(py))}`).join('L')}"/>`,
  );
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${yName} over ${xName}">`,
    ...grid,
    ...times,
    `<text class="name" x="${width - MARGIN.right}" y="${height - 5}" text-anchor="end">${xName}</text>`,
    ...paths,
    '</svg>',
    `<p class="legend"><span class="what">${yName}</span>${lines.map(({ name, look }) => `<span><i class="key ${look}"></i>${name}</span>`).join('')}</p>`,
  ].join('');
}

/** From nothing to the most, in steps that read well. */
function ticks(most: number): readonly number[] {
  const rough = most / TICKS;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((each) => each >= rough) ?? rough;
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, index) => index * step);
}

function label(value: number): string {
  return value >= 10_000 ? `${value / 1000}k` : String(Number(value.toFixed(2)));
}

function fix(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}
