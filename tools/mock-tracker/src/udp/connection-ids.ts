import { halfSipHash } from './half-sip-hash.js';
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
    halfSipHash(this.#key, MESSAGE, words + 2, HASH);
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
