import { createHash } from 'node:crypto';
import {
  buildMetainfo,
  completeInfo,
  HashTree,
  LayerAssembly,
  parseInfo,
  parseMetainfo,
  pieceLayerRoot,
} from '@unchoke/metainfo';
import { hashes as HASHES } from '@unchoke/metainfo/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const layerOf = (count: number) =>
  Uint8Array.from(Buffer.concat(Array.from({ length: count }, (_, index) => sha256(Uint8Array.of(index, index >> 8)))));

function assemblyOf(pieceCount: number, pieceLength: number) {
  const layer = layerOf(pieceCount);
  const piecesRoot = pieceLayerRoot(layer, pieceLength, sha256);
  const assembly = new LayerAssembly({ piecesRoot, pieceCount, pieceLength }, sha256);
  return { layer, assembly, tree: new HashTree(layer, pieceLength, sha256) };
}

const shapes = fc.record({
  pieceCount: fc.oneof(fc.integer({ min: 2, max: 1600 }), fc.constantFrom(2, 3, 512, 513, 514, 1024, 1025)),
  baseLayer: fc.integer({ min: 0, max: 4 }),
});

describe('a piece layer from peers', () => {
  test('is put together from the runs that it asks a tree for, in any order', () => {
    fc.assert(
      fc.property(shapes, fc.boolean(), ({ pieceCount, baseLayer }, isBackwards) => {
        const { layer, assembly, tree } = assemblyOf(pieceCount, 16_384 * 2 ** baseLayer);
        const places = Array.from({ length: assembly.runCount }, (_, place) => place);
        for (const place of isBackwards ? places.reverse() : places) {
          expect(assembly.join()).toBeUndefined();
          const hashes = tree.run(assembly.runAt(place))!;
          expect(assembly.take(place, hashes)).toBe(true);
          // The caller's bytes are not ours.
          hashes.fill(0);
        }
        expect(Buffer.compare(assembly.join()!, layer)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('takes no run with a changed bit, a missing or an extra hash, or from another place', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), fc.nat(), ({ pieceCount, baseLayer }, anyPlace, anyBit) => {
        const { assembly, tree } = assemblyOf(pieceCount, 16_384 * 2 ** baseLayer);
        const place = anyPlace % assembly.runCount;
        const hashes = tree.run(assembly.runAt(place))!;
        const changed = hashes.slice();
        changed[(anyBit >> 3) % changed.length]! ^= 1 << (anyBit & 7);
        expect(assembly.take(place, changed)).toBe(false);
        expect(assembly.take(place, hashes.subarray(32))).toBe(false);
        expect(assembly.take(place, new Uint8Array([...hashes, ...new Uint8Array(32)]))).toBe(false);
        expect(assembly.take(place, new Uint8Array(0))).toBe(false);
        const other = (place + 1) % assembly.runCount;
        if (other !== place) expect(assembly.take(other, hashes)).toBe(false);
        expect(assembly.has(place) || assembly.has(other)).toBe(false);
        expect(assembly.take(place, hashes)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('asks for no more than there is', () => {
    const { assembly } = assemblyOf(513, 65_536);
    expect([assembly.runAt(0), assembly.runAt(1)]).toEqual([
      { baseLayer: 2, index: 0, length: 512, proofLayers: 9 },
      { baseLayer: 2, index: 512, length: 2, proofLayers: 9 },
    ]);
  });

  test('and the info dictionary make the torrent that they are from', () => {
    const [long, short] = [assemblyOf(5, 16_384), assemblyOf(3, 16_384)];
    const files = [long, short].map(({ layer, assembly: { piecesRoot } }, index) => ({
      path: ['t', `${index}`],
      length: (layer.length / 32) * 16_384 - 100,
      piecesRoot,
      pieceLayer: layer,
    }));
    const torrent = buildMetainfo({ name: 't', pieceLength: 16_384, files });
    const { infoBytes } = parseMetainfo(torrent, HASHES);
    const layers = files.map(({ piecesRoot, pieceLayer }) => ({ piecesRoot, hashes: pieceLayer }));
    expect(Buffer.compare(completeInfo(infoBytes, layers), torrent)).toBe(0);
    expect(parseMetainfo(completeInfo(infoBytes, []), HASHES).infoHashV2).toEqual(
      parseInfo(infoBytes, HASHES).infoHashV2,
    );
  });
});
