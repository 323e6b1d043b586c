import type { Member } from './member.js';
import type { Swarm } from './swarm.js';
import { megabytes, seconds } from './view.js';

/**
 * How a run ended, for programs.
 *
 * @example
 * ```ts
 * import type { Summary } from '@unchoke/swarm';
 *
 * const exitCode = ({ ok }: Pick<Summary, 'ok'>) => (ok ? 0 : 1);
 * console.log(exitCode({ ok: true })); // 0
 * ```
 */
export interface Summary {
  readonly type: 'summary';
  readonly version: 1;
  readonly ok: boolean;
  /** What went wrong; empty when nothing did. */
  readonly problems: readonly string[];
  readonly elapsedMs: number;
  readonly leeches: readonly LeechSummary[];
  /** Programs of other people. */
  readonly guests: readonly { readonly name: string; readonly completedMs: number | null }[];
  readonly bans: readonly { readonly by: string; readonly text: string }[];
  /** Who gave how much of everything that was given, 0 to 1; of programs of other people it is not known. */
  readonly uploads: readonly { readonly name: string; readonly sentBytes: number; readonly share: number }[];
}

/**
 * How one leech fared.
 *
 * @example
 * ```ts
 * import type { LeechSummary } from '@unchoke/swarm';
 *
 * const best = ({ sources }: Pick<LeechSummary, 'sources'>) => Object.entries(sources).sort(([, a], [, b]) => b - a)[0]?.[0];
 * console.log(best({ sources: { 'seed 1': 5, 'leech 2': 9 } })); // leech 2
 * ```
 */
export interface LeechSummary {
  readonly name: string;
  readonly completedMs: number | null;
  readonly bytesPerSecond: number | null;
  readonly sources: Readonly<Record<string, number>>;
  readonly rejectedPieces: number;
  readonly wastedBytes: number;
  readonly sentBytes: number;
}

/**
 * Looks at everything once more, the bytes on disk above all.
 *
 * @example
 * ```ts
 * import { planOf, Swarm, summarise } from '@unchoke/swarm';
 *
 * const swarm = await Swarm.start(planOf({ contentBytes: 65_536, seeds: 1, leeches: 1, troublemakers: 0 }));
 * await swarm.ended;
 * console.log((await summarise(swarm)).problems.length); // 0
 * await swarm.close();
 * ```
 */
export async function summarise(swarm: Swarm): Promise<Summary> {
  const problems: string[] = swarm.cutShort === undefined ? [] : [swarm.cutShort];
  for (const leech of swarm.leeches) {
    const { haveCount, pieceCount } = leech.status ?? { haveCount: 0, pieceCount: swarm.metainfo.pieceCount };
    if (haveCount < pieceCount)
      problems.push(
        `${leech.name} has ${haveCount} of ${pieceCount} pieces${leech.why === '' ? '' : `: ${leech.why}`}`,
      );
    else {
      const difference = await swarm.firstDifference(leech);
      if (difference !== undefined) problems.push(`${leech.name} has a wrong byte at ${difference}`);
    }
  }
  for (const { name, completedMs } of swarm.guests) {
    if (completedMs === undefined) problems.push(`${name} does not have the whole content`);
  }
  const bans = swarm.events.filter(({ notice }) => notice?.type === 'peer-banned');
  const guilty = swarm.troublemakers.map(({ name }) => `banned ${name}:`);
  for (const { member, text } of bans) {
    if (!guilty.some((start) => text.startsWith(start))) problems.push(`${member} ${text}, who is innocent`);
  }
  return {
    type: 'summary',
    version: 1,
    ok: problems.length === 0,
    problems,
    elapsedMs: Math.round(swarm.elapsedMs),
    leeches: swarm.leeches.map((leech) => summariseLeech(swarm, leech)),
    guests: swarm.guests.map(({ name, completedMs }) => ({ name, completedMs: rounded(completedMs) })),
    bans: bans.map(({ member, text }) => ({ by: member, text })),
    uploads: uploadsIn(swarm),
  };
}

function uploadsIn({ members, troublemakers }: Swarm): Summary['uploads'] {
  const sent = [
    ...members.map(({ name, status }) => ({ name, sentBytes: status?.sentBytes ?? 0 })),
    ...troublemakers.map(({ name, peer }) => ({ name, sentBytes: peer.uploadedLength })),
  ];
  const all = sent.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
  return sent.map(({ name, sentBytes }) => ({ name, sentBytes, share: all === 0 ? 0 : sentBytes / all }));
}

function summariseLeech(swarm: Swarm, leech: Member): LeechSummary {
  const { completedMs, rejectedPieces, name, status, plan } = leech;
  // Who joined late began late.
  const tookMs = completedMs === undefined ? undefined : completedMs - plan.joinsAtMs;
  return {
    name,
    completedMs: rounded(completedMs),
    bytesPerSecond: tookMs === undefined ? null : Math.round((swarm.plan.contentBytes * 1000) / tookMs),
    sources: Object.fromEntries(swarm.sourcesOf(leech, status)),
    rejectedPieces,
    wastedBytes: status?.wastedBytes ?? 0,
    sentBytes: status?.sentBytes ?? 0,
  };
}

function rounded(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : Math.round(milliseconds);
}

/**
 * The same for people.
 *
 * @example
 * ```ts
 * import { formatSummary } from '@unchoke/swarm';
 *
 * const nothing = { leeches: [], guests: [], bans: [], uploads: [], problems: ['nobody came'], elapsedMs: 0 };
 * console.assert(formatSummary({ type: 'summary', version: 1, ok: false, ...nothing }).includes('nobody came'));
 * ```
 */
export function formatSummary({ ok, problems, leeches, guests, bans, uploads }: Summary): string {
  const gave = (giver: string): readonly string[] => {
    const upload = uploads.find(({ name }) => name === giver);
    return upload === undefined ? ['', ''] : [megabytes(upload.sentBytes), `${(upload.share * 100).toFixed(0)}%`];
  };
  const rows = leeches.map(({ name, completedMs, bytesPerSecond, sources, rejectedPieces, wastedBytes }) => [
    name,
    completedMs === null ? '–' : seconds(completedMs),
    bytesPerSecond === null ? '–' : `${megabytes(bytesPerSecond)}/s`,
    String(Object.keys(sources).length),
    String(rejectedPieces),
    megabytes(wastedBytes),
    ...gave(name),
  ]);
  for (const { name, completedMs } of guests) {
    rows.push([name, completedMs === null ? '–' : seconds(completedMs), '', '', '', '', '', '']);
  }
  const others = uploads.filter(({ name }) => !leeches.some((leech) => leech.name === name));
  for (const { name } of others) rows.push([name, '', '', '', '', '', ...gave(name)]);
  const table = [['', 'time', 'rate', 'sources', 'false pieces', 'wasted', 'uploaded', 'share'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  const banned = bans.map(({ by, text }) => `${by} ${text}`);
  const verdict = ok ? 'Every leech is complete, compared byte for byte.' : problems.join('\n');
  return [...lines, '', ...banned, ...(banned.length > 0 ? [''] : []), verdict, ''].join('\n');
}
