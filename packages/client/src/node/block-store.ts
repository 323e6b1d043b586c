import type { Block, PieceIndex } from '@unchoke/pieces';
import type { Storage } from '@unchoke/pieces/node';
import { BlockPool } from './block-pool.js';

interface Held {
  readonly block: Block;
  readonly bytes: Uint8Array;
}

/** What a store tells. */
export interface StoreListener {
  readonly verified: (piece: PieceIndex, isValid: boolean, blockDigests: Uint8Array | undefined) => void;
  /** Nothing more should be read: what still comes is held in memory. */
  readonly filled: () => void;
  readonly emptied: () => void;
}

/** Blocks on their way to the storage. When it has no buffer left, the few that were under way wait here, in their order. */
export class BlockStore {
  readonly #storage: Storage;
  readonly #listener: StoreListener;
  #held: Held[] = [];
  /** One in ten waits on a fast line: as garbage, they were up to 20 MB. */
  readonly #memory = new BlockPool();
  readonly #dueVerifications = new Map<PieceIndex, boolean>();
  #isClosed = false;

  constructor(storage: Storage, listener: StoreListener) {
    this.#storage = storage;
    this.#listener = listener;
  }

  /** Nothing waits here: all that came is with the storage. */
  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  store(block: Block, bytes: Uint8Array): void {
    if (this.#held.length > 0) {
      this.#hold(block, bytes);
      return;
    }
    if (this.#storage.storeBlock(block.piece, block.begin, bytes) !== 'full') return;
    this.#hold(block, bytes);
    this.#listener.filled();
    void this.#empty();
  }

  /** Sees every block of the piece that was stored before, also those that wait. */
  verify(piece: PieceIndex, blockDigests: boolean): void {
    if (this.#held.some(({ block }) => block.piece === piece)) this.#dueVerifications.set(piece, blockDigests);
    else void this.#verify(piece, blockDigests);
  }

  /** The storage is about to close: what waits here is let go, and no verdict is told any more. */
  close(): void {
    this.#isClosed = true;
    this.#held = [];
    this.#dueVerifications.clear();
  }

  #hold(block: Block, bytes: Uint8Array): void {
    const copy = this.#memory.take(bytes.length);
    copy.set(bytes);
    this.#held.push({ block, bytes: copy });
  }

  async #empty(): Promise<void> {
    while (this.#held.length > 0) {
      await this.#storage.whenRoom();
      while (this.#held.length > 0 && this.#storeFirst());
    }
    this.#listener.emptied();
  }

  #storeFirst(): boolean {
    const { block, bytes } = this.#held[0]!;
    if (this.#storage.storeBlock(block.piece, block.begin, bytes) === 'full') return false;
    this.#held.shift();
    this.#memory.giveBack(bytes);
    const due = this.#dueVerifications.get(block.piece);
    if (due !== undefined && !this.#held.some((held) => held.block.piece === block.piece)) {
      this.#dueVerifications.delete(block.piece);
      void this.#verify(block.piece, due);
    }
    return true;
  }

  async #verify(piece: PieceIndex, blockDigests: boolean): Promise<void> {
    try {
      const verdict = await this.#storage.verifyPiece(piece, { blockDigests });
      if (!this.#isClosed) this.#listener.verified(piece, verdict.isValid, verdict.blockDigests);
    } catch {
      // The storage was closed meanwhile: nobody waits for the answer any more.
    }
  }
}
