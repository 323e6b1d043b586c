import { readU32, writeU32 } from './u32.js';

/** BEP 15: a client may use an id for one minute, a tracker takes it for two. */
const EPOCH_MS = 60_000;
/** The epoch of issue and the two behind it: an id lives for two minutes at least and three at most. */
const EPOCHS_TAKEN = 3;

/**
 * Connection ids that nothing has to be kept for: a keyed hash of the client's address and the minute. Who has not
 * received one cannot make one up, and so cannot send requests in the name of others.
 */
export class ConnectionIds {
  readonly #key: Uint32Array;

  /** `key` is two random numbers of 32 bits. */
  constructor(key: Uint32Array) {
    this.#key = key;
  }

  /** Writes the id for this client to `target` at `offset`: a byte of the epoch, and seven of the hash. */
  write(target: Uint8Array, offset: number, address: Uint8Array, port: number, nowMs: number): void {
    this.#writeOf(target, offset, address, port, epochOf(nowMs));
  }

  /** Writes an id that has expired: what a stale one looks like. */
  writeStale(target: Uint8Array, offset: number, address: Uint8Array, port: number, nowMs: number): void {
    this.#writeOf(target, offset, address, port, epochOf(nowMs) + STALE_EPOCHS);
  }

  /** Whether the id at `offset` was given to this client, and not too long ago. */
  isValid(bytes: Uint8Array, offset: number, address: Uint8Array, port: number, nowMs: number): boolean {
    const now = epochOf(nowMs);
    const age = (now - bytes[offset]!) & 0xff;
    if (age >= EPOCHS_TAKEN) return false;
    this.#writeOf(EXPECTED, 0, address, port, now - age);
    return readU32(EXPECTED, 0) === readU32(bytes, offset) && readU32(EXPECTED, 4) === readU32(bytes, offset + 4);
  }

  #writeOf(target: Uint8Array, offset: number, address: Uint8Array, port: number, epoch: number): void {
    const words = address.length === 4 ? 1 : 4;
    for (let word = 0; word < words; word++) MESSAGE[word] = readU32(address, word * 4);
    MESSAGE[words] = port;
    MESSAGE[words + 1] = epoch;
    halfSipHash(this.#key, MESSAGE, words + 2);
    writeU32(target, offset, HASH[0]!);
    writeU32(target, offset + 4, HASH[1]!);
    target[offset] = epoch & 0xff;
  }
}

/** Half a turn of the epoch byte away: as far from being taken as can be. */
const STALE_EPOCHS = 128;

const MESSAGE = new Uint32Array(6);
const HASH = new Uint32Array(2);
const EXPECTED = new Uint8Array(8);

function epochOf(nowMs: number): number {
  return Math.floor(nowMs / EPOCH_MS);
}

/**
 * HalfSipHash-2-4 (J.-P. Aumasson, D. J. Bernstein) of whole 32-bit words, 64 bits long: a keyed hash made for short
 * messages that strangers choose, and all of it in the integers that JavaScript is fast with.
 */
function halfSipHash(key: Uint32Array, message: Uint32Array, wordCount: number): void {
  let v0 = key[0]!;
  let v1 = key[1]! ^ 0xee;
  let v2 = 0x6c796765 ^ key[0]!;
  let v3 = 0x74656462 ^ key[1]!;
  const last = (wordCount * 4) << 24;
  for (let word = 0; word <= wordCount; word++) {
    const m = word === wordCount ? last : message[word]!;
    v3 ^= m;
    for (let round = 0; round < 2; round++) mix();
    v0 ^= m;
  }
  v2 ^= 0xee;
  for (let round = 0; round < 4; round++) mix();
  HASH[0] = v1 ^ v3;
  v1 ^= 0xdd;
  for (let round = 0; round < 4; round++) mix();
  HASH[1] = v1 ^ v3;

  function mix(): void {
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
  }
}
