import type { PieceIndex, Rejection } from '@unchoke/pieces';
import type { PeerKey } from './events.js';
import { LIMITS } from './limits.js';
import type { Peer } from './peer.js';
import type { Scene } from './scene.js';

/** What a pick may give to a peer. */
export interface Leave {
  readonly blocks: number;
  readonly wholePieces: boolean;
  readonly newPieces: boolean;
  readonly sharedPieces: boolean;
}

/**
 * How much is asked of whom, as long as it is not known whether what it sends is right. A peer of which no piece was right yet has
 * one under way, so that a poisoner spoils one and is gone. One that had a part in a false piece fetches pieces alone until
 * one is right, so that the next verdict is on nobody else.
 *
 * A proven peer that turns liar spoils what it has sent until the first verdict: to wait for verdicts would cost every honest peer
 * its speed. Its blocks of unfinished pieces are kept: there are few, as it led those pieces, and the storage takes no block twice.
 * They make such a piece false once more, but nobody else a suspect.
 */
export class Probation {
  readonly #scene: Scene;
  readonly #blocksMax: number;
  /** Peers that sent false blocks, whose others may still be in pieces. One number for each ban. */
  readonly #convicts = new Set<PeerKey>();

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#blocksMax = Math.max(LIMITS.unprovenBlocksMin, scene.geometry.blocksPerPiece);
  }

  leaveFor(peer: Peer, wanted: number): Leave {
    if (peer.trust === 'proven') return { blocks: wanted, wholePieces: false, newPieces: true, sharedPieces: true };
    const room = this.#blocksMax - this.#scene.picker.requestCountOf(peer.key) - peer.unjudgedBlocks;
    // What it has begun it may always finish, and what others left behind: otherwise a piece could wait for ever.
    if (room <= 0) return { blocks: wanted, wholePieces: true, newPieces: false, sharedPieces: false };
    const sharedPieces = peer.trust === 'unknown';
    return { blocks: Math.min(wanted, room), wholePieces: true, newPieces: true, sharedPieces };
  }

  blockArrived(peer: Peer): void {
    if (peer.trust !== 'proven') peer.unjudgedBlocks++;
  }

  /** The piece is right. It is still the picker's. */
  pieceVerified(piece: PieceIndex): void {
    for (const key of this.#scene.picker.contributorsOf(piece)) {
      const peer = this.#scene.peers.get(key);
      if (peer === undefined) continue;
      peer.trust = 'proven';
      peer.unjudgedBlocks = 0;
    }
  }

  /** Whoever sent false blocks is known, and on its way out. */
  convict(liars: Iterable<PeerKey>): void {
    for (const key of liars) this.#convicts.add(key);
  }

  /** A liar that is known had a part in the piece: that it is false says nothing about the others. */
  isExplained({ contributors }: Rejection): boolean {
    return contributors.some((key) => this.#convicts.has(key));
  }

  pieceRejected(rejection: Rejection): void {
    const { suppliers, contributors } = rejection;
    const isExplained = this.isExplained(rejection);
    for (const key of contributors) {
      const peer = this.#scene.peers.get(key);
      if (peer === undefined) continue;
      const judged = suppliers.filter((supplier) => supplier === key).length;
      peer.unjudgedBlocks = Math.max(0, peer.unjudgedBlocks - judged);
      if (!isExplained) peer.trust = 'suspect';
    }
  }

  /** What is wanted has changed: what nobody wants any more is never judged. */
  forget(): void {
    for (const peer of this.#scene.peers.values()) peer.unjudgedBlocks = 0;
  }
}
