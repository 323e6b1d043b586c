import { commit } from '../failure.js';
import { loadVariant } from '../variant.js';
import { type Result, run } from './experiment.js';

/** What the page is made from. */
export interface Study {
  readonly seed: number;
  readonly commit: string;
  readonly command: string;
  readonly main: Result;
  readonly strategies: readonly { readonly name: string; readonly result: Result }[];
  readonly freeRiding: readonly { readonly share: number; readonly fair: Result; readonly unfair: Result }[];
  readonly scale: readonly Result[];
}

/** How large it is. */
export interface StudySize {
  readonly seed: number;
  readonly peers: number;
  readonly pieces: number;
  readonly scale: readonly number[];
}

/** Comparisons are made in swarms of this size: large enough to show the difference, small enough for many of them. */
const COMPARED = { peers: 40, pieces: 100 } as const;
/** Pieces of the swarms of growing size. */
const SCALE_PIECES = 20;
const SHARES: readonly number[] = [0, 0.2, 0.4, 0.6, 0.8];
const STRATEGIES = ['rarest-first', 'random', 'sequential'] as const;

/** Who is unchoked does not depend on what it gives: the choker of the client with its rates replaced by chance. */
const WITHOUT_TIT_FOR_TAT = {
  file: 'client/uploads.ts',
  find: 'rate: (isSeeding ? peer.sent : peer.received).perSecond(nowMs),',
  replace: 'rate: 1 + randomBelow(1000),',
};

/** Runs everything, and tells what it is at. */
export async function conduct(
  { seed, peers, pieces, scale }: StudySize,
  tell: (progress: string) => void,
): Promise<Study> {
  // Now: the files may be others by the time it is done.
  const startedAt = commit();
  const cores = await loadVariant([WITHOUT_TIT_FOR_TAT]);
  const told = (what: string, result: Result): Result => {
    tell(
      `${what}: ${result.virtualS.toFixed(0)} s of virtual time, ${result.eventCount} events, ${result.cpuS.toFixed(0)} CPU seconds`,
    );
    return result;
  };
  const main = told(`${peers} peers, ${pieces} pieces`, run({ seed, peers, pieces }));
  const strategies = STRATEGIES.map((strategy) => ({
    name: strategy,
    result: told(strategy, run({ seed, ...COMPARED, strategy })),
  }));
  const freeRiding = SHARES.map((share) => ({
    share,
    fair: told(`${share * 100} % free riders`, run({ seed, ...COMPARED, freeRiders: share })),
    unfair: told('the same without tit-for-tat', run({ seed, ...COMPARED, freeRiders: share, cores })),
  }));
  const grown = scale.map((count) => told(`${count} peers`, run({ seed, peers: count, pieces: SCALE_PIECES })));
  const command = `npm run sim -- --peers ${peers} --pieces ${pieces} --seed ${seed} --scale ${scale.join()} --report out.html`;
  return { seed, commit: startedAt, command, main, strategies, freeRiding, scale: grown };
}
