import { createHash } from 'node:crypto';

/** Chance that is the same for the same seed and name, whatever ran before. */
export function seededRandom(seed: number, name: string): (bound: number) => number {
  let counter = 0;
  return (bound) => {
    const digest = createHash('sha256').update(`${seed} ${name} ${counter++}`).digest();
    return digest.readUIntBE(0, 6) % bound;
  };
}
