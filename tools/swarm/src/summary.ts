import type { Member, Swarm } from './swarm.js';
import { megabytes, seconds } from './view.js';

/** How a run ended, for programs. */
export interface Summary {
  readonly type: 'summary';
  readonly version: 1;
  readonly ok: boolean;
  /** What went wrong; empty when nothing did. */
  readonly problems: readonly string[];
  readonly elapsedMs: number;
  readonly leeches: readonly LeechSummary[];
  readonly bans: readonly { readonly by: string; readonly text: string }[];
}

export interface LeechSummary {
  readonly name: string;
  readonly completedMs: number | null;
  readonly bytesPerSecond: number | null;
  readonly sources: Readonly<Record<string, number>>;
  readonly rejectedPieces: number;
  readonly wastedBytes: number;
  readonly sentBytes: number;
}

/** Looks at everything once more, the bytes on disk above all. */
export async function summarise(swarm: Swarm): Promise<Summary> {
  const problems: string[] = [];
  for (const leech of swarm.leeches) {
    const { haveCount, pieceCount, why } = leech.torrent.status;
    if (haveCount < pieceCount)
      problems.push(`${leech.name} has ${haveCount} of ${pieceCount} pieces${why === '' ? '' : `: ${why}`}`);
    else {
      const difference = await swarm.firstDifference(leech);
      if (difference !== undefined) problems.push(`${leech.name} has a wrong byte at ${difference}`);
    }
  }
  const bans = swarm.events.filter(({ notice }) => notice.type === 'peer-banned');
  for (const { member, text } of bans)
    if (/seed|leech/.test(text.replace(/:.*/, ''))) problems.push(`${member} ${text}, who is innocent`);
  return {
    type: 'summary',
    version: 1,
    ok: problems.length === 0,
    problems,
    elapsedMs: Math.round(swarm.elapsedMs),
    leeches: swarm.leeches.map((leech) => summariseLeech(swarm, leech)),
    bans: bans.map(({ member, text }) => ({ by: member, text })),
  };
}

function summariseLeech(swarm: Swarm, leech: Member): LeechSummary {
  const { status } = leech.torrent;
  const { completedMs, rejectedPieces, name } = leech;
  return {
    name,
    completedMs: completedMs === undefined ? null : Math.round(completedMs),
    bytesPerSecond: completedMs === undefined ? null : Math.round((swarm.plan.contentBytes * 1000) / completedMs),
    sources: Object.fromEntries(swarm.sourcesOf(leech)),
    rejectedPieces,
    wastedBytes: status.wastedBytes,
    sentBytes: status.sentBytes,
  };
}

/** The same for people. */
export function formatSummary({ ok, problems, leeches, bans }: Summary): string {
  const rows = leeches.map(({ name, completedMs, bytesPerSecond, sources, rejectedPieces, wastedBytes, sentBytes }) => [
    name,
    completedMs === null ? '–' : seconds(completedMs),
    bytesPerSecond === null ? '–' : `${megabytes(bytesPerSecond)}/s`,
    String(Object.keys(sources).length),
    String(rejectedPieces),
    megabytes(wastedBytes),
    megabytes(sentBytes),
  ]);
  const table = [['', 'time', 'rate', 'sources', 'false pieces', 'wasted', 'passed on'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  );
  const banned = bans.map(({ by, text }) => `${by} ${text}`);
  const verdict = ok ? 'Every leech is complete, compared byte for byte.' : problems.join('\n');
  return [...lines, '', ...banned, ...(banned.length > 0 ? [''] : []), verdict, ''].join('\n');
}
