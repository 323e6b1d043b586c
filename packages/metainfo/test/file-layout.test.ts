import { FileLayout, type TorrentFile } from '@unchoke/metainfo';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** Files of these lengths behind each other; in v2 each that has bytes begins with a piece. */
function filesOf(
  lengths: readonly number[],
  alignment = 1,
): { readonly files: readonly TorrentFile[]; readonly totalLength: number } {
  let totalLength = 0;
  const files = lengths.map((length, index): TorrentFile => {
    const offset = length === 0 ? totalLength : Math.ceil(totalLength / alignment) * alignment;
    totalLength = offset + length;
    return {
      index,
      path: ['t', String(index)],
      length,
      offset,
      isPad: false,
      isExecutable: false,
      isHidden: false,
      symlinkTarget: undefined,
      md5sum: undefined,
      sha1: undefined,
      piecesRoot: undefined,
      pieceLayer: undefined,
    };
  });
  return { files, totalLength };
}

/** The owner of every single byte, written out. */
function ownersOf(
  files: readonly TorrentFile[],
  totalLength: number,
): readonly (readonly [number, number] | undefined)[] {
  const owners: (readonly [number, number] | undefined)[] = new Array(totalLength).fill(undefined);
  for (const file of files) for (let at = 0; at < file.length; at++) owners[file.offset + at] = [file.index, at];
  return owners;
}

const anyTorrent = fc.record({
  lengths: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 })), { minLength: 1, maxLength: 12 }),
  pieceLength: fc.integer({ min: 1, max: 9 }),
  isAligned: fc.boolean(),
});

describe('FileLayout', () => {
  test('agrees with a list of every byte', () => {
    fc.assert(
      fc.property(anyTorrent, fc.nat(), fc.nat(), ({ lengths, pieceLength, isAligned }, from, count) => {
        const { files, totalLength } = filesOf(lengths, isAligned ? pieceLength : 1);
        const layout = new FileLayout({ files, totalLength, pieceLength });
        const owners = ownersOf(files, totalLength);
        const offset = from % (totalLength + 1);
        const length = count % (totalLength - offset + 1);
        const found: (readonly [number, number] | undefined)[] = new Array(length).fill(undefined);
        for (const span of layout.spansOf(offset, length)) {
          expect(span.length).toBeGreaterThan(0);
          for (let at = 0; at < span.length; at++) found[span.offset + at] = [span.file.index, span.fileOffset + at];
        }
        expect(found).toEqual(owners.slice(offset, offset + length));
      }),
    );
  });

  test('pieces know their files, and files their pieces', () => {
    fc.assert(
      fc.property(anyTorrent, ({ lengths, pieceLength, isAligned }) => {
        const { files, totalLength } = filesOf(lengths, isAligned ? pieceLength : 1);
        const layout = new FileLayout({ files, totalLength, pieceLength });
        const pairs = new Set<string>();
        for (let piece = 0; piece < layout.pieceCount; piece++)
          for (const file of layout.filesOf(piece)) pairs.add(`${piece} ${file.index}`);
        for (const file of files) {
          const { first, count } = layout.piecesOf(file);
          for (let piece = first; piece < first + count; piece++)
            expect(pairs.delete(`${piece} ${file.index}`)).toBe(true);
        }
        expect(pairs.size).toBe(0);
      }),
    );
  });

  test('with 100,000 files a question looks at a few of them', () => {
    const { files, totalLength } = filesOf(Array.from({ length: 100_000 }, (_, index) => index % 7));
    let looks = 0;
    const counted = files.map((file) => ({
      ...file,
      get offset() {
        looks++;
        return file.offset;
      },
    }));
    const layout = new FileLayout({ files: counted, totalLength, pieceLength: 16 });
    expect(looks).toBeLessThanOrEqual(files.length);
    for (let question = 0; question < 100; question++) {
      looks = 0;
      const offset = (question * 7919) % (totalLength - 16);
      const spans = layout.spansOf(offset, 16);
      expect(looks).toBeLessThanOrEqual(6 * (spans.length + 2));
    }
  });

  test('offsets beyond 2^32 are exact', () => {
    const { files, totalLength } = filesOf([2 ** 45 + 1, 5, 2 ** 45]);
    const layout = new FileLayout({ files, totalLength, pieceLength: 2 ** 29 });
    expect(layout.spansOf(2 ** 45, 7).map(({ file, fileOffset, length }) => [file.index, fileOffset, length])).toEqual([
      [0, 2 ** 45, 1],
      [1, 0, 5],
      [2, 0, 1],
    ]);
    expect(layout.piecesOf(files[2]!)).toEqual({ first: 2 ** 16, count: 2 ** 16 + 1 });
  });

  test.each([
    [-1, 1],
    [0, 11],
    [10, 1],
    [0.5, 1],
    [0, -1],
    [Number.NaN, 1],
  ])('refuses bytes that are not there: %d, %d', (offset, length) => {
    const { files, totalLength } = filesOf([10]);
    expect(() => new FileLayout({ files, totalLength, pieceLength: 4 }).spansOf(offset, length)).toThrow(RangeError);
  });

  test.each([-1, 3, 1.5, Number.NaN])('refuses a piece that is not there: %d', (piece) => {
    const { files, totalLength } = filesOf([10]);
    expect(() => new FileLayout({ files, totalLength, pieceLength: 4 }).filesOf(piece)).toThrow(RangeError);
  });
});
