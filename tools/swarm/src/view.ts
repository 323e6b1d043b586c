import { styleText } from 'node:util';
import type { Member, Swarm } from './swarm.js';

const MAP_CELLS = 40;
const SHADES = [' ', '░', '▒', '▓', '█'] as const;
const EVENTS_SHOWN = 8;

/** The whole swarm as lines of text, for a terminal that is redrawn in place. */
export function drawSwarm(swarm: Swarm): readonly string[] {
  const { complete, incomplete } = swarm.tracker.stats().swarms[0] ?? { complete: 0, incomplete: 0 };
  const { contentBytes, seed } = swarm.plan;
  return [
    `${styleText('bold', 'Unchoke swarm')}  seed ${seed}, ${megabytes(contentBytes)} of content, ${seconds(swarm.elapsedMs)}`,
    `tracker ${swarm.tracker.announceUrl}: ${complete} complete, ${incomplete} incomplete`,
    '',
    ...swarm.members.filter(({ role }) => role === 'seed').map((member) => drawSeed(member)),
    ...swarm.troublemakers.map(({ name, peer }) => {
      return `${styleText('red', name.padEnd(12))}sent ${megabytes(peer.uploadedLength)} over ${peer.connectionCount} connections`;
    }),
    '',
    ...swarm.leeches.flatMap((member) => drawLeech(swarm, member)),
    '',
    ...swarm.events
      .slice(-EVENTS_SHOWN)
      .map(({ atMs, member, text }) => `${seconds(atMs).padStart(6)}  ${member}: ${text}`),
  ];
}

function drawSeed({ name, torrent: { status } }: Member): string {
  const peers = status.peers.filter(({ sent }) => sent > 0).length;
  return `${styleText('green', name.padEnd(12))}↑ ${rate(status.uploadRate)}, sent ${megabytes(status.sentBytes)} to ${peers} peers now`;
}

function drawLeech(swarm: Swarm, member: Member): readonly string[] {
  const { status } = member.torrent;
  const part = `${((status.haveCount / status.pieceCount) * 100).toFixed(0)}%`.padStart(4);
  const sources = [...swarm.sourcesOf(member, status)].sort(([, one], [, other]) => other - one);
  const from = sources.map(([name, bytes]) => `${name} ${megabytes(bytes)}`).join(', ');
  const rejected = member.rejectedPieces === 0 ? '' : `  ${member.rejectedPieces} false pieces caught`;
  const why = status.why === '' ? '' : `  (${status.why})`;
  return [
    `${styleText('cyan', member.name.padEnd(12))}${part} [${pieceMap(status.have, status.pieceCount)}] ↓ ${rate(status.downloadRate)} ↑ ${rate(status.uploadRate)}${rejected}${why}`,
    `${''.padEnd(12)}from ${from === '' ? 'nobody yet' : from}`,
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
