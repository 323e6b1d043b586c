import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Everything that is checked. Of each the tests have seen that it can fail. */
export const CHECKS = [
  'announce interval',
  'availability',
  'bounds',
  'deadlines',
  'every request is answered',
  'everybody completes',
  'everybody is told',
  'everybody is tried',
  'have means right bytes',
  'interest',
  'no exception',
  'no socket is left over',
  'nobody honest is blamed',
  'nobody idles',
  'nothing for the choked',
  'one state',
  'requests',
] as const;

/** What must always hold. */
export type Check = (typeof CHECKS)[number];

/** Something that must always hold did not; its message says how to see it again. */
export class SimFailure extends Error {
  readonly check: Check;
  readonly seed: number;
  readonly virtualMs: number;

  constructor(
    check: Check,
    problem: string,
    run: {
      readonly seed: number;
      readonly virtualMs: number;
      readonly events: readonly string[];
      readonly again: string;
    },
  ) {
    const { seed, virtualMs, events, again } = run;
    super(
      [
        `${check}: ${problem}`,
        `seed ${seed}, commit ${commit()}, ${(virtualMs / 1000).toFixed(3)} s of virtual time`,
        'the last events:',
        ...events.map((line) => `  ${line}`),
        `see it again: ${again}`,
      ].join('\n'),
    );
    this.name = 'SimFailure';
    this.check = check;
    this.seed = seed;
    this.virtualMs = virtualMs;
  }
}

/** The commit that a seed belongs to, with a mark when files differ from it. */
export function commit(): string {
  try {
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const described = execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return described.trim();
  } catch {
    return 'unknown (not a git checkout)';
  }
}
