import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BLAME_DIGESTS_MAX,
  BLOCK_BYTES,
  Blame,
  Geometry,
  PIECE_BYTES_MAX,
  type PieceIndex,
  PiecesError,
} from '../src/index.js';

const PIECE = 0 as PieceIndex;
const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest();
/** A piece of four blocks, the last one short. */
const geometry = new Geometry({ totalLength: 4 * BLOCK_BYTES - 1, pieceLength: 4 * BLOCK_BYTES });
/** The digests of a piece's blocks, of which `lies` are false. */
const digestsOf = (blockCount: number, lies: readonly number[]) =>
  Buffer.concat(
    Array.from({ length: blockCount }, (_, block) => sha1(Uint8Array.of(block, lies.includes(block) ? 1 : 0))),
  );
const copyWith = (...lies: number[]) => digestsOf(4, lies);
const rejection = (suppliers: readonly (number | undefined)[], piece: PieceIndex = PIECE) => ({
  piece,
  suppliers,
  contributors: [...new Set(suppliers)].filter((peer) => peer !== undefined),
});

describe('Blame', () => {
  test('a sole supplier is guilty at once, and nothing is kept', () => {
    const blame = new Blame(geometry);
    expect(blame.pieceRejected(rejection([7, 7, 7, 7]), copyWith(2))).toEqual([7]);
    expect(blame.isSuspect(PIECE)).toBe(false);
  });

  test('one block of an earlier run is enough to doubt', () => {
    const blame = new Blame(geometry);
    expect(blame.pieceRejected(rejection([7, 7, undefined, 7]), copyWith(2))).toEqual([]);
    expect(blame.pieceVerified(PIECE, copyWith())).toEqual([]);
    expect(blame.isSuspect(PIECE)).toBe(false);
  });

  test('of many suppliers the good copy names the liars and nobody else', () => {
    const blame = new Blame(geometry);
    expect(blame.pieceRejected(rejection([1, 2, 3, 2]), copyWith(0, 3))).toEqual([]);
    expect(blame.isSuspect(PIECE)).toBe(true);
    expect(blame.pieceVerified(PIECE, copyWith())).toEqual([1, 2]);
    expect(blame.isSuspect(PIECE)).toBe(false);
    expect(blame.pieceVerified(PIECE, copyWith())).toEqual([]);
  });

  test('every false copy counts, not only the last', () => {
    const blame = new Blame(geometry);
    blame.pieceRejected(rejection([1, 2, 3, 4]), copyWith(1));
    blame.pieceRejected(rejection([5, 1, 1, 1]), copyWith(0));
    expect(blame.pieceVerified(PIECE, copyWith())).toEqual([2, 5]);
  });

  test('pieces are judged one by one', () => {
    const two = new Geometry({ totalLength: 4 * BLOCK_BYTES, pieceLength: 2 * BLOCK_BYTES });
    const blame = new Blame(two);
    const copy = (...lies: number[]) => digestsOf(2, lies);
    const other = 1 as PieceIndex;
    blame.pieceRejected(rejection([1, 2]), copy(0));
    blame.pieceRejected(rejection([3, 4], other), copy(1));
    expect(blame.pieceVerified(other, copy())).toEqual([4]);
    expect(blame.pieceVerified(PIECE, copy())).toEqual([1]);
  });

  test('wants a digest of every block', () => {
    const blame = new Blame(geometry);
    expect(() => blame.pieceRejected(rejection([1, 2, 3, 4]), new Uint8Array(0))).toThrow(PiecesError);
    blame.pieceRejected(rejection([1, 2, 3, 4]), copyWith(1));
    expect(() => blame.pieceVerified(PIECE, new Uint8Array(79))).toThrow(/no digests of the 4 blocks/);
  });

  test('digests are kept as they were when they were shown', () => {
    const blame = new Blame(geometry);
    const digests = copyWith(1);
    blame.pieceRejected(rejection([1, 2, 3, 4]), digests);
    digests.fill(0);
    expect(blame.pieceVerified(PIECE, copyWith())).toEqual([2]);
  });

  test('keeps a bounded number of digests; the oldest make room', () => {
    const blocks = 4096;
    const pieceLength = blocks * BLOCK_BYTES;
    expect(BLAME_DIGESTS_MAX).toBeGreaterThanOrEqual(PIECE_BYTES_MAX / BLOCK_BYTES);
    const many = new Geometry({ totalLength: 20 * pieceLength, pieceLength });
    const blame = new Blame(many);
    const digests = new Uint8Array(blocks);
    const suppliers = Array.from({ length: blocks }, (_, index) => index % 2);
    for (let piece = 0; piece < 20; piece++) blame.pieceRejected(rejection(suppliers, piece as PieceIndex), digests);
    const kept = Array.from({ length: 20 }, (_, piece) => piece).filter((piece) =>
      blame.isSuspect(piece as PieceIndex),
    );
    expect(kept).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  test('names exactly the liars, whoever brought what in however many rounds', () => {
    const rounds = fc.array(
      fc.array(fc.record({ supplier: fc.nat(3), lies: fc.boolean() }), { minLength: 4, maxLength: 4 }),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(rounds, (all) => {
        const blame = new Blame(geometry);
        const named = new Set<number>();
        const liars = new Set<number>();
        for (const blocks of all) {
          const lies = blocks.flatMap(({ lies: isLie }, index) => (isLie ? [index] : []));
          for (const index of lies) liars.add(blocks[index]!.supplier);
          if (lies.length === 0) continue;
          const suppliers = blocks.map(({ supplier }) => supplier);
          for (const guilty of blame.pieceRejected(rejection(suppliers), copyWith(...lies))) named.add(guilty);
        }
        for (const guilty of blame.pieceVerified(PIECE, copyWith())) named.add(guilty);
        expect(named).toEqual(liars);
      }),
      { numRuns: 50 },
    );
  });
});
