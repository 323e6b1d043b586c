import { subscribe } from 'node:diagnostics_channel';
import type { TorrentNotice } from '../../events.js';
import { DIAGNOSTICS, type TorrentDiagnostic } from '../diagnostics.js';
import { formatBytes, formatSeconds } from './format.js';
import type { Level, Output } from './output.js';

/** Who has to be told: everybody, who said `-v`, who said `-vv`. */
const LEVELS: Readonly<Record<TorrentNotice['type'], Level>> = {
  'torrent-completed': 1,
  'seed-goal-reached': 1,
  'peer-banned': 0,
  'tracker-reported': 0,
  'storage-stalled': 0,
  'storage-ready': 0,
  'peer-connected': 1,
  'peer-closed': 1,
  'piece-rejected': 1,
  'torrent-stopped': 1,
  'notices-dropped': 1,
  'piece-completed': 2,
};

/** Tells what happens in this process, to magnet links as well as to torrents, from now on. */
export function tellNotices(output: Output): void {
  for (const name of [DIAGNOSTICS.magnetNotice, DIAGNOSTICS.torrentNotice]) {
    subscribe(name, (message) => {
      const { notice } = message as TorrentDiagnostic;
      if (notice !== undefined) tellNotice(notice, output);
    });
  }
}

/** New notices are for programs until they have words. */
export function levelOf(type: TorrentNotice['type']): Level {
  return LEVELS[type] ?? 2;
}

function tellNotice(notice: TorrentNotice, output: Output): void {
  const { type, ...facts } = notice;
  output.tell(levelOf(type), type, facts, wordsOf(notice, output.level));
}

function wordsOf(notice: TorrentNotice, level: number): string | undefined {
  switch (notice.type) {
    case 'peer-banned':
      return `banned ${place(notice.address)}: it ${notice.reason}`;
    case 'tracker-reported':
      if (notice.problem !== undefined) return `tracker ${notice.url}: ${notice.problem}`;
      return `tracker ${notice.url}: answers again`;
    case 'storage-stalled':
      return `waiting for the disk: ${notice.problem}`;
    case 'storage-ready':
      return 'the disk takes data again';
    case 'peer-connected':
      return `connected to ${place(notice.address)}`;
    case 'peer-closed': {
      const { address, reason, detail, received, sent } = notice;
      const why = detail === '' ? reason : `${reason}, ${detail}`;
      return `closed ${place(address)}: ${why}; received ${formatBytes(received)}, sent ${formatBytes(sent)}`;
    }
    case 'piece-rejected':
      return `piece ${notice.piece} was damaged and is fetched again`;
    case 'torrent-completed':
      return 'complete and verified';
    case 'seed-goal-reached':
      return `gave enough: ratio ${notice.ratio.toFixed(2)}, seeded for ${formatSeconds(notice.seedingMs / 1000)}`;
    case 'piece-completed':
      return `piece ${notice.piece} is complete`;
    case 'notices-dropped':
      return `${notice.count} notices were not read in time`;
    case 'torrent-stopped':
      return `stopped; ${notice.unreachedTrackers} trackers could not be told`;
    default:
      // What is complete shows anyway; new notices are for programs until they have words.
      return level > 1 ? (notice as TorrentNotice).type : undefined;
  }
}

function place({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
