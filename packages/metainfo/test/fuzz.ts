/*
 * Damaged torrents and magnets have two outcomes: they are read, and all parts fit, or they are refused with one of our errors.
 *
 *   npm run fuzz -w @unchoke/metainfo -- [count] [seed]
 */
import { MetainfoError, parseMagnet } from '@unchoke/metainfo';
import { damagedTorrent, readOrRefuse } from './fuzz-input.js';

const count = Number(process.argv[2] ?? 200_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
console.log(`fuzz: ${count} inputs, seed ${seed}`);

let state = seed >>> 0;
let readCount = 0;
for (let index = 0; index < count; index++) {
  const bytes = damagedTorrent(randomBelow);
  try {
    if (readOrRefuse(bytes)) readCount++;
    tryMagnet(`magnet:?xt=urn:btih:${Buffer.from(bytes.subarray(0, 300)).toString('latin1')}`);
  } catch (error) {
    console.error(`input ${index} of seed ${seed}: ${Buffer.from(bytes).toString('base64')}`);
    throw error;
  }
}
console.log(`fuzz: ${readCount} read, ${count - readCount} refused, nothing else`);

function tryMagnet(link: string): void {
  try {
    parseMagnet(link);
  } catch (error) {
    if (!MetainfoError.isInstance(error)) throw error;
  }
}

/** xorshift32: the same inputs for the same seed, everywhere. */
function randomBelow(bound: number): number {
  state = state === 0 ? 1 : state;
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % bound;
}
