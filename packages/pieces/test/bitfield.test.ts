import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bitfield, type PieceIndex, PiecesError } from '../src/index.js';

const sets = (length: number) => fc.uniqueArray(fc.integer({ min: 0, max: length - 1 }), { maxLength: length });
const twoSets = fc
  .integer({ min: 1, max: 200 })
  .chain((length) => fc.record({ length: fc.constant(length), a: sets(length), b: sets(length) }));
const fieldOf = (length: number, pieces: Iterable<number>) => Bitfield.of(length, pieces as Iterable<PieceIndex>);
const sorted = (pieces: Iterable<number>) => [...pieces].sort((a, b) => a - b);
const p = (index: number) => index as PieceIndex;

describe('Bitfield on the wire', () => {
  test.each([
    [0, [], []],
    [1, [0], [0x80]],
    [8, [0, 7], [0x81]],
    [9, [8], [0x00, 0x80]],
    [33, [31, 32], [0, 0, 0, 0x01, 0x80]],
  ])('%i pieces holding %j are %j', (length, pieces, bytes) => {
    expect([...fieldOf(length, pieces).toWire()]).toEqual(bytes);
    expect([...Bitfield.fromWire(Uint8Array.from(bytes), length)!]).toEqual(pieces);
  });

  test.each([
    ['a byte short', [0xff], 9],
    ['a byte long', [0xff, 0, 0], 9],
    ['empty', [], 1],
    ['something for nothing', [0], 0],
    ['the last spare bit set', [0xff, 0x01], 9],
    ['the first spare bit set', [0xff, 0x40], 9],
    ['spare bits in a single byte', [0x01], 7],
  ])('refuses %s', (_, bytes, length) => {
    expect(Bitfield.fromWire(Uint8Array.from(bytes), length)).toBeUndefined();
  });

  test('keeps nothing of the bytes it was made from, and gives none of its own away', () => {
    const bytes = Uint8Array.of(0x80);
    const field = Bitfield.fromWire(bytes, 8)!;
    bytes[0] = 0;
    field.toWire()[0] = 0;
    expect([...field]).toEqual([0]);
  });

  test('every set survives the trip', () => {
    fc.assert(
      fc.property(twoSets, ({ length, a }) => {
        const field = fieldOf(length, a);
        const back = Bitfield.fromWire(field.toWire(), length)!;
        expect(back.equals(field)).toBe(true);
        expect(back.count).toBe(a.length);
      }),
    );
  });
});

describe('Bitfield as a set', () => {
  test('does what a Set does', () => {
    fc.assert(
      fc.property(twoSets, ({ length, a, b }) => {
        const [fieldA, fieldB] = [fieldOf(length, a), fieldOf(length, b)];
        const [setA, setB] = [new Set(a), new Set(b)];
        expect([...fieldA]).toEqual(sorted(a));
        expect([...fieldA.and(fieldB)]).toEqual(sorted(a.filter((piece) => setB.has(piece))));
        expect([...fieldA.or(fieldB)]).toEqual(sorted(new Set([...a, ...b])));
        expect([...fieldA.andNot(fieldB)]).toEqual(sorted(a.filter((piece) => !setB.has(piece))));
        expect(fieldA.or(fieldB).count).toBe(new Set([...a, ...b]).size);
        for (let from = 0; from <= length; from++) {
          expect(fieldA.nextSet(from)).toBe(sorted(a).find((piece) => piece >= from));
          expect(fieldA.nextCommon(fieldB, from)).toBe(sorted(a).find((piece) => piece >= from && setB.has(piece)));
          const clear = Array.from({ length }, (_, piece) => piece).find((piece) => piece >= from && !setA.has(piece));
          expect(fieldA.nextClear(from)).toBe(clear);
        }
        const copy = fieldA.clone();
        for (const piece of b) expect(copy.delete(p(piece))).toBe(setA.has(piece));
        expect(copy.equals(fieldA.andNot(fieldB))).toBe(true);
        for (const piece of b) expect(copy.add(p(piece))).toBe(true);
        expect(copy.equals(fieldA.or(fieldB))).toBe(true);
        expect([...fieldA]).toEqual(sorted(a));
      }),
    );
  });

  test.each([0, 1, 7, 8, 9, 31, 32, 33, 64, 100])('a full one of %i has no spare bit set', (length) => {
    const full = Bitfield.full(length);
    expect(full.isFull).toBe(true);
    expect(full.count).toBe(length);
    expect([...full]).toHaveLength(length);
    expect(full.nextClear(0)).toBeUndefined();
    expect(Bitfield.fromWire(full.toWire(), length)?.equals(full)).toBe(true);
    expect(full.isEmpty).toBe(length === 0);
  });

  test('looking outside finds nothing, writing outside is refused', () => {
    const field = Bitfield.full(10);
    expect(field.has(p(10))).toBe(false);
    expect(field.nextSet(10)).toBeUndefined();
    expect(field.nextSet(-5)).toBe(0);
    expect(field.nextSet(Number.NaN)).toBeUndefined();
    expect(() => field.add(p(10))).toThrow(PiecesError);
    expect(() => field.delete(p(10))).toThrow(/another Geometry/);
    expect(() => field.and(Bitfield.full(11))).toThrow(PiecesError);
    expect(() => Bitfield.empty(-1)).toThrow(PiecesError);
    expect(() => Bitfield.empty(2 ** 32)).toThrow(PiecesError);
    expect(field.equals(Bitfield.full(11))).toBe(false);
  });

  test('a million pieces', () => {
    const length = 1_000_000;
    const even = fieldOf(
      length,
      (function* evens() {
        for (let piece = 0; piece < length; piece += 2) yield piece;
      })(),
    );
    expect(even.count).toBe(length / 2);
    expect(Bitfield.full(length).andNot(even).count).toBe(length / 2);
    const one = fieldOf(length, [length - 1]);
    expect(one.nextSet(0)).toBe(length - 1);
    expect(even.nextCommon(one, 0)).toBeUndefined();
    expect(even.or(one).nextClear(0)).toBe(1);
  });
});
