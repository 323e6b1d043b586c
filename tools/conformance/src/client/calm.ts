import type { Actor } from './actor.js';
import type { Stage } from './stage.js';

/** Waits until a peer has said all it had to say, as far as it was let: nothing is heard of it for a moment, or it is gone. */
export async function calm(stage: Stage, actor: Actor): Promise<void> {
  const endMs = performance.now() + stage.kit.ms(CALM_WITHIN_MS);
  let count = -1;
  let sinceMs = 0;
  await stage.until(
    () => {
      const now = performance.now();
      if (actor.records.length !== count) sinceMs = now;
      count = actor.records.length;
      const isCalm = now - sinceMs >= stage.kit.ms(CALM_MS) || now >= endMs;
      return isCalm || actor.closed > 0 || stage.exit !== undefined;
    },
    2 * CALM_WITHIN_MS + 60_000,
    'a misbehaving peer to be calm',
  );
}

const CALM_MS = 1_000;
/** What is asked for by the hundred thousand is not waited for to the end. */
const CALM_WITHIN_MS = 5_000;
