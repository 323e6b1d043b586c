import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Something that must always hold did not; its message says how to see it again. */
export class SimFailure extends Error {
  readonly check: string;
  readonly seed: number;
  readonly virtualMs: number;

  constructor(
    check: string,
    problem: string,
    run: {
      readonly seed: number;
      readonly virtualMs: number;
      readonly events: readonly string[];
      readonly replay: string;
    },
  ) {
    const { seed, virtualMs, events, replay } = run;
    super(
      [
        `${check}: ${problem}`,
        `seed ${seed}, commit ${commit()}, ${(virtualMs / 1000).toFixed(3)} s of virtual time`,
        'the last events:',
        ...events.map((line) => `  ${line}`),
        `see it again: ${replay}`,
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
