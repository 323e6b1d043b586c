import { PiecesError } from './errors.js';
import type { Geometry, PieceIndex } from './geometry.js';
import { BLAME_DIGESTS_MAX } from './limits.js';
import type { Rejection } from './picker/arrival.js';
import type { PeerKey } from './picker/peer-record.js';

/** One rejected copy of a piece: who brought each block, and the digests of the blocks one after the other. */
interface BadCopy {
  readonly piece: PieceIndex;
  readonly suppliers: readonly (PeerKey | undefined)[];
  readonly digests: Uint8Array;
}

/**
 * Finds who sent false blocks, and never blames anyone else. A piece that one peer brought alone convicts it at once.
 * Of a mixed one the digests of all blocks are kept, and the next good copy of the piece tells which of them were
 * false. It decides nothing: what happens to the guilty is the caller's business.
 *
 * Digests are those of a piece's blocks, one after the other, as whoever hashed the piece made them: of SHA-1 or
 * better, so that a liar cannot aim at one.
 *
 * @example
 * ```ts
 * import { createHash } from 'node:crypto';
 * import { Blame, Geometry } from '@unchoke/pieces';
 *
 * const geometry = new Geometry({ totalLength: 32_768, pieceLength: 32_768 });
 * const blame = new Blame(geometry);
 * const piece = geometry.pieceAt(0)!;
 * const digestsOf = (...blocks: string[]) => Buffer.concat(blocks.map((block) => createHash('sha1').update(block).digest()));
 * const suspects = blame.pieceRejected({ piece, suppliers: [1, 2], contributors: [1, 2] }, digestsOf('good', 'bad'));
 * console.assert(suspects.length === 0 && blame.isSuspect(piece));
 * console.assert(blame.pieceVerified(piece, digestsOf('good', 'also good')).join() === '2');
 * ```
 */
export class Blame {
  private readonly geometry: Geometry;
  private badCopies: BadCopy[] = [];
  private digestCount = 0;

  constructor(geometry: Geometry) {
    this.geometry = geometry;
  }

  /** Is there a false copy of the piece? Then the digests of its good copy are to be shown to `pieceVerified`. */
  isSuspect(piece: PieceIndex): boolean {
    return this.badCopies.some((copy) => copy.piece === piece);
  }

  /** The hash of the piece was wrong. Answers who is guilty already. The digests are copied. */
  pieceRejected(rejection: Rejection, digests: Uint8Array): readonly PeerKey[] {
    const { piece, suppliers, contributors } = rejection;
    this.checkLength(piece, digests);
    if (suppliers.every((supplier) => supplier !== undefined && supplier === contributors[0])) return contributors;
    this.badCopies.push({ piece, suppliers, digests: new Uint8Array(digests) });
    this.digestCount += suppliers.length;
    while (this.digestCount > BLAME_DIGESTS_MAX && this.badCopies.length > 1) this.drop(this.badCopies[0]!);
    return [];
  }

  /** The piece is right at last; answers whose blocks of earlier copies differ from it. */
  pieceVerified(piece: PieceIndex, digests: Uint8Array): readonly PeerKey[] {
    const copies = this.badCopies.filter((copy) => copy.piece === piece);
    if (copies.length === 0) return [];
    this.checkLength(piece, digests);
    const liars = new Set<PeerKey>();
    for (const copy of copies) {
      this.drop(copy);
      copy.suppliers.forEach((supplier, index) => {
        if (supplier !== undefined && !sameDigest(digests, copy, index)) liars.add(supplier);
      });
    }
    return [...liars];
  }

  private drop(copy: BadCopy): void {
    this.badCopies = this.badCopies.filter((other) => other !== copy);
    this.digestCount -= copy.suppliers.length;
  }

  private checkLength(piece: PieceIndex, digests: Uint8Array): void {
    const count = this.geometry.blockCountOf(piece);
    if (digests.length > 0 && digests.length % count === 0) return;
    throw new PiecesError(
      'bad-length',
      `${digests.length} bytes are no digests of the ${count} blocks of piece ${piece}`,
    );
  }
}

function sameDigest(good: Uint8Array, { suppliers, digests }: BadCopy, index: number): boolean {
  if (good.length !== digests.length) return false;
  const length = digests.length / suppliers.length;
  for (let at = index * length; at < (index + 1) * length; at++) if (good[at] !== digests[at]) return false;
  return true;
}
