/**
 * HalfSipHash-2-4 (J.-P. Aumasson, D. J. Bernstein) of whole 32-bit words, 64 bits long: a keyed hash made for short
 * messages that strangers choose, in the integers that JavaScript is fast with. `hash` receives the result as two words.
 */
export function halfSipHash(key: Uint32Array, message: Uint32Array, wordCount: number, hash: Uint32Array): void {
  let v0 = key[0]!;
  let v1 = key[1]! ^ 0xee;
  let v2 = 0x6c796765 ^ key[0]!;
  let v3 = 0x74656462 ^ key[1]!;
  let word = 0;
  // Two rounds for each word and for the length, then four and four to finish: one loop, so that the round stands here
  // once and keeps its state in registers. As a function that shares them it took 1,150 ns a message.
  const absorbedRounds = 2 * (wordCount + 1);
  for (let round = 0; round < absorbedRounds + 8; round++) {
    if (round < absorbedRounds) {
      if ((round & 1) === 0) {
        word = round >> 1 === wordCount ? (wordCount * 4) << 24 : message[round >> 1]!;
        v3 ^= word;
      }
    } else if (round === absorbedRounds) {
      v2 ^= 0xee;
    } else if (round === absorbedRounds + 4) {
      hash[0] = v1 ^ v3;
      v1 ^= 0xdd;
    }
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    if (round < absorbedRounds && (round & 1) === 1) v0 ^= word;
  }
  hash[1] = v1 ^ v3;
}
