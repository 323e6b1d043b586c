/**
 * What bencode can say (BEP 3, "bencoding"): integers, byte strings, lists, dictionaries.
 *
 * - Integers are `number` when they are safe (|n| ≤ 2^53 − 1) and `bigint` beyond, so none is ever rounded.
 * - Strings are bytes. Whether they are text is for the caller to say.
 * - Dictionaries are maps whose keys have one character per byte (Latin-1): lossless, sorted by `<` as bytes sort, and
 *   no key can reach a prototype.
 *
 * @example
 * ```ts
 * import { decode, type BencodeValue } from '@unchoke/bencode';
 *
 * const value: BencodeValue = decode(new Uint8Array([0x69, 0x37, 0x65])); // i7e
 * console.assert(value === 7);
 * ```
 */
export type BencodeValue = number | bigint | Uint8Array | readonly BencodeValue[] | BencodeDict;

/**
 * A dictionary as it is decoded: keys have one character per byte.
 *
 * @example
 * ```ts
 * import type { BencodeDict } from '@unchoke/bencode';
 *
 * const dict: BencodeDict = new Map([['interval', 1800]]);
 * console.assert(dict.get('interval') === 1800);
 * ```
 */
export type BencodeDict = ReadonlyMap<string, BencodeValue>;

/**
 * What {@link encode} takes: every {@link BencodeValue}, and what people have at hand. A `string` is written as UTF-8, a
 * plain object is a dictionary whose keys are UTF-8, a `Set` or a generator is a list.
 *
 * @example
 * ```ts
 * import { encode, type Encodable } from '@unchoke/bencode';
 *
 * const reply: Encodable = { interval: 1800, peers: new Uint8Array(6) };
 * console.assert(encode(reply).length === 33);
 * ```
 */
export type Encodable =
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Encodable[]
  | ReadonlySet<Encodable>
  | IterableIterator<Encodable>
  | ReadonlyMap<string, Encodable>
  | { readonly [key: string]: Encodable };
