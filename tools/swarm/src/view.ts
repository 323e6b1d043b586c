import { styleText } from 'node:util';
import type { Guest } from './guest.js';
import type { Member } from './member.js';
import type { Swarm } from './swarm.js';

const MAP_CELLS = { least: 10, most: 40 } as const;
const MIB = 2 ** 20;
const NAME_WIDTH = 14;
/** What stands beside the map: name, per cent, brackets, and two rates. */
const BESIDE_MAP = 50;
const SHADES = [' ', '░', '▒', '▓', '█'] as const;
const EVENTS_SHOWN = { least: 4, most: 8 } as const;
const GIVERS_LEAST = 3;
const EMPTY_LINES = 3;

/** What a terminal can show. */
interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** Somebody who downloads: one line, and another one where there is room. */
interface Taker {
  readonly line: string;
  readonly notes: string;
  readonly from: string | undefined;
}

/**
 * The whole swarm as lines of text, for a terminal that is redrawn in place: no longer and no more of them than it can show.
 *
 * @example
 * ```ts
 * import { drawSwarm, planOf, Swarm } from '@unchoke/swarm';
 *
 * const swarm = await Swarm.start(planOf({ contentBytes: 65_536, seeds: 1, leeches: 1, troublemakers: 0 }));
 * console.assert(drawSwarm(swarm, { columns: 80, rows: 24 }).some((line) => line.includes('leech 1')));
 * await swarm.close();
 * ```
 */
export function drawSwarm(swarm: Swarm, room: Room): readonly string[] {
  const { complete, incomplete } = swarm.tracker.stats().swarms[0] ?? { complete: 0, incomplete: 0 };
  const { contentBytes, seed } = swarm.plan;
  const { leeches } = swarm;
  const average = leeches.reduce((sum, { share }) => sum + share, 0) / Math.max(1, leeches.length);
  const head = [
    `${styleText('bold', 'Unchoke swarm')}  seed ${seed}, ${megabytes(contentBytes)} of content, ${seconds(swarm.elapsedMs)}, leeches at ${percent(average)}`,
    `tracker ${swarm.tracker.announceUrl}: ${complete} complete, ${incomplete} incomplete`,
  ];
  const givers = [
    ...swarm.members.filter(({ role }) => role === 'seed').map((member) => drawSeed(member)),
    ...swarm.troublemakers.map(({ name, peer }) => {
      const connections = counted(peer.connectionCount, 'connection');
      return `${styleText('red', name.padEnd(NAME_WIDTH))}sent ${megabytes(peer.uploadedLength)} over ${connections}`;
    }),
  ];
  const takers = [
    ...leeches.map((member) => drawLeech(swarm, member, room.columns)),
    ...swarm.guests.map((guest) => drawGuest(guest)),
  ];
  const events = swarm.events.map(({ atMs, member, text }) => `${seconds(atMs).padStart(6)}  ${member}: ${text}`);
  return inRows({ head, givers, takers, events }, room.rows).map((line) => fitted(line, room.columns));
}

/** Where there is no room for everything, old events go first, then who feeds each leech, then the last of the members. */
export function inRows(
  parts: {
    readonly head: readonly string[];
    readonly givers: readonly string[];
    readonly takers: readonly Taker[];
    readonly events: readonly string[];
  },
  rows: number,
): readonly string[] {
  const { head, givers, takers, events } = parts;
  const room = rows - head.length - EMPTY_LINES - EVENTS_SHOWN.least;
  const detailed = takers.flatMap(({ line, notes, from }) =>
    from === undefined ? [line] : [line, `${''.padEnd(NAME_WIDTH)}${notes === '' ? '' : `${notes}; `}${from}`],
  );
  const isDetailed = givers.length + detailed.length <= room;
  const taking = isDetailed ? detailed : takers.map(({ line, notes }) => `${line}  ${notes}`);
  const shownGivers = firstOf(givers, Math.max(GIVERS_LEAST, room - taking.length));
  const shownTakers = firstOf(taking, Math.max(1, room - shownGivers.length));
  const above = [...head, '', ...shownGivers, '', ...shownTakers, ''];
  const last = Math.min(EVENTS_SHOWN.most, Math.max(EVENTS_SHOWN.least, rows - above.length));
  return [...above, ...events.slice(-last)].slice(0, rows);
}

function firstOf(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  const shown = lines.slice(0, most - 1);
  return [...shown, `… and ${lines.length - shown.length} more`];
}

function drawSeed({ name, status, leftMs }: Member): string {
  const shown = styleText('green', name.padEnd(NAME_WIDTH));
  if (leftMs !== undefined || status === undefined) return `${shown}has left`;
  const peers = status.peers.filter(({ sent }) => sent > 0).length;
  return `${shown}↑ ${rate(status.uploadRate)}, sent ${megabytes(status.sentBytes)} to ${counted(peers, 'peer')} now`;
}

function drawLeech(swarm: Swarm, member: Member, columns: number): Taker {
  const { name, status, why, share, rejectedPieces } = member;
  const shown = styleText('cyan', name.padEnd(NAME_WIDTH));
  if (status === undefined) return { line: `${shown}${why}`, notes: '', from: '' };
  const cells = Math.max(MAP_CELLS.least, Math.min(MAP_CELLS.most, columns - BESIDE_MAP));
  const map = pieceMap(status.have, status.pieceCount, cells);
  const bar = `${percent(share).padStart(4)} [${map}] ↓ ${rate(status.downloadRate)} ↑ ${rate(status.uploadRate)}`;
  const caught = rejectedPieces === 0 ? '' : `  ${counted(rejectedPieces, 'false piece')} caught`;
  const isRoom = NAME_WIDTH + bar.length + caught.length <= columns;
  const sources = [...swarm.sourcesOf(member, status)].sort(([, one], [, other]) => other - one);
  const beside = NAME_WIDTH + (why === '' ? 0 : why.length + 2) + 'from  (MiB)'.length;
  const from = listed(
    sources.map(([source, bytes]) => `${source} ${(bytes / MIB).toFixed(1)}`),
    columns - beside,
  );
  return {
    line: `${shown}${bar}${isRoom ? caught : ''}`,
    notes: why,
    from: from === '' ? 'from nobody yet' : `from ${from} (MiB)`,
  };
}

function drawGuest({ name, completedMs, bytesOnDisk }: Guest): Taker {
  const how = completedMs === undefined ? `${megabytes(bytesOnDisk)} on disk` : 'has every byte';
  return { line: `${styleText('magenta', name.padEnd(NAME_WIDTH))}${how}`, notes: '', from: undefined };
}

/** As many as there is room for, and how many more there are. */
function listed(entries: readonly string[], room: number): string {
  for (let count = entries.length; count > 0; count--) {
    const rest = entries.length - count;
    const text = `${entries.slice(0, count).join(', ')}${rest === 0 ? '' : ` and ${rest} more`}`;
    if (text.length <= room || count === 1) return text;
  }
  return '';
}

const COLOUR = new RegExp(`(${String.fromCharCode(0x1b)}\\[[0-9;]*m)`);

/** Cuts a line to what fits, and shows that it did; colours take no room. */
export function fitted(line: string, columns: number): string {
  const isCut =
    [
      ...line
        .split(COLOUR)
        .filter((part) => !COLOUR.test(part))
        .join(''),
    ].length > columns;
  let room = columns;
  const parts = line.split(COLOUR).map((part) => {
    if (COLOUR.test(part)) return part;
    const shown = [...part].slice(0, room);
    room -= shown.length;
    return (isCut && room === 0 && shown.length > 0 ? [...shown.slice(0, -1), '…'] : shown).join('');
  });
  return parts.join('');
}

/** One cell for a run of pieces, darker the more of them are there. */
function pieceMap(have: Uint8Array, pieceCount: number, cellsMax: number): string {
  const cells = Math.min(cellsMax, pieceCount);
  return Array.from({ length: cells }, (_, cell) => {
    const start = Math.floor((cell * pieceCount) / cells);
    const end = Math.floor(((cell + 1) * pieceCount) / cells);
    let count = 0;
    for (let piece = start; piece < end; piece++) if ((have[piece >> 3]! & (0x80 >> (piece & 7))) !== 0) count++;
    return SHADES[Math.floor((count / (end - start)) * (SHADES.length - 1))]!;
  }).join('');
}

export function megabytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

export function percent(share: number): string {
  return `${Math.floor(share * 100)}%`;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function rate(bytesPerSecond: number): string {
  return `${megabytes(bytesPerSecond)}/s`;
}
