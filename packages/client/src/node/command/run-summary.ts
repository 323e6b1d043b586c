import type { Metainfo } from '@unchoke/metainfo';
import { EXIT } from './exit-codes.js';
import { formatBytes, formatSeconds, hex, printable } from './format.js';
import { haveWords } from './progress.js';
import { type Moment, shareRatio } from './torrent-view.js';

/** How a run ended, for the last line. */
export interface RunEnd {
  readonly source: string;
  readonly metainfo: Metainfo | undefined;
  readonly moment: Moment | undefined;
  readonly path: string;
  readonly elapsedMs: number;
  readonly exitCode: number;
  readonly error: string | undefined;
}

/** The last of the JSON lines. Its keys are always there; what never came to be known is null. */
export function summaryFacts({ source, metainfo, moment, path, elapsedMs, exitCode, error }: RunEnd): object {
  const { haveCount, pieceCount, receivedBytes, sentBytes, wastedBytes } = moment?.status ?? {};
  return {
    source,
    name: metainfo?.name ?? null,
    infoHash: hex(metainfo?.infoHash) ?? null,
    infoHashV2: hex(metainfo?.infoHashV2) ?? null,
    path,
    isComplete: moment === undefined ? false : moment.leftBytes === 0,
    wantedBytes: moment?.wantedBytes ?? null,
    leftBytes: moment?.leftBytes ?? null,
    haveCount: haveCount ?? null,
    pieceCount: pieceCount ?? null,
    receivedBytes: receivedBytes ?? 0,
    sentBytes: sentBytes ?? 0,
    wastedBytes: wastedBytes ?? 0,
    ratio: moment === undefined ? 0 : Math.round(shareRatio(moment) * 1000) / 1000,
    elapsedMs: Math.round(elapsedMs),
    exitCode,
    error: error ?? null,
  };
}

/** The last line for people. */
export function summaryText(moment: Moment, { elapsedMs, exitCode }: Pick<RunEnd, 'elapsedMs' | 'exitCode'>): string {
  const { receivedBytes, sentBytes } = moment.status;
  const done = moment.status.unwantedCount > 0 ? 'what was selected is complete and verified' : 'complete and verified';
  const what = moment.leftBytes === 0 ? done : `unfinished, ${haveWords(moment)}`;
  const time = formatSeconds(elapsedMs / 1000);
  const rate = formatBytes((receivedBytes * 1000) / Math.max(1, elapsedMs));
  const received = receivedBytes === 0 ? [] : [`received ${formatBytes(receivedBytes)} in ${time} (${rate}/s)`];
  const sent = sentBytes === 0 ? [] : [`sent ${formatBytes(sentBytes)}, ratio ${shareRatio(moment).toFixed(2)}`];
  const again = exitCode === EXIT.ok || moment.leftBytes === 0 ? [] : ['the same command goes on from here'];
  return `${printable(moment.name)}: ${[what, ...received, ...sent, ...again].join('; ')}`;
}
