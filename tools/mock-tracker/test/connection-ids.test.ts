import { describe, expect, test } from 'vitest';
import { ConnectionIds } from '../src/udp/connection-ids.js';
import { halfSipHash } from '../src/udp/half-sip-hash.js';

const ids = new ConnectionIds(Uint32Array.of(0x03020100, 0x07060504));
const HERE = Uint8Array.of(127, 0, 0, 1);
const MINUTE_MS = 60_000;

function idAt(nowMs: number, address: Uint8Array = HERE, port = 1): Uint8Array {
  const id = new Uint8Array(8);
  ids.write(id, 0, address, port, nowMs);
  return id;
}

describe('a connection id', () => {
  test('is taken for two minutes at least, and three at most', () => {
    for (const issuedMs of [0, 1, MINUTE_MS - 1, 300 * MINUTE_MS + 5]) {
      const id = idAt(issuedMs);
      expect(ids.isValid(id, 0, HERE, 1, issuedMs + 2 * MINUTE_MS)).toBe(true);
      expect(ids.isValid(id, 0, HERE, 1, issuedMs + 3 * MINUTE_MS)).toBe(false);
    }
  });

  test('is not taken before it was given', () => {
    expect(ids.isValid(idAt(MINUTE_MS), 0, HERE, 1, 0)).toBe(false);
  });

  test('belongs to one address and port, in either family, and to one tracker', () => {
    const id = idAt(0);
    const there = new Uint8Array(16).fill(1);
    expect(ids.isValid(id, 0, Uint8Array.of(127, 0, 0, 2), 1, 0)).toBe(false);
    expect(ids.isValid(id, 0, HERE, 2, 0)).toBe(false);
    expect(ids.isValid(idAt(0, there), 0, there, 1, 0)).toBe(true);
    expect(
      ids.isValid(
        idAt(0, there),
        0,
        there.map((byte, index) => (index === 15 ? 2 : byte)),
        1,
        0,
      ),
    ).toBe(false);
    expect(new ConnectionIds(Uint32Array.of(1, 2)).isValid(id, 0, HERE, 1, 0)).toBe(false);
  });

  test('has no bit that does not matter', () => {
    for (let bit = 0; bit < 64; bit++) {
      const id = idAt(0);
      id[bit >> 3]! ^= 1 << (bit & 7);
      expect(ids.isValid(id, 0, HERE, 1, 0)).toBe(false);
    }
  });

  test('that is stale is not taken, and looks like another', () => {
    const stale = new Uint8Array(8);
    ids.writeStale(stale, 0, HERE, 1, 5 * MINUTE_MS);
    for (let later = 0; later < 10; later++) {
      expect(ids.isValid(stale, 0, HERE, 1, (5 + later) * MINUTE_MS)).toBe(false);
    }
  });
});

// The reference vectors of HalfSipHash (github.com/veorq/SipHash, vectors.h) for messages of whole words: key 00 01 … 07,
// message 00 01 …, result as bytes in the order in which the reference writes them.
test.each([
  [0, '218d1f59b9b83cc8'],
  [1, 'd5e78a175be52ea1'],
  [2, 'edfee820bce4858c'],
  [3, '7bc71f9faef5c799'],
  [4, '7336aad25f7bf3b5'],
  [5, '1bf52b0a6feea7db'],
  [6, '70741045ae3fa6f1'],
])('HalfSipHash of %i words', (wordCount, expected) => {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) => index);
  const words = new Uint32Array(bytes.buffer);
  const hash = new Uint32Array(2);
  halfSipHash(words.subarray(0, 2), words, wordCount, hash);
  expect(Buffer.from(hash.buffer).toString('hex')).toBe(expected);
});
