import {
  BencodeError,
  type BencodeValue,
  Decoder,
  decode,
  decodePrefix,
  encode,
  read,
  splitDict,
} from '@unchoke/bencode';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { almostBencode, values } from './arbitraries.js';
import { mutated } from './mutations.js';

const inputs = fc.oneof(
  almostBencode,
  values.map(encode),
  fc.tuple(values, fc.infiniteStream(fc.nat())).map(([value, chance]) => mutated(encode(value), chance)),
);

test('what is encoded decodes to the same value, and back to the same bytes', () => {
  fc.assert(
    fc.property(values, (value) => {
      const bytes = encode(value);
      expect(decode(bytes)).toEqual(value);
      expect(encode(decode(bytes))).toEqual(bytes);
    }),
  );
});

test('whatever is accepted is canonical: it encodes to exactly the bytes it came from', () => {
  fc.assert(
    fc.property(inputs, (bytes) => {
      const value = valueOrError(() => decode(bytes));
      if (!BencodeError.isInstance(value)) expect(encode(value)).toEqual(bytes);
    }),
    { numRuns: 2000 },
  );
});

test('decode, decodePrefix, read, splitDict and Decoder agree on every input', () => {
  fc.assert(
    fc.property(inputs, (bytes) => {
      const whole = valueOrError(() => decode(bytes));
      expect(valueOrError(() => read(bytes).value())).toEqual(whole);
      const prefix = valueOrError(() => decodePrefix(bytes));
      if (!BencodeError.isInstance(whole)) {
        expect(prefix).toEqual({ value: whole, length: bytes.length });
        if (whole instanceof Map) {
          const spans = splitDict(bytes);
          expect([...spans.keys()]).toEqual([...whole.keys()]);
          for (const [key, span] of spans) expect(decode(span)).toEqual(whole.get(key));
        }
      } else if (whole.code === 'trailing-data') {
        expect(prefix).toMatchObject({ length: whole.offset });
      } else {
        expect(prefix).toEqual(whole);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a stream gives the same values and the same error, wherever it is cut', () => {
  fc.assert(
    fc.property(fc.array(inputs, { maxLength: 4 }), fc.array(fc.nat({ max: 9 })), (parts, cuts) => {
      const bytes = Buffer.concat(parts);
      const whole = streamOf([bytes]);
      expect(streamOf(cutAt(bytes, cuts))).toEqual(whole);
      expect(streamOf(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
      expect(whole).toEqual(prefixesOf(bytes));
    }),
    { numRuns: 1000 },
  );
});

test('a changed byte is refused or means something else: no two inputs mean the same', () => {
  fc.assert(
    fc.property(values, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, where, change) => {
      const bytes = encode(value);
      bytes[where % bytes.length]! ^= change;
      const other = valueOrError(() => decode(bytes));
      if (!BencodeError.isInstance(other)) expect(other).not.toEqual(value);
    }),
    { numRuns: 1000 },
  );
});

test('lenient decoding forgives the order of keys and nothing else', () => {
  fc.assert(
    fc.property(inputs, (bytes) => {
      const forgiven: number[] = [];
      const strict = valueOrError(() => decode(bytes));
      const lenient = valueOrError(() =>
        decode(bytes, { strict: false, onForgiven: ({ offset }) => forgiven.push(offset) }),
      );
      if (!BencodeError.isInstance(strict)) {
        expect(lenient).toEqual(strict);
        expect(forgiven).toEqual([]);
      } else if (strict.code !== 'unsorted-keys') {
        expect(lenient).toEqual(strict);
      } else if (!BencodeError.isInstance(lenient)) {
        expect(forgiven[0]).toBe(strict.offset);
        expect(decode(encode(lenient))).toEqual(sorted(lenient));
        expect(encode(lenient).length).toBe(bytes.length);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a node tells the exact bytes, the place and the type of what stands there', () => {
  fc.assert(
    fc.property(values, (value) => {
      const bytes = encode(value);
      const pending = [read(bytes)];
      for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
        expect(decode(node.raw)).toEqual(node.value());
        expect(bytes.subarray(node.offset, node.offset + node.raw.length)).toEqual(node.raw);
        if (node.type === 'list') pending.push(...node.items());
        if (node.type === 'dict') pending.push(...Array.from(node.entries(), ([, item]) => item));
      }
    }),
    { numRuns: 300 },
  );
});

function valueOrError<T>(run: () => T): T | BencodeError {
  try {
    return run();
  } catch (error) {
    if (BencodeError.isInstance(error)) return error;
    throw error;
  }
}

interface Outcome {
  readonly values: readonly BencodeValue[];
  readonly code: string | undefined;
  readonly offset: number | undefined;
  readonly path: string | undefined;
}

function streamOf(chunks: readonly Uint8Array[]): Outcome {
  const decoder = new Decoder();
  const taken: BencodeValue[] = [];
  const error = valueOrError(() => {
    for (const chunk of chunks) taken.push(...decoder.push(chunk));
    decoder.end();
  });
  return { values: taken, code: error?.code, offset: error?.offset, path: error?.path };
}

/** What a stream must be: the model, which looks at the whole again for each value. */
function prefixesOf(bytes: Uint8Array): Outcome {
  const taken: BencodeValue[] = [];
  let from = 0;
  while (from < bytes.length) {
    const next = valueOrError(() => decodePrefix(bytes.subarray(from)));
    if (BencodeError.isInstance(next))
      return { values: taken, code: next.code, offset: from + next.offset!, path: next.path };
    taken.push(next.value);
    from += next.length;
  }
  return { values: taken, code: undefined, offset: undefined, path: undefined };
}

function cutAt(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let from = 0;
  for (const length of lengths) {
    chunks.push(bytes.subarray(from, from + length));
    from += length;
  }
  return [...chunks, bytes.subarray(from)];
}

function sorted(value: BencodeValue): BencodeValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!(value instanceof Map)) return value;
  return new Map([...value].sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}
