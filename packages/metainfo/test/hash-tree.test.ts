import { createHash } from 'node:crypto';
import { HashTree, merkleRoot, pieceLayerRoot } from '@unchoke/metainfo';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const layerOf = (count: number) =>
  Uint8Array.from(Buffer.concat(Array.from({ length: count }, (_, index) => sha256(Uint8Array.of(index, index >> 8)))));

describe('a hash tree', () => {
  test('gives runs that lead to the root of the file, by the book', () => {
    const shape = fc.record({
      count: fc.integer({ min: 2, max: 1500 }),
      baseLayer: fc.integer({ min: 0, max: 5 }),
      run: fc.integer({ min: 1, max: 9 }),
      place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    });
    fc.assert(
      fc.property(shape, ({ count, baseLayer, run, place }) => {
        const pieceLength = 16_384 * 2 ** baseLayer;
        const layer = layerOf(count);
        const height = Math.ceil(Math.log2(count));
        const length = 2 ** Math.min(run, height);
        const index = length * Math.floor(place * 2 ** (height - Math.log2(length)));
        const tree = new HashTree(layer, pieceLength, sha256);
        const hashes = tree.run({ baseLayer, index, length, proofLayers: height - 1 })!;
        expect(hashes.length / 32).toBe(length + height - Math.log2(length));
        // As whoever asked proves it: the root over the run, then pair by pair with what stood beside it.
        let node = merkleRoot(hashes.subarray(0, 32 * length), sha256);
        for (let at = length, position = index / length; at < hashes.length / 32; at++, position >>= 1) {
          const uncle = hashes.subarray(32 * at, 32 * at + 32);
          node = sha256(Buffer.concat(position % 2 === 0 ? [node, uncle] : [uncle, node]));
        }
        expect(Buffer.from(node)).toEqual(Buffer.from(pieceLayerRoot(layer, pieceLength, sha256)));
        const own = hashes.subarray(0, 32 * Math.max(0, Math.min(length, count - index)));
        expect(Buffer.compare(own, layer.subarray(32 * index, 32 * index + own.length))).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('gives runs of the blocks of a piece that lead to the same root, by the hashes of all of them', () => {
    const shape = fc.record({
      count: fc.integer({ min: 2, max: 20 }),
      baseLayer: fc.integer({ min: 1, max: 4 }),
      run: fc.integer({ min: 1, max: 4 }),
      place: fc.nat(),
      missing: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(shape, ({ count, baseLayer, run, place, missing }) => {
        const perPiece = 2 ** baseLayer;
        const blocks = new Uint8Array(count * perPiece * 32);
        blocks.set(layerOf(count * perPiece - Math.min(missing, perPiece - 1)));
        const leavesOf = (piece: number) => blocks.subarray(piece * perPiece * 32, (piece + 1) * perPiece * 32);
        const layer = Buffer.concat(Array.from({ length: count }, (_, piece) => merkleRoot(leavesOf(piece), sha256)));
        const tree = new HashTree(layer, 16_384 * perPiece, sha256);
        expect(tree.blocksPerPiece).toBe(perPiece);
        const length = Math.min(2 ** run, perPiece);
        const index = length * (place % ((count * perPiece) / length));
        const height = baseLayer + Math.ceil(Math.log2(count));
        const asked = { baseLayer: 0, index, length, proofLayers: height - 1 };
        const leaves = leavesOf(Math.floor(index / perPiece));
        const hashes = tree.leafRun(asked, leaves)!;
        expect(hashes.length / 32).toBe(length + height - Math.log2(length));
        expect(
          Buffer.compare(hashes.subarray(0, 32 * length), blocks.subarray(32 * index, 32 * (index + length))),
        ).toBe(0);
        let node = merkleRoot(hashes.subarray(0, 32 * length), sha256);
        for (let at = length, position = index / length; at < hashes.length / 32; at++, position >>= 1) {
          const uncle = hashes.subarray(32 * at, 32 * at + 32);
          node = sha256(Buffer.concat(position % 2 === 0 ? [node, uncle] : [uncle, node]));
        }
        expect(Buffer.compare(node, pieceLayerRoot(layer, 16_384 * perPiece, sha256))).toBe(0);
        const damaged = leaves.map((byte, at) => (at === 5 ? byte ^ 1 : byte));
        expect(tree.leafRun(asked, damaged)).toBeUndefined();
        for (const wrong of [{ baseLayer: 1 }, { length: 1 }, { length: 2 * perPiece }, { proofLayers: height }]) {
          expect(tree.leafRun({ ...asked, index: 0, ...wrong }, leavesOf(0))).toBeUndefined();
        }
        expect(tree.leafRun({ ...asked, index: perPiece * 2 ** 20 }, leaves)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  test('leaves out the layers that the run itself makes, and those that were not asked for', () => {
    const tree = new HashTree(layerOf(1024), 16_384, sha256);
    const countOf = (length: number, proofLayers: number) =>
      tree.run({ baseLayer: 0, index: 0, length, proofLayers })!.length / 32 - length;
    expect([countOf(512, 9), countOf(512, 8), countOf(4, 9), countOf(4, 2), countOf(4, 1), countOf(4, 0)]).toEqual([
      1, 0, 8, 1, 0, 0,
    ]);
  });

  test.each([
    ['another layer', { baseLayer: 1 }],
    ['the blocks', { baseLayer: 0 }],
    ['one hash', { length: 1 }],
    ['no power of two', { length: 3 }],
    ['more than 512', { length: 1024 }],
    ['what does not begin at a multiple', { index: 1 }],
    ['what the layer does not have', { index: 1024 }],
    ['what no layer has', { index: 2 ** 32 - 2 }],
    ['proof above the root', { proofLayers: 10 }],
    ['proof without end', { proofLayers: 2 ** 32 - 1 }],
    ['nothing', { length: 0 }],
  ])('does not give %s', (_, asked) => {
    const tree = new HashTree(layerOf(600), 65_536, sha256);
    expect(tree.run({ baseLayer: 2, index: 0, length: 2, proofLayers: 9, ...asked })).toBeUndefined();
    expect(tree.run({ baseLayer: 2, index: 1022, length: 2, proofLayers: 9 })).toHaveLength(32 * 11);
  });
});
