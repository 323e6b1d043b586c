import type { Message } from '@unchoke/wire';
import fc from 'fast-check';

const u32 = fc.oneof(fc.nat(64), fc.integer({ min: 0, max: 0xffff_ffff }));
const u16 = fc.integer({ min: 0, max: 0xffff });
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: 0, maxLength });
const hashRange = {
  piecesRoot: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  baseLayer: u32,
  index: u32,
  length: u32,
  proofLayers: u32,
};

/** Any message a frame can hold, with any numbers. */
export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    type: fc.constantFrom(
      'keep-alive' as const,
      'choke' as const,
      'unchoke' as const,
      'interested' as const,
      'not-interested' as const,
      'have-all' as const,
      'have-none' as const,
    ),
  }),
  fc.record({ type: fc.constantFrom('have' as const, 'suggest' as const, 'allowed-fast' as const), piece: u32 }),
  fc.record({
    type: fc.constantFrom('request' as const, 'cancel' as const, 'reject' as const),
    piece: u32,
    begin: u32,
    length: u32,
  }),
  fc.record({
    type: fc.constant('piece' as const),
    piece: u32,
    begin: u32,
    block: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  }),
  fc.record({ type: fc.constant('bitfield' as const), bits: bytes(40) }),
  fc.record({ type: fc.constant('port' as const), port: u16 }),
  fc.record({ type: fc.constant('extended' as const), id: fc.nat(255), payload: bytes(60) }),
  fc.record({ type: fc.constantFrom('hash-request' as const, 'hash-reject' as const), ...hashRange }),
  fc.record({
    type: fc.constant('hashes' as const),
    ...hashRange,
    hashes: fc.nat(5).chain((count) => fc.uint8Array({ minLength: 32 * count, maxLength: 32 * count })),
  }),
  fc.record({
    type: fc.constant('unknown' as const),
    id: fc.constantFrom(10, 11, 12, 18, 19, 24, 99, 255),
    payload: bytes(60),
  }),
);

/** Where to cut a stream: numbers that {@link cut} takes modulo what is left. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.array(fc.nat(400), { maxLength: 60 });

/** A stream in chunks, each its own copy, so that nothing outlives its chunk unnoticed. */
export function* cut(stream: Uint8Array, sizes: readonly number[]): Generator<Uint8Array, void> {
  let at = 0;
  for (const size of sizes) {
    if (at >= stream.length) return;
    yield stream.slice(at, at + size);
    at += size;
  }
  if (at < stream.length) yield stream.slice(at);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A deep copy with plain bytes, for what is only valid until the next call. */
export function copied<T>(value: T): T {
  return structuredClone(value);
}
