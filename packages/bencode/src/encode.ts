import { BencodeError, type BencodeErrorCode } from './errors.js';
import { LIMITS } from './limits.js';
import { formatPath, type Step } from './path.js';
import { byteEntries, type Entry, textEntries, utf8 } from './sorted-entries.js';
import type { Encodable } from './values.js';
import { Writer } from './writer.js';

const LETTER_D = 0x64;
const LETTER_E = 0x65;
const LETTER_I = 0x69;
const LETTER_L = 0x6c;

/** What is said of values that people try and that have no bencoding. */
const HINTS: Readonly<Record<string, string>> = {
  undefined: 'leave the key out instead',
  null: 'leave the key out instead',
  boolean: 'by convention 0 or 1 is written instead',
  number: 'only integers from −(2^53 − 1) to 2^53 − 1 can be told exactly; use a bigint for more',
};

// The writer's buffer serves every call. A generator in the value may call `encode` itself: it then finds none and makes its own.
let idleWriter: Writer | undefined = new Writer();

/**
 * Writes the one canonical form of a value: minimal integers, keys sorted as raw bytes (BEP 3). What `decode` gives, `encode`
 * turns into the same bytes again.
 *
 * Keys of a `Map` are bytes, one character each, as `decode` gives them; keys of a plain object are text, written as UTF-8.
 *
 * @throws {BencodeError} `unsupported-value` for what has no bencoding (`NaN`, fractions, `null`, `undefined`, booleans, dates …),
 * `cyclic-value`, or a bound of `LIMITS`; `path` tells where.
 * @example
 * ```ts
 * import { encode } from '@unchoke/bencode';
 *
 * const bytes = encode({ spam: ['a', 'b'], bar: 3 });
 * console.assert(String.fromCharCode(...bytes) === 'd3:bari3e4:spaml1:a1:bee');
 * ```
 */
export function encode(value: Encodable): Uint8Array {
  const writer = idleWriter ?? new Writer();
  idleWriter = undefined;
  try {
    new Encoding(writer).write(value);
    return writer.finish();
  } finally {
    writer.reset();
    idleWriter = writer;
  }
}

class Encoding {
  readonly #writer: Writer;
  /** The containers that are open, and the step into each that is being written. */
  readonly #open: object[] = [];
  readonly #steps: Step[] = [];
  #valueCount = 0;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  write(value: unknown): void {
    if (++this.#valueCount > LIMITS.valueCountMax) {
      throw this.#error('count-exceeded', `more than ${LIMITS.valueCountMax} values (valueCountMax)`);
    }
    if (value instanceof Uint8Array) this.#writer.string(value);
    else if (typeof value === 'number') this.#writeNumber(value);
    else if (typeof value === 'string') this.#writer.string(utf8(value));
    else if (typeof value === 'bigint') this.#writeBigint(value);
    else if (Array.isArray(value)) this.#writeList(value, value);
    else if (value instanceof Map) this.#writeDict(value, this.#entriesOf(value));
    else if (value instanceof Set) this.#writeList(value, value);
    else if (isPlainObject(value)) this.#writeDict(value, textEntries(value));
    else if (isOneTimeIterable(value)) this.#writeList(value, value);
    else throw this.#unsupported(value);
  }

  #writeNumber(value: number): void {
    if (!Number.isSafeInteger(value)) throw this.#unsupported(value);
    this.#writer.byte(LETTER_I);
    this.#writer.integer(value);
    this.#writer.byte(LETTER_E);
  }

  #writeBigint(value: bigint): void {
    const digits = value.toString();
    if (digits.length - (value < 0n ? 1 : 0) > LIMITS.integerDigitsMax) {
      const problem = `an integer has more than ${LIMITS.integerDigitsMax} digits (integerDigitsMax)`;
      throw this.#error('integer-too-long', problem);
    }
    this.#writer.byte(LETTER_I);
    this.#writer.characters(digits);
    this.#writer.byte(LETTER_E);
  }

  #writeList(list: object, values: Iterable<unknown>): void {
    const depth = this.#enter(list);
    this.#writer.byte(LETTER_L);
    let index = 0;
    for (const value of values) {
      this.#steps[depth] = index++;
      this.write(value);
    }
    this.#leave(depth);
  }

  #writeDict(dict: object, entries: Iterable<Entry>): void {
    const depth = this.#enter(dict);
    this.#writer.byte(LETTER_D);
    for (const [key, value] of entries) {
      this.#steps[depth] = key;
      this.#writer.stringOfCharacters(key);
      this.write(value);
    }
    this.#leave(depth);
  }

  #entriesOf(map: ReadonlyMap<unknown, unknown>): Iterable<Entry> {
    return byteEntries(map, (key) => {
      const problem = 'a key of a Map must be a string with one character per byte; for text keys use a plain object';
      return this.#error('unsupported-value', problem, typeof key === 'string' ? [key] : []);
    });
  }

  #enter(container: object): number {
    const depth = this.#open.length;
    if (depth === LIMITS.depthMax) throw this.#depthError(container);
    this.#open.push(container);
    return depth;
  }

  #leave(depth: number): void {
    this.#writer.byte(LETTER_E);
    this.#open.pop();
    this.#steps.length = depth;
  }

  /** A cycle shows as too much depth: only then is it worth looking for. */
  #depthError(container: object): BencodeError {
    const chain = [...this.#open, container];
    const again = chain.findIndex((link, index) => chain.indexOf(link) < index);
    if (again === -1) {
      const problem = `more than ${LIMITS.depthMax} lists and dictionaries inside each other (depthMax)`;
      return this.#error('depth-exceeded', problem);
    }
    const path = formatPath(this.#steps.slice(0, again));
    return new BencodeError('cyclic-value', 'this value contains itself', path, undefined);
  }

  #unsupported(value: unknown): BencodeError {
    const type = value === null ? 'null' : typeof value;
    const what =
      type === 'object' ? `an object of class ${(value as object).constructor?.name ?? 'unknown'}` : `${String(value)}`;
    const hint = HINTS[type] ?? 'pass integers, strings, Uint8Arrays, arrays, Maps or plain objects';
    return this.#error('unsupported-value', `${what} has no bencoding: ${hint}`);
  }

  #error(code: BencodeErrorCode, problem: string, further: readonly Step[] = []): BencodeError {
    return new BencodeError(
      code,
      problem,
      formatPath([...this.#steps.slice(0, this.#open.length), ...further]),
      undefined,
    );
  }
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Generators and iterators. Other iterables are refused: `URLSearchParams` or `Headers` might be lists or dictionaries. */
function isOneTimeIterable(value: unknown): value is Iterable<unknown> & object {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) return false;
  const iterate = value[Symbol.iterator];
  return typeof iterate === 'function' && iterate.call(value) === value;
}
