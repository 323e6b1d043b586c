/**
 * The bounds that hold unless a caller names others. Each is checked before anything is allocated.
 *
 * @example
 * ```ts
 * import { decode, LIMITS } from '@unchoke/bencode';
 *
 * decode(new Uint8Array([0x6c, 0x65]), { depthMax: LIMITS.depthMax, bytesMax: 4096 }); // le
 * ```
 */
export const LIMITS: Readonly<Record<Limit, number>> = {
  /** Lists and dictionaries inside each other. Torrents need about 10 (a v2 file tree: one per folder); libtorrent allows 100. */
  depthMax: 100,
  /** Values in one top-level value, keys not counted. A torrent of 300,000 files has about 1.5 million. */
  valueCountMax: 2_000_000,
  /** Bytes of one string. The piece hashes of a million pieces are 20 MB. */
  stringBytesMax: 64 * 1024 * 1024,
  /** Digits of one integer. Reading decimal digits costs their square beyond machine words, so they are few. */
  integerDigitsMax: 1024,
  /** Bytes of one top-level value. The largest torrents in the wild are some tens of megabytes. */
  bytesMax: 128 * 1024 * 1024,
  /** Keys of one dictionary that is not sorted, where that is forgiven: to find a key that stands twice all are held. */
  unsortedKeyCountMax: 100_000,
  /** Oddities that are told of one value; more say nothing new, and a stranger chooses how many there are. */
  forgivenCountMax: 1_000,
};

/**
 * The names of the bounds; each is an option of the same name.
 *
 * @example
 * ```ts
 * import { LIMITS, type Limit } from '@unchoke/bencode';
 *
 * const names = Object.keys(LIMITS) as Limit[];
 * console.assert(names.includes('depthMax'));
 * ```
 */
export type Limit =
  | 'depthMax'
  | 'valueCountMax'
  | 'stringBytesMax'
  | 'integerDigitsMax'
  | 'bytesMax'
  | 'unsortedKeyCountMax'
  | 'forgivenCountMax';

/** Values are built by recursion, one frame a level; so many frames fit every stack we know, with room for the caller. */
export const DEPTH_CEILING = 512;

/** A bound can be raised up to here. */
const CEILINGS: Readonly<Record<Limit, number>> = {
  depthMax: DEPTH_CEILING,
  // A tape of two words a token, two tokens an entry, stays an array that can be allocated.
  valueCountMax: 2 ** 27,
  // Offsets share a 32-bit word with three bits of type, and a stream holds some bytes beside the value in progress.
  stringBytesMax: 2 ** 28,
  integerDigitsMax: 2 ** 20,
  bytesMax: 2 ** 28,
  unsortedKeyCountMax: 2 ** 24,
  forgivenCountMax: 2 ** 24,
};

/** Takes the limits out of some options; a limit that makes no sense is the caller's mistake and throws a `RangeError`. */
export function chosenLimits(options: Partial<Readonly<Record<Limit, number>>> | undefined): typeof LIMITS {
  if (options === undefined) return LIMITS;
  return {
    depthMax: chosen(options, 'depthMax'),
    valueCountMax: chosen(options, 'valueCountMax'),
    stringBytesMax: chosen(options, 'stringBytesMax'),
    integerDigitsMax: chosen(options, 'integerDigitsMax'),
    bytesMax: chosen(options, 'bytesMax'),
    unsortedKeyCountMax: chosen(options, 'unsortedKeyCountMax'),
    forgivenCountMax: chosen(options, 'forgivenCountMax'),
  };
}

function chosen(options: Partial<Readonly<Record<Limit, number>>>, limit: Limit): number {
  const value = options[limit];
  if (value === undefined) return LIMITS[limit];
  if (!Number.isInteger(value) || value < 0 || value > CEILINGS[limit]) {
    throw new RangeError(`${limit} must be an integer from 0 to ${CEILINGS[limit]}, not ${value}`);
  }
  return value;
}
