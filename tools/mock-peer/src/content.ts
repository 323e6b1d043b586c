import { EMPTY } from './bytes.js';
import { MockPeerError } from './errors.js';
import { BLOCK_BYTES, GENERATED_BLOCKS_KEPT } from './limits.js';
import { mixSeeds } from './random.js';

/**
 * Where a peer's bytes come from. `read` answers at once, as hashing does, so that the core needs no waiting state; a
 * range is always inside the content. The answer must not be changed by anybody.
 *
 * @example
 * const zeros = { length: 1000, read: (_offset: number, length: number) => new Uint8Array(length) };
 * const torrentFile = makeTorrent({ name: 'zeros', content: zeros }, sha1);
 */
export interface Content {
  readonly length: number;
  read(offset: number, length: number): Uint8Array;
}

/**
 * Content that takes what a leech has verified.
 *
 * @example
 * const store = memoryStore(1000);
 * store.write(0, new Uint8Array([1, 2, 3]));
 */
export interface Store extends Content {
  write(offset: number, bytes: Uint8Array): void;
}

/**
 * Content out of memory.
 *
 * @example
 * const content = bytesContent(new Uint8Array([1, 2, 3]));
 */
export function bytesContent(bytes: Uint8Array): Content {
  return { length: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/**
 * A store in memory, for leeches of small torrents.
 *
 * @example
 * const store = memoryStore(1 << 20);
 */
export function memoryStore(length: number): Store {
  const bytes = new Uint8Array(length);
  return { ...bytesContent(bytes), write: (offset, piece) => bytes.set(piece, offset) };
}

/**
 * Content computed from a seed number, block by block when asked for: a terabyte needs no more memory than a megabyte.
 *
 * @example
 * const content = randomContent(1024 ** 3, 42);
 * content.read(0, 4); // the same four bytes in every run
 */
export function randomContent(length: number, seed: number): Content {
  const kept = new Map<number, Uint8Array>();
  const blockAt = (index: number): Uint8Array => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const block = generateBlock(seed, index);
    // The oldest leaves first: readers mostly walk forwards, several of them close together.
    if (kept.size >= GENERATED_BLOCKS_KEPT) kept.delete(kept.keys().next().value!);
    kept.set(index, block);
    return block;
  };
  const read = (offset: number, count: number): Uint8Array => {
    if (count === 0) return EMPTY;
    const first = Math.floor(offset / BLOCK_BYTES);
    const begin = offset - first * BLOCK_BYTES;
    if (begin + count <= BLOCK_BYTES) return blockAt(first).subarray(begin, begin + count);
    const bytes = new Uint8Array(count);
    for (let at = -begin, index = first; at < count; at += BLOCK_BYTES, index++) {
      const from = Math.max(0, -at);
      bytes.set(blockAt(index).subarray(from, Math.min(BLOCK_BYTES, count - at)), Math.max(0, at));
    }
    return bytes;
  };
  return { length, read };
}

/**
 * What `--random` takes: a size and a seed, such as `1GiB:42`, `700KiB:1` or `12345:7`.
 *
 * @example
 * const content = parseRandomContent('1GiB:42');
 */
export function parseRandomContent(text: string): Content {
  const match = /^(\d+)(B|KiB|MiB|GiB|TiB)?:(\d+)$/.exec(text);
  if (match === null) {
    throw new MockPeerError('bad-content', `"${text}" is not size:seed. Write for example 1GiB:42 or 12345:7`);
  }
  const length = Number(match[1]) * UNITS[(match[2] ?? 'B') as keyof typeof UNITS];
  const seed = Number(match[3]);
  if (length < 1 || length > LENGTH_MAX)
    throw new MockPeerError('bad-content', `${length} bytes: between 1 and 2^48 are possible`);
  if (!Number.isSafeInteger(seed))
    throw new MockPeerError('bad-content', `seed ${match[3]}: at most 2^53 - 1 is possible`);
  return randomContent(length, seed);
}

const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

/** Block numbers stay below 2^34 and offsets exact. */
const LENGTH_MAX = 2 ** 48;

/** xorshift128 over 16 KiB, started from seed and block number. Words lie in the byte order of the machine, little-endian on all of Node's common ones. */
function generateBlock(seed: number, index: number): Uint8Array {
  const words = new Uint32Array(BLOCK_BYTES / 4);
  let x = mixSeeds([seed, index, 1]) | 1; // never all zero, where xorshift would stay
  let y = mixSeeds([seed, index, 2]);
  let z = mixSeeds([seed, index, 3]);
  let w = mixSeeds([seed, index, 4]);
  for (let i = 0; i < words.length; i++) {
    const t = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    words[i] = w;
  }
  return new Uint8Array(words.buffer);
}
