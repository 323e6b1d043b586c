import { buildValue, viewOf } from './build.js';
import { byteText } from './byte-text.js';
import { BencodeError } from './errors.js';
import { chosenLimits, LIMITS, type Limit } from './limits.js';
import type { Recording } from './node.js';
import { type Forgiven, Scanner } from './scanner.js';
import { DICT, END, endOf, offsetAt, startOf, tokenAfter, typeAt, WORDS_PER_TOKEN } from './tape.js';
import type { BencodeValue } from './values.js';

/**
 * How to decode. Without options decoding is strict (only the one canonical form is accepted) and bounded by {@link LIMITS}.
 *
 * @example
 * ```ts
 * import { decode, type DecodeOptions } from '@unchoke/bencode';
 *
 * const fromStranger: DecodeOptions = { bytesMax: 65_536, depthMax: 8 };
 * console.assert(decode(new Uint8Array([0x69, 0x31, 0x65]), fromStranger) === 1); // i1e
 * ```
 */
export interface DecodeOptions extends Partial<Readonly<Record<Limit, number>>> {
  /** `false` accepts dictionaries whose keys are not sorted, and nothing else. Default `true`. */
  readonly strict?: boolean;
  /** Told, once the value is whole, of each oddity that `strict: false` let pass. */
  readonly onForgiven?: (forgiven: Forgiven) => void;
}

// One scanner serves every call, so that small messages cost no set-up. No call can interrupt another: nothing of the
// caller's runs between `restart` and the last look at the tape.
const scanner = new Scanner(LIMITS, true);

/**
 * Decodes exactly one value; nothing may follow it. Strings in the result are views into `bytes`: they cost no copy, they
 * change when `bytes` changes, and they keep its whole memory alive. Copy (`.slice()`) what outlives the input.
 *
 * @throws {BencodeError} when the bytes are not the canonical form of a value, or exceed a limit.
 * @example
 * ```ts
 * import { decode } from '@unchoke/bencode';
 *
 * const bytes = Uint8Array.from('d8:intervali1800ee', (character) => character.charCodeAt(0));
 * const reply = decode(bytes);
 * console.assert(reply instanceof Map && reply.get('interval') === 1800);
 * ```
 */
export function decode(bytes: Uint8Array, options?: DecodeOptions): BencodeValue {
  scanWhole(bytes, options);
  return finish(bytes, options);
}

/**
 * Decodes the value at the beginning of `bytes` and says how many bytes it took; what follows is not looked at.
 * BEP 9 needs it: a metadata message is a dictionary with raw bytes behind it.
 *
 * @throws {BencodeError} as {@link decode}, but never for what follows the value.
 * @example
 * ```ts
 * import { decodePrefix } from '@unchoke/bencode';
 *
 * const bytes = Uint8Array.from('i7eand more', (character) => character.charCodeAt(0));
 * const { value, length } = decodePrefix(bytes);
 * console.assert(value === 7 && length === 3);
 * ```
 */
export function decodePrefix(
  bytes: Uint8Array,
  options?: DecodeOptions,
): { readonly value: BencodeValue; readonly length: number } {
  scanPrefix(bytes, options);
  const length = scanner.position;
  return { value: finish(bytes, options), length };
}

/**
 * Cuts one dictionary into the exact bytes of each of its values, as views. The info-hash of a torrent is over such a
 * span: decoding and encoding again could give other bytes.
 *
 * @throws {BencodeError} as {@link decode}; `wrong-type` when the value is no dictionary.
 * @example
 * ```ts
 * import { splitDict } from '@unchoke/bencode';
 *
 * const bytes = Uint8Array.from('d4:infod4:name1:aee', (character) => character.charCodeAt(0));
 * console.assert(splitDict(bytes).get('info')?.length === 11); // d4:name1:ae
 * ```
 */
export function splitDict(bytes: Uint8Array, options?: DecodeOptions): ReadonlyMap<string, Uint8Array> {
  scanWhole(bytes, options);
  const { tape } = scanner;
  if (typeAt(tape, 0) !== DICT) throw new BencodeError('wrong-type', 'expected a dictionary', '', 0);
  const spans = new Map<string, Uint8Array>();
  for (let key = WORDS_PER_TOKEN; typeAt(tape, key) !== END; ) {
    const value = key + WORDS_PER_TOKEN;
    const start = startOf(tape, value);
    spans.set(byteText(bytes, offsetAt(tape, key), tape[key + 1]!), viewOf(bytes, start, endOf(tape, value) - start));
    key = tokenAfter(tape, value);
  }
  tellForgiven(options);
  return spans;
}

/** Checks the one value that `bytes` must be, and keeps its tape. */
export function record(bytes: Uint8Array, options: DecodeOptions | undefined): Recording {
  scanWhole(bytes, options);
  const tape = scanner.tape.slice(0, scanner.used);
  tellForgiven(options);
  return { bytes, tape };
}

function scanWhole(bytes: Uint8Array, options: DecodeOptions | undefined): void {
  scanPrefix(bytes, options);
  if (scanner.position === bytes.length) return;
  const extra = bytes.length - scanner.position;
  throw new BencodeError('trailing-data', `${extra} bytes follow the value`, '', scanner.position);
}

function scanPrefix(bytes: Uint8Array, options: DecodeOptions | undefined): void {
  const limits = chosenLimits(options);
  scanner.restart(0, limits, options?.strict ?? true);
  const end = Math.min(bytes.length, limits.bytesMax);
  if (scanner.scan(bytes, end)) return;
  throw bytes.length > end ? scanner.lengthError(bytes, end) : scanner.endError(bytes, end);
}

function finish(bytes: Uint8Array, options: DecodeOptions | undefined): BencodeValue {
  const value = buildValue(bytes, scanner.tape, 0);
  tellForgiven(options);
  return value;
}

function tellForgiven(options: DecodeOptions | undefined): void {
  if (options?.onForgiven === undefined) return;
  for (const forgiven of [...scanner.forgiven]) options.onForgiven(forgiven);
}
