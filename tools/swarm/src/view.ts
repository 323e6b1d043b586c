import { styleText } from 'node:util';
import type { Member } from './member.js';
import type { Swarm } from './swarm.js';

const MAP_CELLS = 40;
const NAME_WIDTH = 14;
const SHADES = [' ', '░', '▒', '▓', '█'] as const;
const EVENTS_SHOWN = 8;

/**
 * The whole swarm as lines of text, for a terminal that is redrawn in place.
 *
 * @example
 * ```ts
 * import { drawSwarm, planOf, Swarm } from '@unchoke/swarm';
 *
 * const swarm = await Swarm.start(planOf({ contentBytes: 65_536, seeds: 1, leeches: 1, troublemakers: 0 }));
 * console.assert(drawSwarm(swarm).some((line) => line.includes('leech 1')));
 * await swarm.close();
 * ```
 */
export function drawSwarm(swarm: Swarm): readonly string[] {
  const { complete, incomplete } = swarm.tracker.stats().swarms[0] ?? { complete: 0, incomplete: 0 };
  const { contentBytes, seed } = swarm.plan;
  return [
    `${styleText('bold', 'Unchoke swarm')}  seed ${seed}, ${megabytes(contentBytes)} of content, ${seconds(swarm.elapsedMs)}`,
    `tracker ${swarm.tracker.announceUrl}: ${complete} complete, ${incomplete} incomplete`,
    '',
    ...swarm.members.filter(({ role }) => role === 'seed').map((member) => drawSeed(member)),
    ...swarm.troublemakers.map(({ name, peer }) => {
      return `${styleText('red', name.padEnd(NAME_WIDTH))}sent ${megabytes(peer.uploadedLength)} over ${peer.connectionCount} connections`;
    }),
    '',
    ...swarm.leeches.flatMap((member) => drawLeech(swarm, member)),
    ...swarm.guests.map(({ name, completedMs, bytesOnDisk }) => {
      const how = completedMs === undefined ? `${megabytes(bytesOnDisk)} on disk` : 'has every byte';
      return `${styleText('magenta', name.padEnd(NAME_WIDTH))}${how}`;
    }),
    '',
    ...swarm.events
      .slice(-EVENTS_SHOWN)
      .map(({ atMs, member, text }) => `${seconds(atMs).padStart(6)}  ${member}: ${text}`),
  ];
}

function drawSeed({ name, status, leftMs }: Member): string {
  const shown = styleText('green', name.padEnd(NAME_WIDTH));
  if (leftMs !== undefined || status === undefined) return `${shown}has left`;
  const peers = status.peers.filter(({ sent }) => sent > 0).length;
  return `${shown}↑ ${rate(status.uploadRate)}, sent ${megabytes(status.sentBytes)} to ${peers} peers now`;
}

function drawLeech(swarm: Swarm, member: Member): readonly string[] {
  const { name, status, why, share } = member;
  const shown = styleText('cyan', name.padEnd(NAME_WIDTH));
  if (status === undefined) return [`${shown}${why}`, ''];
  const part = `${(share * 100).toFixed(0)}%`.padStart(4);
  const sources = [...swarm.sourcesOf(member, status)].sort(([, one], [, other]) => other - one);
  const from = sources.map(([source, bytes]) => `${source} ${megabytes(bytes)}`).join(', ');
  const falsePieces = member.rejectedPieces === 1 ? 'false piece' : 'false pieces';
  const rejected = member.rejectedPieces === 0 ? '' : `  ${member.rejectedPieces} ${falsePieces} caught`;
  const reason = why === '' ? '' : `  (${why})`;
  return [
    `${shown}${part} [${pieceMap(status.have, status.pieceCount)}] ↓ ${rate(status.downloadRate)} ↑ ${rate(status.uploadRate)}${rejected}${reason}`,
    `${''.padEnd(NAME_WIDTH)}from ${from === '' ? 'nobody yet' : from}`,
  ];
}

const COLOUR = new RegExp(`(${String.fromCharCode(0x1b)}\\[[0-9;]*m)`);

/** Cuts a line to what fits; colours take no room. */
export function fitted(line: string, columns: number): string {
  let room = columns;
  const parts = line.split(COLOUR).map((part) => {
    if (COLOUR.test(part)) return part;
    const shown = [...part].slice(0, room);
    room -= shown.length;
    return shown.join('');
  });
  return parts.join('');
}

/** One cell for a run of pieces, darker the more of them are there. */
export function pieceMap(have: Uint8Array, pieceCount: number): string {
  const cells = Math.min(MAP_CELLS, pieceCount);
  return Array.from({ length: cells }, (_, cell) => {
    const start = Math.floor((cell * pieceCount) / cells);
    const end = Math.floor(((cell + 1) * pieceCount) / cells);
    let count = 0;
    for (let piece = start; piece < end; piece++) if ((have[piece >> 3]! & (0x80 >> (piece & 7))) !== 0) count++;
    return SHADES[Math.floor((count / (end - start)) * (SHADES.length - 1))]!;
  }).join('');
}

export function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function rate(bytesPerSecond: number): string {
  return `${megabytes(bytesPerSecond)}/s`;
}
