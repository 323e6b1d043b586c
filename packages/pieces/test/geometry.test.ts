import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BLOCK_BYTES, Geometry, PIECE_BYTES_MAX, PIECE_COUNT_MAX, PiecesError } from '../src/index.js';

const MIB = 2 ** 20;

const shapes = fc
  .record({
    pieceLength: fc.integer({ min: 1, max: PIECE_BYTES_MAX }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ pieceLength, share }) => {
    const most = Math.min(Number.MAX_SAFE_INTEGER, pieceLength * PIECE_COUNT_MAX);
    return { pieceLength, totalLength: Math.floor(share * most) };
  });

describe('Geometry', () => {
  test('cuts a torrent into pieces, and pieces into blocks', () => {
    const geometry = new Geometry({ totalLength: 100_000, pieceLength: 65_536 });
    const [first, last] = [geometry.pieceAt(0)!, geometry.pieceAt(1)!];
    expect(geometry.pieceCount).toBe(2);
    expect([geometry.lengthOf(first), geometry.lengthOf(last)]).toEqual([65_536, 34_464]);
    expect(geometry.blocksOf(last)).toEqual([
      { piece: 1, begin: 0, length: 16_384 },
      { piece: 1, begin: 16_384, length: 16_384 },
      { piece: 1, begin: 32_768, length: 1_696 },
    ]);
    expect(geometry.blocksOf(first)).toHaveLength(4);
  });

  test.each([
    ['the last piece is full', 4 * BLOCK_BYTES, 2 * BLOCK_BYTES, 2, 2 * BLOCK_BYTES],
    ['the last piece is one byte', 4 * BLOCK_BYTES + 1, 2 * BLOCK_BYTES, 3, 1],
    ['one byte in all', 1, MIB, 1, 1],
    ['pieces shorter than a block', 10, 3, 4, 1],
    [
      'the largest size a number can hold',
      Number.MAX_SAFE_INTEGER,
      PIECE_BYTES_MAX,
      PIECE_COUNT_MAX,
      PIECE_BYTES_MAX - 1,
    ],
    ['a million pieces', 1_000_000 * MIB, MIB, 1_000_000, MIB],
  ])('%s', (_, totalLength, pieceLength, pieceCount, lastLength) => {
    const geometry = new Geometry({ totalLength, pieceLength });
    expect(geometry.pieceCount).toBe(pieceCount);
    expect(geometry.lengthOf(geometry.pieceAt(pieceCount - 1)!)).toBe(lastLength);
    expect(geometry.pieceAtOffset(totalLength - 1)).toBe(pieceCount - 1);
    expect(geometry.pieceAtOffset(totalLength)).toBeUndefined();
    expect(geometry.pieceAt(pieceCount)).toBeUndefined();
  });

  test('a torrent of no bytes has no pieces', () => {
    const geometry = new Geometry({ totalLength: 0, pieceLength: MIB });
    expect(geometry.pieceCount).toBe(0);
    expect(geometry.pieceAt(0)).toBeUndefined();
    expect(geometry.piecesIn(0, 0)).toEqual({ start: 0, end: 0 });
  });

  test.each([
    [-1, MIB],
    [1.5, MIB],
    [Number.NaN, MIB],
    [2 ** 53, MIB],
    [MIB, 0],
    [MIB, -1],
    [MIB, 0.5],
    [MIB, PIECE_BYTES_MAX + 1],
    [PIECE_COUNT_MAX + 1, 1],
  ])('refuses %d bytes in pieces of %d', (totalLength, pieceLength) => {
    expect(() => new Geometry({ totalLength, pieceLength })).toThrow(PiecesError);
    expect(() => new Geometry({ totalLength, pieceLength })).toThrow(/pieceLength|totalLength|pieces/);
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, 2])('%d is no piece of two', (index) => {
    const geometry = new Geometry({ totalLength: 2 * MIB, pieceLength: MIB });
    expect(geometry.pieceAt(index)).toBeUndefined();
    expect(geometry.blockAt(index, 0, BLOCK_BYTES)).toBeUndefined();
    expect(geometry.rangeAt(index, 0, 1)).toBeUndefined();
  });

  test('a block that arrived is one of ours or nothing', () => {
    const geometry = new Geometry({ totalLength: 100_000, pieceLength: 65_536 });
    expect(geometry.blockAt(0, 16_384, 16_384)).toEqual({ piece: 0, begin: 16_384, length: 16_384 });
    expect(geometry.blockAt(1, 32_768, 1_696)).toEqual({ piece: 1, begin: 32_768, length: 1_696 });
    for (const [piece, begin, length] of [
      [0, 1, 16_384], //           off the grid
      [0, 0, 16_383], //           short
      [0, 0, 16_385], //           long
      [0, 0, 0], //                empty
      [0, 65_536, 16_384], //      in the next piece
      [1, 32_768, 16_384], //      beyond the end of the torrent
      [1, 32_768, 1_695], //       short at the end
      [0, -16_384, 16_384],
      [0, 2 ** 32, 16_384],
      [0, 0, 2 ** 32 + 16_384],
      [0, Number.NaN, 16_384],
    ] as const) {
      expect(geometry.blockAt(piece, begin, length), `${piece} ${begin} ${length}`).toBeUndefined();
    }
  });

  test('a peer may request any stretch of up to 16 KiB inside one piece', () => {
    const geometry = new Geometry({ totalLength: 100_000, pieceLength: 65_536 });
    expect(geometry.rangeAt(0, 65_535, 1)).toEqual({ piece: 0, begin: 65_535, length: 1 });
    expect(geometry.rangeAt(1, 34_000, 464)).toEqual({ piece: 1, begin: 34_000, length: 464 });
    for (const [begin, length] of [
      [65_535, 2],
      [65_536, 1],
      [0, 0],
      [0, BLOCK_BYTES + 1],
      [-1, 2],
      [2 ** 53, 1],
      [0, Number.POSITIVE_INFINITY],
      [0.5, 1],
    ] as const) {
      expect(geometry.rangeAt(0, begin, length), `${begin} ${length}`).toBeUndefined();
    }
  });

  test('of version 2 alone a request may end in the padding behind a file, and never begins there', () => {
    const files = [
      { offset: 0, length: 16_385 },
      { offset: 65_536, length: 65_536 },
      { offset: 131_072, length: 1 },
    ];
    const shape = { totalLength: 131_073, pieceLength: 65_536, files };
    const [v2, other] = [new Geometry({ ...shape, version: 'v2' }), new Geometry({ ...shape, version: 'hybrid' })];
    for (const [piece, begin, length] of [
      [0, 16_384, 16_384],
      [0, 16_384, 2],
      [1, 49_152, 16_384],
      [2, 0, 16_384],
    ] as const) {
      expect(v2.rangeAt(piece, begin, length)).toEqual({ piece, begin, length });
      expect(other.rangeAt(piece, begin, length) === undefined).toBe(piece !== 1);
    }
    for (const [piece, begin, length] of [
      [0, 16_385, 1], //      padding alone
      [0, 32_768, 16_384],
      [1, 65_535, 2], //      the next piece
      [2, 0, 16_385], //      longer than a block
      [3, 0, 1],
    ] as const) {
      expect(v2.rangeAt(piece, begin, length), `${piece} ${begin} ${length}`).toBeUndefined();
    }
    // What we ask for ourselves ends with the file.
    expect(v2.blocksOf(v2.pieceAt(0)!).map(({ length }) => length)).toEqual([16_384, 1]);
    expect(v2.blockAt(2, 0, 16_384)).toBeUndefined();
  });

  test('the pieces of a stretch of the torrent are a half-open range', () => {
    const geometry = new Geometry({ totalLength: 100, pieceLength: 10 });
    expect(geometry.piecesIn(0, 10)).toEqual({ start: 0, end: 1 });
    expect(geometry.piecesIn(9, 2)).toEqual({ start: 0, end: 2 });
    expect(geometry.piecesIn(10, 0)).toEqual({ start: 1, end: 1 });
    expect(geometry.piecesIn(0, 100)).toEqual({ start: 0, end: 10 });
    expect(() => geometry.piecesIn(99, 2)).toThrow(PiecesError);
    expect(() => geometry.piecesIn(-1, 2)).toThrow(PiecesError);
  });

  test('agrees with whole-number arithmetic for every size', () => {
    fc.assert(
      fc.property(shapes, fc.double({ min: 0, max: 1, noNaN: true }), ({ totalLength, pieceLength }, share) => {
        const geometry = new Geometry({ totalLength, pieceLength });
        const [total, length] = [BigInt(totalLength), BigInt(pieceLength)];
        expect(BigInt(geometry.pieceCount)).toBe((total + length - 1n) / length);
        const offset = Math.floor(share * (totalLength - 1));
        const piece = geometry.pieceAtOffset(offset);
        expect(piece === undefined).toBe(totalLength === 0);
        if (piece === undefined) return;
        expect(BigInt(piece)).toBe(BigInt(offset) / length);
        expect(BigInt(geometry.offsetOf(piece))).toBe(BigInt(piece) * length);
        const end = total < BigInt(piece + 1) * length ? total : BigInt(piece + 1) * length;
        expect(BigInt(geometry.lengthOf(piece))).toBe(end - BigInt(piece) * length);
        const blocks = geometry.blockCountOf(piece);
        const last = geometry.blockOf(piece, blocks - 1);
        expect(last.begin + last.length).toBe(geometry.lengthOf(piece));
        expect(geometry.blockAt(piece, last.begin, last.length)).toEqual(last);
        expect(geometry.blockIndexOf(last)).toBe(blocks - 1);
      }),
    );
  });
});

describe('files that begin on a piece each', () => {
  const shape = { totalLength: 3 * 32_768 + 100, pieceLength: 32_768 };
  const files = [
    { offset: 0, length: 40_000 },
    { offset: 65_536, length: 0 },
    { offset: 65_536, length: 1 },
    { offset: 3 * 32_768, length: 100 },
  ];

  test('cut the last piece of the file before short', () => {
    const geometry = new Geometry({ ...shape, files });
    const lengths = [0, 1, 2, 3].map((piece) => geometry.lengthOf(geometry.pieceAt(piece)!));
    expect(lengths).toEqual([32_768, 7_232, 1, 100]);
    expect(geometry.byteCount).toBe(40_101);
    expect([0, 1, 2, 3].map((piece) => geometry.blockCountOf(geometry.pieceAt(piece)!))).toEqual([2, 1, 1, 1]);
    expect(geometry.blockAt(1, 0, 7_232)).toEqual({ piece: 1, begin: 0, length: 7_232 });
    expect(geometry.blockAt(1, 0, 16_384)).toBeUndefined();
    expect(geometry.rangeAt(1, 7_000, 233)).toBeUndefined();
    expect(geometry.rangeAt(2, 1, 1)).toBeUndefined();
  });

  test('that follow each other without holes change nothing', () => {
    const geometry = new Geometry({
      ...shape,
      files: [
        { offset: 0, length: 50_000 },
        { offset: 50_000, length: 48_404 },
      ],
    });
    expect(geometry.byteCount).toBe(shape.totalLength);
    expect(geometry.lengthOf(geometry.pieceAt(1)!)).toBe(32_768);
  });

  test.each([
    [
      'overlap',
      [
        { offset: 0, length: 40_000 },
        { offset: 32_768, length: 65_636 },
      ],
    ],
    [
      'leave a hole in a piece',
      [
        { offset: 0, length: 40_000 },
        { offset: 50_000, length: 48_404 },
      ],
    ],
    [
      'leave out a piece',
      [
        { offset: 0, length: 10 },
        { offset: 65_536, length: 32_868 },
      ],
    ],
    ['end too early', [{ offset: 0, length: 40_000 }]],
    ['have no length', [{ offset: 0, length: Number.NaN }]],
  ])('are refused when they %s', (_, bad) => {
    expect(() => new Geometry({ ...shape, files: bad })).toThrow(PiecesError);
  });
});
