import type { Actor } from './actor.js';
import type { Stage } from './stage.js';

/** Until a piece that was sent is checked and kept. */
const CHECK_MS = 5_000;

/**
 * Until the subject has these pieces, of two blocks each, from that actor. It tells of them; but some tell of the last one only
 * with whatever they say next, and then it has to be enough that all was sent, a while ago.
 */
export async function taken(stage: Stage, from: Actor, pieces: readonly number[]): Promise<void> {
  const isTold = (): boolean => pieces.every((piece) => stage.told.has(piece));
  const isSent = (): boolean => pieces.every((piece) => blocksOf(from, piece) >= 2);
  await stage.until(() => isTold() || isSent(), 60_000, `${pieces.length} pieces to be downloaded`);
  if (isTold() || from.closed > 0 || from.heard('not-interested').length > 0) return;
  const endMs = performance.now() + stage.kit.ms(CHECK_MS);
  await stage.until(() => isTold() || performance.now() >= endMs, 2 * CHECK_MS, 'time to pass');
}

/** How many blocks of a piece it was sent. */
export function blocksOf(actor: Actor, piece: number): number {
  const blocks = actor.said('piece').filter((record) => record['piece'] === piece);
  return new Set(blocks.map(({ begin }) => begin)).size;
}
