import { describe, expect, test } from 'vitest';
import { ConnectionIds } from '../src/udp/connection-ids.js';

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
