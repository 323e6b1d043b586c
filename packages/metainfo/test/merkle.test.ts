import { blocksRoot, merkleRoot, pieceLayerRoot } from '@unchoke/metainfo';
import { sha256 } from '@unchoke/metainfo/node';
import { describe, expect, test } from 'vitest';
import { fileTree, treeRoot } from './merkle-by-hand.js';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
const BLOCK = 16_384;

describe('merkle trees (BEP 52)', () => {
  test('roots are those of the tree written out', () => {
    for (let count = 1; count <= 17; count++) {
      const leaves = Array.from({ length: count }, (_, index) => String.fromCharCode(index + 1).repeat(32));
      for (const leafCount of [1, 16, 32]) {
        let width = leafCount;
        while (width < count) width *= 2;
        expect(hex(merkleRoot(bytesOf(leaves.join('')), sha256, leafCount))).toBe(hexOf(treeRoot(leaves, width)));
      }
    }
  });

  test('leaves stay as they are, also in a Buffer', () => {
    const leaves = Buffer.alloc(4 * 32, 1);
    merkleRoot(leaves, sha256, 4);
    expect(leaves.equals(Buffer.alloc(4 * 32, 1))).toBe(true);
  });

  test.each([
    1,
    BLOCK - 1,
    BLOCK,
    BLOCK + 1,
    2 * BLOCK,
    3 * BLOCK,
    4 * BLOCK,
    4 * BLOCK + 1,
    9 * BLOCK,
    23 * BLOCK + 7,
  ])('a file of %d bytes', (length) => {
    const content = Array.from({ length }, (_, index) => String.fromCharCode((index * 7 + (index >> 8)) & 0xff)).join(
      '',
    );
    for (const pieceLength of [BLOCK, 2 * BLOCK, 4 * BLOCK]) {
      const { root, layer } = fileTree(content, pieceLength);
      expect(hex(blocksRoot(bytesOf(content), sha256))).toBe(hexOf(root));
      if (layer === undefined) continue;
      expect(hex(pieceLayerRoot(bytesOf(layer), pieceLength, sha256))).toBe(hexOf(root));
      const lastPiece = content.slice(Math.floor((length - 1) / pieceLength) * pieceLength);
      expect(hex(blocksRoot(bytesOf(lastPiece), sha256, pieceLength / BLOCK))).toBe(hexOf(layer.slice(-32)));
    }
  });

  test('the leaves are left as they were, and the work is linear', () => {
    const leaves = new Uint8Array(1000 * 32).fill(5);
    let calls = 0;
    merkleRoot(
      leaves,
      (bytes) => {
        calls++;
        return sha256(bytes);
      },
      2 ** 20,
    );
    expect(leaves.every((byte) => byte === 5)).toBe(true);
    // One for each pair, and for each level one for the edge and one for the filler.
    expect(calls).toBeLessThanOrEqual(1000 + 2 * 20);
  });
});
