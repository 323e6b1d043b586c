/**
 * One contender on one stream, in a process of its own, so that none finds code that another has warmed up or spoiled.
 * Prints the best time in seconds; `idle` prints the bytes of an idle link instead.
 */
import { CONTENDERS } from './contenders.js';
import { measureIdleLink } from './idle-link.js';
import { STREAMS } from './streams.js';

const ROUNDS = 8;

const [streamName, contenderName] = process.argv.slice(2);
console.log(streamName === 'idle' ? measureIdleLink() : measure(streamName!, contenderName!));

/** The best of the rounds: noise of a shared machine only ever slows down. */
function measure(which: string, who: string): number {
  const stream = STREAMS[which]!();
  const contender = CONTENDERS[who]!;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const feeds = Array.from({ length: stream.peerCount }, () => contender.open(stream));
    globalThis.gc?.();
    const startedMs = performance.now();
    let count = 0;
    for (const feed of feeds) count += feed();
    best = Math.min(best, (performance.now() - startedMs) / 1000);
    const expected = stream.messageCount * stream.peerCount;
    if (count !== expected) throw new Error(`${who} gave ${count} of ${expected} messages`);
  }
  return best;
}
