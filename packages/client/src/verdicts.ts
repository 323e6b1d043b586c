import type { PartialPiece, PieceIndex } from '@unchoke/pieces';
import type { Announcing } from './announcing.js';
import type { Connections } from './connections.js';
import type { Downloads } from './downloads.js';
import type { Peer } from './peer.js';
import type { Scene } from './scene.js';
import type { Uploads } from './uploads.js';

/** What is verified, what turned out to be false or lost, and whether that is everything. */
export class Verdicts {
  readonly #scene: Scene;
  readonly #connections: Connections;
  readonly #downloads: Downloads;
  readonly #uploads: Uploads;
  readonly #announcing: Announcing;
  /** Everything wanted is here, … */
  #wasComplete: boolean;
  /** … and everything there is. */
  #wasFull: boolean;

  constructor(scene: Scene, connections: Connections, downloads: Downloads, uploads: Uploads, announcing: Announcing) {
    this.#scene = scene;
    this.#connections = connections;
    this.#downloads = downloads;
    this.#uploads = uploads;
    this.#announcing = announcing;
    this.#wasComplete = scene.picker.isComplete;
    this.#wasFull = scene.picker.have.isFull;
  }

  /** Goes on with blocks of an earlier run. */
  import(partials: Iterable<PartialPiece>): void {
    for (const piece of this.#scene.picker.importPartials(partials)) {
      this.#scene.do({ type: 'verify-piece', piece, blockDigests: false });
    }
  }

  /** The disk was looked at anew. */
  restart(partials: Iterable<PartialPiece>): void {
    const { picker } = this.#scene;
    if (!picker.isComplete) this.#wasComplete = false;
    this.#wasFull = picker.have.isFull;
    this.import(partials);
    this.#checkCompletion();
  }

  judge(piece: PieceIndex, isValid: boolean, digests: Uint8Array | undefined): void {
    const { picker } = this.#scene;
    if (picker.statusOf(piece) !== 'verifying') return;
    const contributors = picker.contributorsOf(piece);
    const liars = isValid
      ? this.#downloads.pieceVerified(piece, digests)
      : this.#downloads.pieceRejected(piece, digests);
    this.#scene.notify({ type: isValid ? 'piece-completed' : 'piece-rejected', piece });
    for (const key of liars) this.#connections.ban(key, `sent a false block of piece ${piece}`);
    for (const peer of this.#livePeers()) {
      // Also to who has not said yet what it has: one that has nothing need not say so (BEP 3), and may stay silent for long.
      if (isValid && peer.isGreeted) this.#downloads.announce(peer, piece);
      // A right piece gives who is busy nothing new to do, but those that it proves; and in endgame it takes requests back.
      const isBusy = isValid && !picker.isEndgame && peer.link.local.requestCount > 0;
      if (!isBusy || contributors.includes(peer.key)) this.#downloads.goOn(peer);
      else this.#downloads.updateInterest(peer);
    }
    if (isValid) this.#checkCompletion();
  }

  /** Pieces are no longer on disk: whoever was told that we have them is told that we do not. */
  lose(pieces: readonly PieceIndex[]): void {
    const { picker } = this.#scene;
    const lost = pieces.filter((piece) => picker.statusOf(piece) === 'have');
    if (lost.length === 0) return;
    for (const piece of lost) picker.pieceLost(piece);
    this.#wasFull = false;
    this.#uploads.retract(lost);
    this.reconsider();
  }

  /** What is wanted has changed: interest, requests and completeness follow. */
  reconsider(): void {
    if (!this.#scene.picker.isComplete) this.#wasComplete = false;
    for (const peer of this.#livePeers()) this.#downloads.goOn(peer);
    this.#checkCompletion();
  }

  #checkCompletion(): void {
    const { picker } = this.#scene;
    // BEP 3: completed is when everything is here; with files left out it never is.
    if (!this.#wasFull && picker.have.isFull) {
      this.#wasFull = true;
      this.#announcing.handle({ type: 'torrent-completed' });
    }
    if (this.#wasComplete || !picker.isComplete) return;
    this.#wasComplete = true;
    for (const peer of this.#livePeers()) this.#downloads.tellRest(peer);
    this.#scene.notify({ type: 'torrent-completed' });
    this.#connections.leaveSeeds();
  }

  #livePeers(): readonly Peer[] {
    return [...this.#scene.peers.values()].filter((peer) => !this.#scene.isDoomed(peer));
  }
}
