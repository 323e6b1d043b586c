import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bitfield } from '../../src/index.js';
import { Disk, openStorage, type Storage } from '../../src/node/index.js';
import { Layout } from '../../src/node/layout.js';
import { decodeState, encodeState, type State, stateBytesMax } from '../../src/node/state-file.js';
import { allPieces, inFolder, isSame, putPiece, quickFileSystem, type Sample, sampleOf } from './sample.js';

const sample = sampleOf([40_000, 0, 9, 100_000], 32_768);
const layout = layoutOf(sample);
const infoHash = new Uint8Array(20).fill(7);

const states: fc.Arbitrary<State> = fc
  .record({
    held: fc.uniqueArray(fc.nat(sample.geometry.pieceCount - 1)),
    doubtful: fc.uniqueArray(fc.nat(sample.geometry.pieceCount - 1)),
    partials: fc.uniqueArray(fc.nat(sample.geometry.pieceCount - 2)),
    files: fc.array(
      fc.record({
        size: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
        mtimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        isInParts: fc.boolean(),
      }),
      { minLength: 5, maxLength: 5 },
    ),
  })
  .map(({ held, doubtful, partials, files }) => ({
    infoHash,
    verified: Bitfield.of(
      sample.geometry.pieceCount,
      held.map((piece) => sample.geometry.pieceAt(piece)!),
    ).toWire(),
    doubtful,
    // Two blocks a piece but for the last one.
    partials: partials.map((piece) => ({ piece: sample.geometry.pieceAt(piece)!, blocks: Uint8Array.of(0b1000_0000) })),
    files,
  }));

const some: State = {
  infoHash,
  verified: Uint8Array.of(0b1010_0000),
  doubtful: [1],
  partials: [{ piece: sample.geometry.pieceAt(3)!, blocks: Uint8Array.of(0b0100_0000) }],
  files: Array.from({ length: 5 }, (_, file) => ({ size: file, mtimeNs: 12_345n, isInParts: file === 1 })),
};

describe('the codec', () => {
  test('reads what it wrote, and never more than the bound', () => {
    fc.assert(
      fc.property(states, (state) => {
        const bytes = encodeState(state, layout);
        expect(bytes.length).toBeLessThanOrEqual(stateBytesMax(layout));
        expect(decodeState(bytes, infoHash, layout)).toEqual(state);
      }),
    );
  });

  test('refuses a state that was cut at any byte', () => {
    const bytes = encodeState(some, layout);
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeState(bytes.subarray(0, length), infoHash, layout)).toBe('damaged');
    }
    expect(decodeState(Uint8Array.of(...bytes, 0), infoHash, layout)).toBe('damaged');
  });

  test('refuses a state with any bit flipped', () => {
    const bytes = encodeState(some, layout);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >>> 3]! ^= 1 << (bit & 7);
      // A flipped version may look like a later one: refused as well.
      expect(['damaged', 'future']).toContain(decodeState(flipped, infoHash, layout));
    }
  });

  test('refuses another torrent’s state, a later version, and anything else', () => {
    const bytes = encodeState(some, layout);
    expect(decodeState(bytes, new Uint8Array(20), layout)).toBe('foreign');
    expect(decodeState(bytes, infoHash, layoutOf(sampleOf([40_000, 0, 9, 100_001], 32_768)))).toBe('foreign');
    expect(decodeState(bytes, infoHash, layoutOf(sampleOf([40_000, 9, 100_000], 32_768)))).toBe('foreign');
    const later = bytes.slice();
    later[11] = 2;
    expect(decodeState(later, infoHash, layout)).toBe('future');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(typeof decodeState(noise, infoHash, layout)).toBe('string');
      }),
    );
  });

  test('believes no list longer than there are pieces, and no bits beyond the blocks', () => {
    const tooMany: State = { ...some, doubtful: [0, 1, 2, 3, 4, 0] };
    expect(decodeState(encodeState(tooMany, layout), infoHash, layout)).toBe('damaged');
    const beyond: State = { ...some, partials: [{ ...some.partials[0]!, blocks: Uint8Array.of(0b0010_0000) }] };
    expect(decodeState(encodeState(beyond, layout), infoHash, layout)).toBe('damaged');
    const nowhere: State = { ...some, doubtful: [5] };
    expect(decodeState(encodeState(nowhere, layout), infoHash, layout)).toBe('damaged');
  });
});

describe('a state that is not what it should be', () => {
  const ways: readonly (readonly [outcome: string, spoil: (bytes: Uint8Array, other: Uint8Array) => Uint8Array])[] = [
    ['damaged', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['damaged', () => new Uint8Array(0)],
    ['damaged', (bytes) => bytes.map((byte, index) => (index === 60 ? byte ^ 4 : byte))],
    ['foreign', (_, other) => other],
    ['future', (bytes) => bytes.map((byte, index) => (index === 11 ? 9 : byte))],
  ];

  test.each(ways)('(%s) is told, and costs a check but no piece', async (outcome, spoil) => {
    await inFolder(async (folder) => {
      const other = sampleOf([40_000, 0, 9, 100_000], 32_768, 2);
      const mine = join(folder, 'mine');
      await download(folder, sample, mine, [0, 2, 4]);
      await download(join(folder, 'other'), other, join(folder, 'other-state'), [1]);
      writeFileSync(mine, spoil(readFileSync(mine), readFileSync(join(folder, 'other-state'))));
      const storage = await open(folder, sample, mine);
      // Piece 1 cannot be there: one of its files was never made.
      expect(storage.resume).toMatchObject({ outcome, checkedCount: 4 });
      expect([...storage.verified]).toEqual([0, 2, 4]);
      await storage.close();
      const again = await open(folder, sample, mine);
      expect(again.resume).toMatchObject({ outcome: 'trusted', checkedCount: 0, changedFiles: [] });
      expect([...again.verified]).toEqual([0, 2, 4]);
      await again.close();
    });
  });
});

async function open(folder: string, of: Sample, state: string): Promise<Storage> {
  return openStorage({
    ...of,
    root: join(folder, 'root'),
    state: { path: state, infoHash: of.infoHash },
    disk: new Disk({ threads: 0, fileSystem: quickFileSystem }),
  });
}

async function download(folder: string, of: Sample, state: string, pieces: readonly number[]): Promise<void> {
  const storage = await open(folder, of, state);
  for (const piece of allPieces(of)) if (pieces.includes(piece)) expect(await putPiece(storage, of, piece)).toBe(true);
  for (const piece of storage.verified) {
    const bytes = await storage.read(piece, 0, of.geometry.lengthOf(piece));
    const at = of.geometry.offsetOf(piece);
    expect(isSame(bytes, of.content.subarray(at, at + bytes.length))).toBe(true);
  }
  await storage.close();
}

function layoutOf({ files, geometry }: Sample): Layout {
  const { totalLength, pieceLength, pieceCount } = geometry;
  return new Layout(files, { totalLength, pieceLength, pieceCount });
}
