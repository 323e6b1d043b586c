/** One thing to time: what it is called, and one run of it. */
export interface Subject {
  readonly name: string;
  readonly run: () => unknown;
}

export const ROUNDS = 11;
const BLOCK_NS = 80_000_000;

/**
 * Nanoseconds of one run of each subject: the median over rounds in which the subjects take turns, so that a machine whose
 * speed drifts treats all alike. A turn is long enough to pay for its own garbage.
 */
export function timeInTurns(subjects: readonly Subject[]): readonly number[] {
  const runsPerBlock = subjects.map(({ run }) => runsIn(BLOCK_NS, run));
  const samples: number[][] = subjects.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    subjects.forEach(({ run }, index) => {
      samples[index]!.push(timeBlock(run, runsPerBlock[index]!));
    });
  }
  return samples.map(median);
}

function timeBlock(run: () => unknown, runs: number): number {
  const start = process.hrtime.bigint();
  for (let count = 0; count < runs; count++) run();
  return Number(process.hrtime.bigint() - start) / runs;
}

/** How many runs fill a block. Also warms the subject up. */
function runsIn(blockNs: number, run: () => unknown): number {
  let runs = 1;
  for (let spentNs = 0; spentNs < blockNs; runs *= 2) spentNs = timeBlock(run, runs) * runs;
  return Math.max(1, Math.round(blockNs / timeBlock(run, Math.ceil(runs / 2))));
}

function median(samples: readonly number[]): number {
  return [...samples].sort((one, other) => one - other)[samples.length >> 1]!;
}
