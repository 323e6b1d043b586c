import type { TorrentStatus } from '../../torrent-status.js';
import { counted, fit, formatBytes, formatSeconds, printable, wrap } from './format.js';
import { pieceMap } from './piece-map.js';
import type { Paint } from './terminal.js';

/** A torrent at one moment, as it is shown. */
export interface Moment {
  readonly name: string;
  /** Bytes that are wanted, and how many of them are still missing. */
  readonly wantedBytes: number;
  readonly leftBytes: number;
  readonly status: TorrentStatus;
}

const BAR_CELLS_MAX = 40;
const BAR_CELLS_MIN = 4;
const MAP_CELLS_MAX = 160;
/** What matters of a reason is often its end: what a tracker or the disk said. */
export const WHY_LINES_MAX = 3;
const BAR_PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'] as const;

/** The live view: name, bar, pieces, rates, and why it waits when it does; no line is as wide as the terminal. */
export function torrentView(moment: Moment, columns: number, paint: Paint): readonly string[] {
  const { status } = moment;
  const lines = [
    paint('bold', printable(moment.name)),
    // Who has everything has nothing more to show there.
    ...(moment.leftBytes === 0 ? [] : [barLine(moment, columns, paint), mapLine(moment, columns)]),
    factsOf(moment).join('  '),
    ...(status.why === ''
      ? []
      : wrap(printable(status.why), columns - 1, WHY_LINES_MAX).map((line) => paint('yellow', line))),
  ];
  return lines.map((line) => fit(line, columns - 1));
}

function barLine(moment: Moment, columns: number, paint: Paint): string {
  const part = partOf(moment);
  const percent = `${percentOf(part)}%`.padStart(6);
  const amount = amountOf(moment);
  const cellCount = Math.min(BAR_CELLS_MAX, columns - percent.length - amount.length - 6);
  const bar = cellCount < BAR_CELLS_MIN ? '' : `▕${paint('cyan', barOf(part, cellCount))}▏`;
  return `${bar}${percent}  ${amount}`;
}

function mapLine({ status }: Moment, columns: number): string {
  return pieceMap(status.have, status.pieceCount, Math.min(columns - 1, MAP_CELLS_MAX));
}

/** The same in one line. */
export function torrentLine(moment: Moment): string {
  const { status } = moment;
  const why = status.why === '' ? '' : `  (${printable(status.why)})`;
  const done = moment.leftBytes === 0 ? [] : [`${percentOf(partOf(moment))}%`, amountOf(moment)];
  return `${[...done, ...factsOf(moment)].join('  ')}${why}`;
}

/** What is missing, at the rate of the moment; `undefined` when nothing is on its way. */
export function etaS({ status, leftBytes }: Moment): number | undefined {
  if (status.state !== 'downloading' || status.downloadRate < 1) return undefined;
  return leftBytes / status.downloadRate;
}

/** What was given for each byte taken; for a seed from the start, for each byte it has. */
export function shareRatio({ status, wantedBytes, leftBytes }: Moment): number {
  const taken = status.receivedBytes > 0 ? status.receivedBytes : wantedBytes - leftBytes;
  return taken === 0 ? 0 : status.sentBytes / taken;
}

function factsOf(moment: Moment): readonly string[] {
  const { status } = moment;
  const connected = status.peers.filter(({ isConnected }) => isConnected).length;
  const facts = [
    ...(moment.leftBytes === 0
      ? [`${status.state === 'seeding' ? 'seeding' : 'has'} ${formatBytes(moment.wantedBytes)}`]
      : []),
    `↓ ${formatBytes(status.downloadRate)}/s`,
    `↑ ${formatBytes(status.uploadRate)}/s`,
    counted(connected, 'peer'),
  ];
  const eta = etaS(moment);
  if (eta !== undefined) facts.push(`ETA ${formatSeconds(eta)}`);
  if (status.sentBytes > 0) facts.push(`ratio ${shareRatio(moment).toFixed(2)}`);
  return facts;
}

function amountOf({ wantedBytes, leftBytes }: Moment): string {
  return `${formatBytes(wantedBytes - leftBytes)} of ${formatBytes(wantedBytes)}`;
}

function partOf({ wantedBytes, leftBytes }: Moment): number {
  return wantedBytes === 0 ? 1 : (wantedBytes - leftBytes) / wantedBytes;
}

/** Never 100 before it is done. */
function percentOf(part: number): string {
  return (Math.floor(part * 1000) / 10).toFixed(1);
}

function barOf(part: number, cellCount: number): string {
  const eighths = Math.floor(part * cellCount * 8);
  return `${'█'.repeat(eighths >> 3)}${BAR_PARTS[eighths & 7]}`.padEnd(cellCount);
}
