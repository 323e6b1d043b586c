import { sha256 } from './hand-bencode.js';

const BLOCK = 16_384;
const ZERO = '\0'.repeat(32);

/** The whole tree of BEP 52 written out, zeros and all: slow and plain, to judge the real one by. */
export function treeRoot(leaves: readonly string[], leafCount: number): string {
  let level = [...leaves, ...Array<string>(leafCount - leaves.length).fill(ZERO)];
  while (level.length > 1) {
    level = level.flatMap((hash, index) => (index % 2 === 0 ? [sha256(hash + level[index + 1]!)] : []));
  }
  return level[0]!;
}

/** Root and piece layer of a file's content. */
export function fileTree(
  content: string,
  pieceLength: number,
): { readonly root: string; readonly layer: string | undefined } {
  const leaves = Array.from({ length: Math.ceil(content.length / BLOCK) }, (_, index) =>
    sha256(content.slice(index * BLOCK, (index + 1) * BLOCK)),
  );
  if (content.length <= pieceLength) return { root: treeRoot(leaves, powerFrom(leaves.length)), layer: undefined };
  const perPiece = pieceLength / BLOCK;
  const pieceCount = Math.ceil(leaves.length / perPiece);
  const layer = Array.from({ length: pieceCount }, (_, index) =>
    treeRoot(leaves.slice(index * perPiece, (index + 1) * perPiece), perPiece),
  );
  return { root: treeRoot(leaves, powerFrom(pieceCount) * perPiece), layer: layer.join('') };
}

function powerFrom(count: number): number {
  let power = 1;
  while (power < count) power *= 2;
  return power;
}
