import { LIMITS } from './limits.js';
import type { Summary } from './summary.js';
import type { Swarm } from './swarm.js';

const SAMPLE_MS = 100;

/** One look at everybody; rates in bytes a second, in the order of `Recorded.members`. */
interface Moment {
  readonly atMs: number;
  readonly down: readonly number[];
  readonly up: readonly number[];
}

/** A whole run, as the page of a recording shows it. */
export interface Recorded {
  readonly title: string;
  readonly pieceCount: number;
  readonly contentBytes: number;
  readonly elapsedMs: number;
  readonly members: readonly { readonly name: string; readonly kind: 'seed' | 'leech' | 'mock' | 'stranger' }[];
  readonly moments: readonly Moment[];
  /** Every verified piece: time, member, piece. */
  readonly pieces: readonly (readonly [atMs: number, member: number, piece: number])[];
  /** Bytes that a member, by its place, had from a source, by its place. */
  readonly flows: readonly (readonly [from: number, to: number, bytes: number])[];
  readonly events: readonly { readonly atMs: number; readonly member: string; readonly text: string }[];
  readonly summary: Summary;
}

/** Looks at a swarm from time to time, and remembers. */
export class Recording {
  readonly #swarm: Swarm;
  readonly #timer: NodeJS.Timeout;
  #moments: Moment[] = [];
  #everyMs = SAMPLE_MS;

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
    this.#timer = setInterval(() => this.#look(), SAMPLE_MS);
  }

  /** What there is to show. */
  end(title: string, summary: Summary): Recorded {
    clearInterval(this.#timer);
    const { members, troublemakers, guests, metainfo, plan, events } = this.#swarm;
    const everybody = [
      ...members.map(({ name, role }) => ({ name, kind: role })),
      ...troublemakers.map(({ name }) => ({ name, kind: 'mock' as const })),
      ...guests.map(({ name }) => ({ name, kind: 'stranger' as const })),
    ];
    const place = new Map(everybody.map(({ name }, index) => [name, index]));
    return {
      title,
      pieceCount: metainfo.pieceCount,
      contentBytes: plan.contentBytes,
      elapsedMs: summary.elapsedMs,
      members: everybody,
      moments: this.#moments,
      pieces: this.#swarm.pieces.map(({ atMs, member, piece }) => [Math.round(atMs), place.get(member)!, piece]),
      flows: members.flatMap((member, to) =>
        [...this.#swarm.sourcesOf(member, member.status)].flatMap(([source, bytes]) => {
          const from = place.get(source);
          return from === undefined ? [] : [[from, to, bytes] as const];
        }),
      ),
      events: events.map(({ atMs, member, text }) => ({ atMs: Math.round(atMs), member, text })),
      summary,
    };
  }

  #look(): void {
    const { members, elapsedMs } = this.#swarm;
    const atMs = Math.round(elapsedMs);
    if (atMs - (this.#moments.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) < this.#everyMs) return;
    const statuses = members.map((member) => (member.leftMs === undefined ? member.status : undefined));
    this.#moments.push({
      atMs,
      down: statuses.map((status) => Math.round(status?.downloadRate ?? 0)),
      up: statuses.map((status) => Math.round(status?.uploadRate ?? 0)),
    });
    if (this.#moments.length <= LIMITS.momentsMax) return;
    this.#moments = this.#moments.filter((_, index) => index % 2 === 0);
    this.#everyMs *= 2;
  }
}
