import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Case } from '../src/case.js';
import { codecCases } from '../src/codec/cases.js';
import { CodecProcess } from '../src/codec/codec-process.js';
import { runCases } from '../src/runner.js';

/**
 * What the kit itself takes: a case that does nothing, and every vector asked of a program that knows the answers. A run for a
 * client is waiting for the most part; see what `client --profile full` prints at its end.
 */
const ROUNDS = 3;
const IDLE_CASES = 1_000;

const idle: readonly Case<undefined>[] = Array.from({ length: IDLE_CASES }, (_, i) => ({
  ...{ id: `bep3/bench/idle/${i}`, level: 'MUST', rule: 'It is there.', section: 'BEP 3', subject: 'codec' },
  ...{ profile: 'quick', run: async () => undefined },
}));

await rounds('a case that does nothing', IDLE_CASES, async () => {
  await all(idle, undefined, 2 * availableParallelism());
});

const shim = join(import.meta.dirname, '..', 'shims', 'unchoke.mjs');
const codec = await CodecProcess.start(`"${process.execPath}" --conditions=@unchoke/source --import tsx "${shim}"`, {
  cwd: import.meta.dirname,
});
try {
  await rounds('a vector, asked of a process', codecCases.length, async () => {
    await all(codecCases, codec, 1);
  });
} finally {
  await codec.close();
}

/** A run that finds failures is not worth timing. */
async function all<S>(cases: readonly Case<S>[], subject: S, jobs: number): Promise<void> {
  const results = await runCases(cases, subject, { jobs, seed: 1 });
  const bad = results.find(({ verdict }) => verdict.type !== 'pass' && verdict.type !== 'not-applicable');
  if (bad !== undefined) throw new Error(`${bad.case.id}: ${JSON.stringify(bad.verdict)}`);
}

async function rounds(name: string, count: number, round: () => Promise<void>): Promise<void> {
  await round();
  const figures: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const startedMs = performance.now();
    await round();
    figures.push((performance.now() - startedMs) / count);
  }
  console.log(`${name}: ${Math.min(...figures).toFixed(2)} ms, the best of ${ROUNDS} rounds of ${count}`);
}
