import { expect, test } from 'vitest';
import { Geometry, PiecesError, piecePriorities } from '../src/index.js';

const geometry = new Geometry({ totalLength: 50, pieceLength: 10 });

test('a piece has the highest priority of its files', () => {
  const files = [
    { offset: 0, length: 12, priority: 1 },
    { offset: 12, length: 0, priority: 7 }, //  no bytes, no pieces
    { offset: 12, length: 1, priority: 5 },
    { offset: 13, length: 17, priority: 0 },
    { offset: 35, length: 15, priority: 4 }, // 30 to 34 are padding
  ];
  expect([...piecePriorities(geometry, files)]).toEqual([1, 5, 0, 4, 4]);
  expect([...piecePriorities(geometry, files.reverse())]).toEqual([1, 5, 0, 4, 4]);
});

test('a piece of no file is unwanted', () => {
  expect([...piecePriorities(geometry, [{ offset: 20, length: 10, priority: 4 }])]).toEqual([0, 0, 4, 0, 0]);
});

test.each([
  [{ offset: 0, length: 1, priority: 8 }],
  [{ offset: 0, length: 1, priority: 0.5 }],
  [{ offset: 0, length: 51, priority: 1 }],
  [{ offset: -1, length: 1, priority: 1 }],
])('refuses %j', (file) => {
  expect(() => piecePriorities(geometry, [file])).toThrow(PiecesError);
});
