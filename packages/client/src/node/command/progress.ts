import type { ClientTorrent } from '../client.js';
import { formatBytes, formatSeconds, printable } from './format.js';

/** How progress is told: a line that is redrawn, a line now and then, JSON, or not at all. */
export type ProgressStyle = 'bar' | 'plain' | 'json' | 'none';

const REDRAW_MS = 250;
const PLAIN_MS = 5_000;
const BAR_CELLS = 24;
const BAR_PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'] as const;

/** Tells how a torrent gets on, on stderr, so that stdout holds results only. Answers a function that ends it. */
export function showProgress(torrent: ClientTorrent, style: ProgressStyle): () => void {
  if (style === 'none') return () => undefined;
  const draw = () => {
    const line = style === 'json' ? JSON.stringify(progressOf(torrent)) : describe(torrent);
    if (style === 'bar') process.stderr.write(`\r\x1b[K${line}`);
    else (style === 'json' ? process.stdout : process.stderr).write(`${line}\n`);
  };
  const timer = setInterval(draw, style === 'plain' ? PLAIN_MS : REDRAW_MS);
  return () => {
    clearInterval(timer);
    draw();
    if (style === 'bar') process.stderr.write('\n');
  };
}

function progressOf({ status }: ClientTorrent): object {
  const { state, haveCount, pieceCount, receivedBytes, sentBytes, wastedBytes, downloadRate, uploadRate, why } = status;
  const peers = status.peers.filter(({ isConnected }) => isConnected).length;
  return {
    type: 'progress',
    version: 1,
    state,
    haveCount,
    pieceCount,
    receivedBytes,
    sentBytes,
    wastedBytes,
    downloadRate,
    uploadRate,
    peers,
    why,
  };
}

function describe({ metainfo, status }: ClientTorrent): string {
  const { haveCount, pieceCount, downloadRate, uploadRate, why } = status;
  const part = haveCount / pieceCount;
  const left = (1 - part) * metainfo.contentLength;
  const peers = status.peers.filter(({ isConnected }) => isConnected).length;
  const facts = [
    `${bar(part)} ${(part * 100).toFixed(1)}%`,
    `↓ ${formatBytes(Math.round(downloadRate))}/s`,
    `↑ ${formatBytes(Math.round(uploadRate))}/s`,
    `${peers} ${peers === 1 ? 'peer' : 'peers'}`,
  ];
  if (status.state === 'downloading')
    facts.push(`ETA ${formatSeconds(downloadRate > 0 ? left / downloadRate : Number.POSITIVE_INFINITY)}`);
  return `${facts.join('  ')}${why === '' ? '' : `  (${printable(why)})`}`;
}

function bar(part: number): string {
  const eighths = Math.floor(part * BAR_CELLS * 8);
  const full = '█'.repeat(eighths >> 3);
  return `[${(full + BAR_PARTS[eighths & 7]).padEnd(BAR_CELLS)}]`;
}
