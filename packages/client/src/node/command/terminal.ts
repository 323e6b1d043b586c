import { styleText } from 'node:util';

/** How progress is told: a view that is redrawn, a line now and then, JSON, or not at all. */
export type ProgressStyle = 'bar' | 'plain' | 'json' | 'none';

type Environment = Readonly<Record<string, string | undefined>>;
interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Whether somebody watches who wants it drawn: a terminal that can, and no robot. */
export function isWatched(stream: Stream, env: Environment): boolean {
  const isRobot = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false' && env['CI'] !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb' && !isRobot;
}

/** `--no-color`, then NO_COLOR (no-color.org), then FORCE_COLOR, then whether it is a terminal. */
export function wantsColour(isAllowed: boolean, stream: Stream, env: Environment): boolean {
  if (!isAllowed || (env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

const COLUMNS_DEFAULT = 80;
const COLUMNS_MAX = 1000;

/** COLUMNS, where somebody set it, then what the terminal says. */
export function columnsOf(stream: Stream, env: Environment): number {
  const told = Number(env['COLUMNS']);
  const columns = Number.isInteger(told) && told > 0 ? told : (stream.columns ?? COLUMNS_DEFAULT);
  return Math.max(1, Math.min(COLUMNS_MAX, columns));
}

export type Paint = (style: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string;

export function paintWith(isColoured: boolean): Paint {
  return (style, text) => (isColoured && text !== '' ? styleText(style, text, { validateStream: false }) : text);
}
