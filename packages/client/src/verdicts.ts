import type { PieceIndex } from '@unchoke/pieces';
import type { Announcing } from './announcing.js';
import type { Connections } from './connections.js';
import type { Downloads } from './downloads.js';
import type { Scene } from './scene.js';
import type { Uploads } from './uploads.js';

/** What is verified, what turned out to be false or lost, and whether that is everything. */
export class Verdicts {
  readonly #scene: Scene;
  readonly #connections: Connections;
  readonly #downloads: Downloads;
  readonly #uploads: Uploads;
  readonly #announcing: Announcing;
  #wasComplete: boolean;

  constructor(scene: Scene, connections: Connections, downloads: Downloads, uploads: Uploads, announcing: Announcing) {
    this.#scene = scene;
    this.#connections = connections;
    this.#downloads = downloads;
    this.#uploads = uploads;
    this.#announcing = announcing;
    this.#wasComplete = scene.picker.isComplete;
  }

  verify(piece: PieceIndex): void {
    this.#scene.do({ type: 'verify-piece', piece, blockDigests: false });
  }

  judge(piece: PieceIndex, isValid: boolean, digests: Uint8Array | undefined): void {
    const { picker, peers } = this.#scene;
    if (picker.statusOf(piece) !== 'verifying') return;
    const liars = isValid
      ? this.#downloads.pieceVerified(piece, digests)
      : this.#downloads.pieceRejected(piece, digests);
    this.#scene.notify({ type: isValid ? 'piece-completed' : 'piece-rejected', piece });
    for (const key of liars) this.#connections.ban(key, `sent a false block of piece ${piece}`);
    for (const peer of peers.values()) {
      if (this.#scene.isDoomed(peer)) continue;
      // Also to who has not said yet what it has: one that has nothing need not say so (BEP 3), and may stay silent for long.
      if (isValid && peer.isGreeted) this.#downloads.announce(peer, piece);
      this.#downloads.goOn(peer);
    }
    if (isValid) this.#checkCompletion();
  }

  #checkCompletion(): void {
    if (this.#wasComplete || !this.#scene.picker.isComplete) return;
    this.#wasComplete = true;
    for (const peer of this.#scene.peers.values()) this.#downloads.tellRest(peer);
    this.#announcing.handle({ type: 'torrent-completed' });
    this.#scene.notify({ type: 'torrent-completed' });
    this.#connections.leaveSeeds();
  }

  lose(pieces: readonly PieceIndex[]): void {
    const { picker, peers } = this.#scene;
    const lost = pieces.filter((piece) => picker.statusOf(piece) === 'have');
    for (const piece of lost) picker.pieceLost(piece);
    this.#wasComplete = picker.isComplete;
    this.#uploads.retract(lost);
    for (const peer of peers.values()) this.#downloads.goOn(peer);
  }
}
