/*
 * Any bytes whatever: a value or a BencodeError, nothing else; and a value must encode to the bytes it came from.
 *
 *   npm run fuzz -w @unchoke/bencode -- [inputs, default 10000000] [seed, default random]
 */
import { BencodeError, type BencodeValue, Decoder, decode, encode, read } from '@unchoke/bencode';
import fc from 'fast-check';
import { values } from './arbitraries.js';
import { mutated } from './mutations.js';

const count = Number(process.argv[2] ?? 10_000_000);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`seed ${seed}: npm run fuzz -w @unchoke/bencode -- ${count} ${seed}`);

const random = xorshift(seed);
const originals = fc.sample(values, { numRuns: 2000, seed }).map((value) => encode(value));
const outcomes = new Map<string, number>();
for (let index = 0; index < count; index++) {
  const bytes = mutated(originals[index % originals.length]!, random);
  const outcome = outcomeOf(bytes);
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}
for (const [outcome, times] of [...outcomes].sort(([, one], [, other]) => other - one))
  console.log(`${times} ${outcome}`);

function outcomeOf(bytes: Uint8Array): string {
  const strict = attempt(bytes, () => decode(bytes));
  attempt(bytes, () => read(bytes, { strict: false }).value());
  const decoder = new Decoder();
  const half = bytes.length >> 1;
  attempt(bytes, () => decoder.push(bytes.subarray(0, half)));
  attempt(bytes, () => decoder.push(bytes.subarray(half)));
  if (BencodeError.isInstance(strict)) return strict.code;
  if (Buffer.compare(encode(strict as BencodeValue), bytes) !== 0) fail(bytes, 'it is accepted, but not canonical');
  return 'accepted';
}

function attempt(bytes: Uint8Array, run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return BencodeError.isInstance(error) ? error : fail(bytes, error);
  }
}

function fail(bytes: Uint8Array, reason: unknown): never {
  console.error(`input ${Buffer.from(bytes).toString('hex')}`, reason);
  process.exit(1);
}

function* xorshift(from: number): Generator<number, never> {
  for (let state = from | 1; ; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}
