import { PiecesError } from './errors.js';
import type { Geometry, PieceIndex } from './geometry.js';
import { BLAME_DIGESTS_MAX, BLOCK_BYTES } from './limits.js';
import type { Rejection } from './picker/arrival.js';
import type { PeerKey } from './picker/peer-record.js';

/**
 * A digest a liar cannot aim at: SHA-1 or better. Any number of bytes, always the same number.
 */
export type Digest = (bytes: Uint8Array) => Uint8Array;

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
 * @example
 * ```ts
 * import { createHash } from 'node:crypto';
 * import { Blame, Geometry } from '@unchoke/pieces';
 *
 * const geometry = new Geometry({ totalLength: 32_768, pieceLength: 32_768 });
 * const blame = new Blame(geometry, (bytes) => createHash('sha1').update(bytes).digest());
 * const piece = geometry.pieceAt(0)!;
 * const good = new Uint8Array(32_768);
 * const bad = good.map((byte, index) => (index === 20_000 ? 1 : byte)); // in the second block
 * const suspects = blame.pieceRejected({ piece, suppliers: [1, 2], contributors: [1, 2] }, bad);
 * console.assert(suspects.length === 0 && blame.isSuspect(piece));
 * console.assert(blame.pieceVerified(piece, good).join() === '2');
 * ```
 */
export class Blame {
  private readonly geometry: Geometry;
  private readonly digest: Digest;
  private badCopies: BadCopy[] = [];
  private digestCount = 0;

  constructor(geometry: Geometry, digest: Digest) {
    this.geometry = geometry;
    this.digest = digest;
  }

  /** Is there a false copy of the piece? Then its good copy, once verified, is to be shown to `pieceVerified`. */
  isSuspect(piece: PieceIndex): boolean {
    return this.badCopies.some((copy) => copy.piece === piece);
  }

  /** The hash of the piece was wrong; `bytes` are the whole piece, as it was hashed. Answers who is guilty already. */
  pieceRejected(rejection: Rejection, bytes: Uint8Array): readonly PeerKey[] {
    const { piece, suppliers, contributors } = rejection;
    this.checkLength(piece, bytes);
    if (suppliers.every((supplier) => supplier !== undefined && supplier === contributors[0])) return contributors;
    this.badCopies.push({ piece, suppliers, digests: this.digestsOf(piece, bytes) });
    this.digestCount += suppliers.length;
    while (this.digestCount > BLAME_DIGESTS_MAX && this.badCopies.length > 1) this.drop(this.badCopies[0]!);
    return [];
  }

  /** The piece is right at last; answers whose blocks of earlier copies differ from it. */
  pieceVerified(piece: PieceIndex, bytes: Uint8Array): readonly PeerKey[] {
    const copies = this.badCopies.filter((copy) => copy.piece === piece);
    if (copies.length === 0) return [];
    this.checkLength(piece, bytes);
    const good = this.digestsOf(piece, bytes);
    const liars = new Set<PeerKey>();
    for (const copy of copies) {
      this.drop(copy);
      copy.suppliers.forEach((supplier, index) => {
        if (supplier !== undefined && !sameDigest(good, copy, index)) liars.add(supplier);
      });
    }
    return [...liars];
  }

  private drop(copy: BadCopy): void {
    this.badCopies = this.badCopies.filter((other) => other !== copy);
    this.digestCount -= copy.suppliers.length;
  }

  private digestsOf(piece: PieceIndex, bytes: Uint8Array): Uint8Array {
    const count = this.geometry.blockCountOf(piece);
    let all: Uint8Array | undefined;
    for (let index = 0; index < count; index++) {
      const digest = this.digest(bytes.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES));
      all ??= new Uint8Array(count * digest.length);
      all.set(digest, index * digest.length);
    }
    return all!;
  }

  private checkLength(piece: PieceIndex, bytes: Uint8Array): void {
    const length = this.geometry.lengthOf(piece);
    if (bytes.length === length) return;
    throw new PiecesError('bad-length', `piece ${piece} is ${length} bytes long, not ${bytes.length}; show all of it`);
  }
}

function sameDigest(good: Uint8Array, { suppliers, digests }: BadCopy, index: number): boolean {
  const length = digests.length / suppliers.length;
  for (let at = index * length; at < (index + 1) * length; at++) if (good[at] !== digests[at]) return false;
  return true;
}
